"""labels of a target + rules of the settings -> how much one process may hold, as far as anybody said.

A label of the target wins over the rules: it is nearer to the process.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Protocol

from schemas.durations import parse_size

GOROUTINES_LABEL = "leakstream_limit_goroutines"
MEMORY_LABEL = "leakstream_limit_memory_bytes"


class Rule(Protocol):
    """A rule of `detection.limits`."""

    @property
    def service(self) -> str:
        """Give the glob of services."""
        ...

    @property
    def goroutines(self) -> int | None:
        """Give the most goroutines of a process, None where that is not known."""
        ...

    @property
    def memory_bytes(self) -> int | None:
        """Give the most memory of a process, None where that is not known."""
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """What one process may hold, None where nobody said; each with who said it, empty where nobody did."""

    goroutines: int | None = None
    memory_bytes: int | None = None
    goroutines_by: str = ""
    memory_by: str = ""


def find_limits(service: str, labels: Mapping[str, str], rules: Iterable[Rule] = ()) -> Limits:
    """Give the limits of a process of a service; a label that is no number above zero says nothing."""
    rule = next((rule for rule in rules if fnmatchcase(service, rule.service)), None)
    goroutines, memory = _read(labels.get(GOROUTINES_LABEL, "")), _read(labels.get(MEMORY_LABEL, ""))
    goroutines_by = f"label {GOROUTINES_LABEL}" if goroutines else ""
    memory_by = f"label {MEMORY_LABEL}" if memory else ""
    if rule is not None and not goroutines and rule.goroutines:
        goroutines, goroutines_by = rule.goroutines, "detection.limits"
    if rule is not None and not memory and rule.memory_bytes:
        memory, memory_by = rule.memory_bytes, "detection.limits"
    return Limits(goroutines, memory, goroutines_by, memory_by)


def _read(text: str) -> int | None:
    """Read a number or a size.

    Example input: 512MiB
    Example output: 536870912
    """
    try:
        return parse_size(text) or None
    except ValueError:
        return None
