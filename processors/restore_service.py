"""The store -> the memory of one service, as it was before a record, by the statements in RESTORE."""

from collections.abc import Callable, Mapping, Sequence

from processors.judge import Policy
from processors.memory import ServiceMemory
from processors.remember_evidence import remember_requests
from processors.remember_say import remember_benign
from processors.restore import Stored, find_since, read_stacks, remember_begin, replay_records, restore_snapshot
from schemas.model import LogPosition
from schemas.ports import Store

Queries = Mapping[str, str]
"""The statements that rebuild memory, by the names in RESTORE."""

RESTORE = (
    *("restore_begin", "restore_benign", "restore_counts", "restore_evidence", "restore_memories"),
    *("restore_requests", "restore_scrapes", "restore_stacks", "restore_verdicts"),
)


def restore_service(  # noqa: PLR0913 what a memory is made of, each by its name
    service: str,
    position: LogPosition,
    *,
    log: str,
    store: Store,
    queries: Queries,
    policy: Policy,
    report: Callable[..., None],
) -> ServiceMemory:
    """Rebuild the memory of a service as it was before the record at this position of the log."""
    parameters: dict[str, object] = {
        "service": service,
        "log": log,
        "log_partition": position.partition,
        "log_offset": position.offset,
    }

    def ask(name: str) -> Sequence[Mapping[str, object]]:
        return store.query(queries[name], parameters)

    memory, problem = restore_snapshot(service, ask("restore_memories"), read_stacks(ask("restore_stacks")))
    if problem:
        report("a snapshot cannot be read, counts are read instead", service=service, error=problem)
    remember_benign(memory, ask("restore_benign"))
    begin = ask("restore_begin")
    parameters["since"] = find_since(memory, begin, policy)
    names = ("restore_scrapes", "restore_counts", "restore_evidence", "restore_verdicts")
    replay_records(memory, Stored(log, position.partition, *map(ask, names)), policy)
    remember_begin(memory, begin)
    remember_requests(memory, ask("restore_requests"))
    return memory
