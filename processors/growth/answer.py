"""What is found of one stack at one scale."""

from dataclasses import dataclass

from schemas.model import Finding


@dataclass(frozen=True, slots=True)
class Answer:
    """One stack at one scale. Rates are goroutines per window, over all lives, with half of the 90 % interval.

    `refused` names the first question that the rise did not pass; empty for a candidate. `doubtful`: a dump may tell
    whether it is a leak, because all other questions are passed. `steps` are the rises
    of the sum over all lives, newest first. `risen` are the places of the lives that rise fastest with their rises, the
    fastest first. `whole_rate` and `whole_half_width` are those of all that came in through the same function.
    """

    scale: int
    refused: str
    findings: tuple[Finding, ...]
    score: float
    growth: float
    rate: float
    half_width: float
    whole_rate: float
    whole_half_width: float
    growing: int
    risen: tuple[tuple[int, float], ...]
    steps: tuple[float, ...]
    doubtful: bool = False

    @property
    def place(self) -> int:
        """Give the life with the fastest rise, -1 where none rises."""
        return self.risen[0][0] if self.risen else -1
