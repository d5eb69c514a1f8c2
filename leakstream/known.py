"""What the store knows of one stack in one service: rows as the shipped queries give them, and how to read them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from processors.cost import STATED
from processors.find_limits import Limits
from schemas.heap import GoroutineCost, HeapReading

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Known:
    """What the store knows of a stack in one service; `labels` are those of its worst instance, often none.

    `evidence` are profiles that speak of it, and attempts in vain, newest first. `versions` are those of the service,
    oldest first, `deploy` what else changed with the one that showed it first. `target` is its worst instance, `health`
    what judgement rests on; None where nothing is known. `window_seconds` is how far back was asked.
    `said` is what people said of it, newest first; `off` the rule that switched judgement off, empty where none did;
    `cost` what one of its goroutines holds, `reading` the newest of the memory of the worst process, if any.
    """

    stack: Row
    growth: Row | None
    instances: Sequence[Row]
    transitions: Sequence[Row]
    labels: Sequence[Row]
    evidence: Sequence[Row] = ()
    versions: Sequence[Row] = ()
    deploy: Sequence[Row] = ()
    target: Row | None = None
    health: Row | None = None
    tickets: Sequence[Row] = ()
    limits: Limits = field(default_factory=Limits)
    window_seconds: int = 86_400
    said: Sequence[Row] = ()
    off: str = ""
    cost: GoroutineCost = STATED
    reading: HeapReading | None = None

    @property
    def state(self) -> str:
        """Give the state after the newest change, `inactive` where nothing ever changed."""
        if self.transitions:
            return text(self.transitions[0], "state")
        return text(self.growth, "state") or "inactive"

    @property
    def verdict(self) -> str:
        """Give the verdict of the newest change, empty where there is none."""
        return text(self.transitions[0], "verdict") if self.transitions else ""


def text(row: Row | None, key: str) -> str:
    """Give a column as text, empty where there is none."""
    value = row.get(key) if row else None
    return "" if value is None else str(value)


def number(row: Row | None, key: str) -> float:
    """Give a column as a number, 0 where there is none."""
    return float(text(row, key) or 0)


def count(row: Row | None, key: str) -> int:
    """Give a column as a whole number, 0 where there is none."""
    return int(number(row, key))


def moment(row: Row | None, key: str) -> str:
    """Write a column that is a time, in UTC to the second; `unknown` where there is none, or the store's 1970."""
    value = row.get(key) if row else None
    if not isinstance(value, datetime) or value.timestamp() <= 0:
        return "unknown"
    return value.strftime("%Y-%m-%d %H:%M:%S UTC")


def instant(row: Row, key: str) -> datetime:
    """Give a column that is a time; anything else there is our mistake."""
    value = row[key]
    if not isinstance(value, datetime):
        raise TypeError(f"expected a time in {key}, got {value!r}")
    return value


def words(row: Row | None, key: str) -> Mapping[str, str]:
    """Give a column that is a map of texts, empty where there is none."""
    value = row.get(key) if row else None
    return {str(name): str(item) for name, item in value.items()} if isinstance(value, Mapping) else {}


def names(row: Row, key: str) -> tuple[str, ...]:
    """Give a column that is a list of texts."""
    value = row.get(key)
    return tuple(map(str, value)) if isinstance(value, list | tuple) else ()
