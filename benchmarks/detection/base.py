"""The healthy service under every class: 25 to 80 stacks as a Go service of some years shows them."""

from benchmarks.detection import frames as go
from benchmarks.detection.draft import Draft
from benchmarks.detection.parts import Fixed, Pool, Requests, Sessions, Warmup
from benchmarks.detection.world import MINUTE

_LIBRARIES = (
    (*go.SELECT, "go.opentelemetry.io/otel/sdk/trace.(*batchSpanProcessor).processQueue"),
    (*go.SELECT, "k8s.io/klog/v2.(*flushDaemon).run.func1"),
    (*go.RANGE, "gopkg.in/natefinch/lumberjack%2ev2.(*Logger).millRun"),
    (*go.SELECT, "github.com/jackc/pgx/v5/pgxpool.(*Pool).backgroundHealthCheck"),
    (*go.SELECT, "github.com/IBM/sarama.(*client).backgroundMetadataUpdater"),
    (*go.RECEIVE, "github.com/dgraph-io/ristretto.(*Cache).processItems"),
    (*go.SLEEP, "github.com/patrickmn/go-cache.(*janitor).Run"),
    (*go.SELECT, "go.uber.org/zap/zapcore.(*BufferedWriteSyncer).flushLoop"),
    (*go.SELECT, "go.opentelemetry.io/otel/sdk/metric.(*PeriodicReader).run"),
    (*go.READ, "bufio.(*Reader).ReadSlice", "github.com/redis/go-redis/v9.(*PubSub).Receive"),
)


def add_base(draft: Draft) -> None:
    """Add a whole service."""
    _add_singles(draft, draft.draw_whole("singles"))
    add_server(draft, draft.draw_whole("handlers"))
    for _ in range(draft.draw_whole("pools")):
        add_pool(draft, int(draft.rng.integers(4, 64)), draft.rng.random())
    _add_clients(draft)
    if draft.chance(0.4):
        stacks = tuple(draft.add_stack(stack) for stack in go.GRPC_SERVER)
        draft.parts.append(Sessions(stacks, draft.rng.uniform(5, 60), draft.rng.uniform(20, 240) * MINUTE, follows=0.5))


def add_tiny_base(draft: Draft) -> None:
    """Add a service of about fifty goroutines in all."""
    _add_singles(draft, 8)
    add_server(draft, 3, small=True)
    add_pool(draft, 8, 0.3)


def add_server(draft: Draft, handlers: int, *, small: bool = False) -> None:
    """Add an HTTP server: the accept loop, handlers waiting for different things, their twin, idle connections."""
    draft.background = draft.add_stack(go.BACKGROUND_READ)
    draft.idle_connection = draft.add_stack(go.IDLE_CONNECTION)
    draft.parts.append(Fixed(draft.add_stack((*go.ACCEPT_LOOP, "main.main.func2"))))
    draft.parts.append(Fixed(draft.add_stack(go.SCRAPED), wake_seconds=1.0))
    operations = (go.SELECT, go.RECEIVE, go.ROUND_TRIP, go.mutex(draft.go_minors[0]), go.SLEEP, go.READ)
    for number in range(handlers):
        operation = operations[int(draft.rng.integers(len(operations)))]
        stack = draft.add_stack((*operation, *draft.handler_frames(draft.verb()), *go.SERVE))
        draft.handlers.append(stack)
        mean = 0.3 if small else draft.draw("requests_mean")
        tail = 0.1 * mean * draft.rng.random() if number % 3 == 0 else 0.0
        alpha = draft.rng.uniform(1.3, 2.5)
        draft.parts.append(Requests(stack, mean, tail, alpha, twins=(draft.background,), wander=0.15))
    idle = 4.0 if small else draft.draw("keep_alive_mean")
    stay = draft.rng.uniform(1, 6) * MINUTE
    draft.parts.append(Sessions((draft.idle_connection,), idle, stay, rush=0.5, wander=0.08))


def add_pool(draft: Draft, size: int, busy_share: float) -> tuple[int, int]:
    """Add a worker pool and give the stacks of its idle and busy workers: both have one origin."""
    package, name = str(draft.rng.choice(["jobs", "queue", "mailbox", "render"])), draft.verb()
    entry = draft.own(f"(*{name}Pool).worker", package)
    idle = draft.add_stack((*(go.SELECT if draft.chance(0.5) else go.RANGE), entry))
    busy = draft.add_stack((*go.ROUND_TRIP, draft.own(f"(*{name}Pool).process", package), entry))
    draft.parts.append(Pool(idle, busy, size, 0.05 + busy_share * size * 0.5))
    return idle, busy


def _add_singles(draft: Draft, number: int) -> None:
    """Add what stands there once for each process: main, signals, tickers, libraries."""
    main = (*go.BLOCK, "main.main", "runtime.main") if draft.chance(0.3) else (*go.RECEIVE, "main.main", "runtime.main")
    singles = [main, go.SIGNALS]
    libraries = [_LIBRARIES[place] for place in draft.rng.permutation(len(_LIBRARIES))[: number // 2]]
    tickers = [
        (*go.SELECT, draft.own(f"(*{draft.verb()}Loop).Run"), f"golang.org/x/sync/errgroup.(*Group).Go.func{1}")
        for _ in range(number - 2 - len(libraries))
    ]
    for stack in (*singles, *libraries, *tickers):
        wakes = MINUTE * (1 + 30 * draft.rng.random())
        draft.parts.append(Fixed(draft.add_stack(stack), wake_seconds=wakes))
    draft.parts.append(Fixed(draft.add_stack(go.SQL_OPENER), int(draft.rng.integers(1, 4))))


def _add_clients(draft: Draft) -> None:
    """Add connections to other services: bounded pools that follow traffic, and what warms up."""
    most = int(draft.rng.integers(20, 200))
    mean, stay = most * draft.rng.uniform(0.2, 0.9), draft.rng.uniform(1.5, 20) * MINUTE
    pair = (draft.add_stack(go.CLIENT_READ), draft.add_stack(go.CLIENT_WRITE))
    draft.parts.append(Sessions(pair, mean, stay, most=most, follows=0.7))
    busy = (draft.add_stack(go.CLIENT_READ_BUSY), pair[1])
    draft.parts.append(Requests(busy[0], mean * 0.15, twins=(busy[1],)))
    watchers = draft.add_stack(go.MYSQL_WATCHER)
    draft.parts.append(Sessions((watchers,), draft.rng.uniform(3, 40), 10 * MINUTE, most=50, follows=0.6))
    for stack in go.GRPC_CLIENT:
        draft.parts.append(Fixed(draft.add_stack(stack), int(draft.rng.integers(2, 10))))
    fan_out = (
        *go.RECEIVE,
        draft.own(f"(*{draft.verb()}).gather.func1"),
        "golang.org/x/sync/errgroup.(*Group).Go.func1",
    )
    draft.parts.append(Requests(draft.add_stack(fan_out), draft.rng.uniform(0.2, 12), tail=0.2))
    if draft.chance(0.5):
        shard = draft.add_stack((*go.SELECT, draft.own(f"(*{draft.verb()}Shard).loop", "cache")))
        draft.parts.append(Warmup(shard, int(draft.rng.integers(10, 100)), draft.rng.uniform(2, 30) * MINUTE))
