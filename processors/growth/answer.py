"""What is found of one stack at one scale."""

from dataclasses import dataclass

from schemas.model import Finding


@dataclass(frozen=True, slots=True)
class Answer:
    """One stack at one scale. Rates are goroutines per window, over all lives, with half of the 90 % interval.

    `refused` names the first question that the rise did not pass; empty for a candidate. `steps` are the rises of the
    sum over all lives, newest first. `place` is the life with the fastest rise, -1 where none rises.
    """

    scale: int
    refused: str
    findings: tuple[Finding, ...]
    score: float
    growth: float
    rate: float
    half_width: float
    growing: int
    place: int
    steps: tuple[float, ...]
