"""The 28 patterns of goroutine leaks as data: how each looks, what causes it, what mends it.

Rule 1: order is precedence; a library's own frames stand above locks, locks above handlers, handlers above plain waits.
Rule 2: a signature sees normalised names only: closures end in `.func` and, but for the first, their number; there are
no addresses and no lines.
Rule 3: patterns that a profile cannot tell apart have equal signatures.
Names follow the CGO'24 examples of goroutine leaks and the GoKer suite.
"""

from processors import advice_fixes as fixes
from processors.advice_libraries import LIBRARY_PATTERNS
from processors.advice_pattern import Pattern, Signature

CHAN_SEND = ("chan send",)
CHAN_RECEIVE = ("chan receive",)
CHAN_WAIT = ("chan receive", "select")
IO = ("io wait",)
LOCKS = ("mutex lock", "semaphore")
CLOSURE = r"\.func[\d.]*$"

_SENDER = Signature(CHAN_SEND)
_SENDING_CLOSURE = Signature(CHAN_SEND, site=CLOSURE)
_LOCK = Signature(LOCKS)

_STATES: tuple[Pattern, ...] = (
    Pattern(
        27,
        "iter.Pull not stopped",
        Signature(("coroutine",)),
        "A coroutine of iter.Pull is parked and stop was never called.",
        fixes.STOP_ITERATOR,
    ),
    Pattern(
        11,
        "nil channel",
        Signature(("chan send (nil chan)", "chan receive (nil chan)")),
        "The channel was never made: sending to or receiving from a nil channel blocks for ever.",
        fixes.MAKE_CHANNEL,
    ),
    Pattern(
        12,
        "select without cases",
        Signature(("select (no cases)",)),
        "`select {}` in a function that is called more than once parks each caller for ever.",
        fixes.WAIT_FOR_DONE,
    ),
    Pattern(
        20,
        "WaitGroup misuse",
        Signature(("wait group",)),
        "Add and Done do not match: a goroutine panicked or returned before Done, or Add counted one too many.",
        fixes.WAIT_GROUP,
    ),
    Pattern(
        22,
        "lock order or nested read lock",
        Signature(("rwmutex lock", "rwmutex rlock")),
        "Two locks are taken in both orders, or a writer came between two RLock calls of the same goroutine.",
        fixes.LOCK_ORDER,
    ),
    Pattern(
        21,
        "mutex not unlocked",
        _LOCK,
        "A way out of the function leaves the mutex locked (an early return, a panic), or the same goroutine locks it "
        "twice; everybody else queues up.",
        fixes.DEFER_UNLOCK,
    ),
    Pattern(
        23,
        "lock held across a channel operation",
        _LOCK,
        "one goroutine holds the mutex while it waits on a channel, and the other side needs the mutex first.",
        fixes.UNLOCK_FIRST,
    ),
    Pattern(
        24,
        "missed signal",
        Signature(("cond",)),
        "Signal came before Wait, or one Signal was sent where all waiters had to wake.",
        fixes.BROADCAST,
    ),
    Pattern(
        16,
        "HTTP handler stuck",
        Signature(frame=r"^net/http\.\(\*connReader\)\.backgroundRead"),
        "This is the twin of a handler that does not return: it watches the connection of a request still in progress.",
        fixes.BOUND_HANDLER,
    ),
    Pattern(
        15,
        "no deadline on a server connection",
        Signature(IO, site=r"^net\.", origin=r"^net/http\.\(\*conn\)\.serve$|http2\.\(\*serverConn\)"),
        "Clients keep connections open and say nothing, and the server has no idle timeout.",
        fixes.SERVER_TIMEOUTS,
    ),
    Pattern(
        16,
        "handler stuck",
        Signature(
            frame=r"^net/http\.\(\*conn\)\.serve$|http2\.\(\*serverConn\)\.runHandler|grpc\.\(\*Server\)\.handleStream"
        ),
        "A request handler waits for something that does not come and has no timeout; each such request stays.",
        fixes.HANDLER_TIMEOUT,
    ),
    Pattern(
        15,
        "no deadline on a connection",
        Signature(IO),
        "The peer is silent and nothing bounds the wait, so the read or write lasts for ever.",
        fixes.DEADLINE,
    ),
)

