"""What went wrong at the store, by name, and what follows from it: try again, or stop with a sentence. Pure.

Rule 1: nothing is ever dropped. Rule 2: what may pass by itself, or with an operator's help at the server, is tried
again with the same rows under the same token; an insert that took hold although nobody said so is then not repeated.
Rule 3: what needs a change of settings or schema stops the process; what it read stays uncommitted. Rule 4: an answer
that ClickHouse did not give acknowledges nothing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Course(StrEnum):
    """What follows."""

    RETRY = "retry"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Failure:
    """A kind of failure. `advice` is a sentence for the operator."""

    name: str
    course: Course
    advice: str


def _retry(name: str, advice: str) -> Failure:
    return Failure(name, Course.RETRY, advice)


def _stop(name: str, advice: str) -> Failure:
    return Failure(name, Course.STOP, advice)


TOO_MANY_PARTS = _retry("too_many_parts", "merges do not keep up; inserts wait for them")
MEMORY_LIMIT = _retry("memory_limit", "the server is out of the memory it may use")
DISK_FULL = _retry("disk_full", "the disk of the store is full; make room, or shorten store.retention")
TIMEOUT = _retry("timeout", "the store did not answer in time; whether it took the rows is asked by trying again")
UNKNOWN_STATUS = _retry("unknown_status", "the store does not know whether it took the rows; the same token asks it")
BUSY = _retry("busy", "the store has more to do than it takes at once")
KEEPER_AWAY = _retry("keeper_away", "the store lost its keeper or too many replicas, and takes no rows meanwhile")
SHUTTING_DOWN = _retry("shutting_down", "the store is ending")
SERVER_AWAY = _retry("server_away", "nobody answers at the address of the store, or the connection broke")
PROXY_ERROR = _retry("proxy_error", "something between here and the store answered instead of it")
NO_CLICKHOUSE = _retry("garbage_answer", "the answer is not ClickHouse's; nothing counts as stored")
WRONG_PASSWORD = _stop("wrong_password", "the store knows no such user with this password: store.clickhouse.user")
NO_RIGHTS = _stop("no_rights", "the user of the store may not do this: docs/operate/clickhouse.md lists what is needed")
READ_ONLY = _stop("read_only", "the user or the server only reads: give store.clickhouse a user who writes")
SCHEMA_MISSING = _stop("schema_missing", "the store lacks a table or column: `leakstream migrate` brings it up to date")
REFUSED = _stop("refused", "the store understood and said no")

BY_CODE: Mapping[int, Failure] = MappingProxyType(
    {
        **dict.fromkeys((252,), TOO_MANY_PARTS),
        **dict.fromkeys((241, 173), MEMORY_LIMIT),  # CANNOT_ALLOCATE_MEMORY is the second
        **dict.fromkeys((243, 75), DISK_FULL),  # CANNOT_WRITE_TO_FILE_DESCRIPTOR: how it shows in the middle of a write
        **dict.fromkeys((159, 160, 209), TIMEOUT),
        **dict.fromkeys((319, 394, 574), UNKNOWN_STATUS),  # cancelled, and a distributed insert that was cut
        **dict.fromkeys((201, 202, 203, 439, 473, 745, 373), BUSY),
        **dict.fromkeys((225, 242, 254, 285, 286, 289, 305, 999), KEEPER_AWAY),
        **dict.fromkeys((236, 425), SHUTTING_DOWN),  # ABORTED, and SYSTEM_ERROR
        **dict.fromkeys((198, 210, 279, 95, 3, 32, 33, 99, 100, 101, 102), SERVER_AWAY),  # the last: a cut stream
        **dict.fromkeys((192, 193, 194, 516), WRONG_PASSWORD),
        **dict.fromkeys((291, 497), NO_RIGHTS),
        **dict.fromkeys((164,), READ_ONLY),
        **dict.fromkeys((60, 81, 16, 10, 8, 47), SCHEMA_MISSING),
    }
)
"""By the numbers of src/Common/ErrorCodes.cpp; whatever is not here was refused."""

_STATUS = re.compile(r"HTTP driver received HTTP status (\d{3})")
"""As clickhouse-connect writes it for an answer that names no code."""
_FULL = re.compile(r"No space left on device|Not enough space", re.IGNORECASE)
_PROXY_FROM, _TOO_MANY_REQUESTS, _AUTHENTICATE, _FORBIDDEN = 500, 429, 401, 403


def name_failure(code: int | None, text: str, *, connected: bool = True) -> Failure:
    """Name a failure by ClickHouse's code (None when ClickHouse said none) and the text of the error.

    `connected` is False where the connection failed or broke.
    """
    if _FULL.search(text):
        return DISK_FULL
    if code is not None:
        return BY_CODE.get(code, REFUSED)
    found = _STATUS.match(text)
    if found is None and not connected:
        return SERVER_AWAY
    status = int(found[1]) if found else 0
    if status >= _PROXY_FROM or status == _TOO_MANY_REQUESTS:
        return PROXY_ERROR
    if status == _AUTHENTICATE:
        return WRONG_PASSWORD
    return NO_RIGHTS if status == _FORBIDDEN else REFUSED
