"""Which faults a run meets, as data: the same seed gives the same faults. Pure."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

ROLES = {"collect": 2, "process": 2, "notify": 1}
"""Role -> how many of it run when nothing is wrong."""

_KINDS: dict[str, float] = {
    "kill collect": 1.0,
    "kill process": 2.0,
    "kill notify": 0.7,
    "restart collect": 0.7,
    "restart process": 1.0,
    "freeze process": 1.0,
    "join process": 1.0,
    "kill broker": 1.0,
    "restart broker": 0.7,
    "freeze broker": 0.7,
    "store refuse": 0.7,
    "store slow": 0.7,
    "store deaf": 0.7,
    "kill store": 0.7,
    "add partitions": 0.15,
}
_SECONDS = (0.5, 5.0)
_CALM_SECONDS = (0.2, 2.0)


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: what happens, to which of its kind, how long until it is mended, and how long it is calm after it."""

    kind: str
    number: int
    seconds: float
    calm_seconds: float

    def __str__(self) -> str:
        """Say it on one line."""
        return f"{self.kind} {self.number} for {self.seconds:.1f} s"


def plan_faults(seed: int, rounds: int, *, only: frozenset[str] = frozenset()) -> Iterator[Fault]:
    """Give so many faults; `only` those kinds when some are named. Partitions are added once at most."""
    chance = random.Random(seed)  # noqa: S311 a schedule that can be repeated
    kinds = {kind: weight for kind, weight in _KINDS.items() if not only or kind in only}
    for _ in range(rounds):
        (kind,) = chance.choices(list(kinds), list(kinds.values()))
        number = chance.randrange(ROLES.get(kind.rpartition(" ")[2], 1))
        yield Fault(kind, number, chance.uniform(*_SECONDS), chance.uniform(*_CALM_SECONDS))
        if kind == "add partitions":
            del kinds[kind]