_CHANNELS: tuple[Pattern, ...] = (
    Pattern(
        2,
        "timeout leak",
        Signature(CHAN_SEND, site=r"(?i)(timeout|deadline|with_?(ctx|context)|timed).*\.func[\d.]*$"),
        "The function that started this goroutine gave up (ctx.Done or time.After) and nobody receives its result.",
        fixes.BUFFER_OR_LEAVE,
    ),
    Pattern(
        3,
        "N senders, one receive",
        Signature(
            CHAN_SEND,
            site=r"(?i)(n_?cast|fan_?(in|out)|hedge|race|fastest|first|replica|scatter|gather).*\.func[\d.]*$",
        ),
        "Several goroutines send and only the first result is received; all others wait for ever.",
        fixes.BUFFER_FOR_ALL,
    ),
    Pattern(
        1,
        "early return (or timeout) before the receive",
        _SENDING_CLOSURE,
        "The function that started this goroutine returned, by an error or a timeout, before it received; nobody else "
        "has the channel.",
        fixes.BUFFER_OF_ONE,
    ),
    Pattern(
        3,
        "N senders, one receive",
        _SENDING_CLOSURE,
        "several goroutines send and only the first result is received.",
        fixes.BUFFER_FOR_ALL,
    ),
    Pattern(
        4,
        "double send",
        _SENDER,
        "Nobody receives any more: the receiver left early, or this goroutine sends a second time because a `return` "
        "is missing after it sent an error.",
        fixes.RETURN_AFTER_SEND,
    ),
    Pattern(
        9,
        "abandoned cancel",
        Signature(CHAN_RECEIVE, site=r"(?i)(ctx|context|cancel|done|\bwatch)"),
        "It waits for ctx.Done() of a context whose CancelFunc is never called.",
        fixes.CANCEL,
    ),
    Pattern(
        7,
        "looping timer",
        Signature(
            (*CHAN_WAIT, "sleep"), site=r"(?i)(tick|timer|poll|refresh|flush|heartbeat|keep_?alive|monitor|janitor)"
        ),
        "A background loop on a timer has no way to end and is started once per call or per object.",
        fixes.TICKER_WITH_DONE,
    ),
    Pattern(
        7,
        "sleeping loop without an exit",
        Signature(("sleep",)),
        "A background loop sleeps between rounds, has no way to end, and is started once per call.",
        fixes.SLEEP_WITH_DONE,
    ),
    Pattern(
        6,
        "Start without Stop",
        Signature(
            CHAN_WAIT,
            frame=r"\.(Start|Open|Run|Serve|Listen|Subscribe|New\w*|start|run|loop|new[A-Z]\w*)(\.func[\d.]*)?$",
        ),
        "An object runs a loop of its own from Start (or New) on, and whoever made it never calls Stop or Close.",
        fixes.STOP,
    ),
    Pattern(
        8,
        "select without done",
        Signature(("select",)),
        "None of the cases becomes ready any more and there is no case that ends the goroutine.",
        fixes.ADD_DONE,
    ),
    Pattern(
        5,
        "range over a channel that is never closed",
        Signature(
            CHAN_RECEIVE, site=r"(?i)(worker|consum|range|drain|process|handle|pool|each|collect|stage|pipe|sink)"
        ),
        "It ranges over a channel that its producer never closes; each call adds as many goroutines as it has workers.",
        fixes.CLOSE_JOBS,
    ),
    Pattern(
        10,
        "receiver waits, sender is gone",
        Signature(CHAN_RECEIVE),
        "The goroutine that should send returned or panicked without sending or closing the channel.",
        fixes.CLOSE_RESULTS,
    ),
)

CATALOGUE: tuple[Pattern, ...] = (*LIBRARY_PATTERNS, *_STATES, *_CHANNELS)
"""Every signature, most specific first; some of the 28 patterns have more than one."""

GENERAL = Pattern(
    0,
    "goroutines without an end",
    Signature(),
    "Goroutines are started faster than they end: something starts one per call or per object, and they do not leave.",
    fixes.GENERAL,
)
