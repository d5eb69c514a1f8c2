"""What evidence says of a stack that grows: the third signal beside growth and load.

A dump is one moment: it speaks for an hour. A proof speaks for as long as the process lives that gave it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from processors.growth.series import Life
from schemas.evidence import Stay, Weighed

_DUMP_SPEAKS = timedelta(hours=1)
_SECONDS_PER_MINUTE = 60


@dataclass(frozen=True, slots=True)
class Fused:
    """`proven` goroutines are leaked by the runtime's own word; `stay` is what a dump says, with share and sentence."""

    proven: int = 0
    stay: Stay = Stay.UNKNOWN
    sentence: str = ""
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class Rise:
    """Growth on the instance that gave the evidence: since when, and by how many goroutines, None if not known.

    The goroutines are those of the span that was measured last, which began at `measured`.
    """

    begin: datetime
    goroutines: float | None = None
    measured: datetime | None = None


def fuse_evidence(weighed: Weighed | None, life: Life | None, goroutines: int, rise: Rise, slot: datetime) -> Fused:
    """Weigh evidence against growth.

    `life` is the newest of the instance that gave the evidence, None where it is gone; `goroutines` what it holds now.
    Evidence of a process that is no more says nothing.
    """
    if weighed is None or life is None or weighed.at < life.begin:
        return Fused()
    proven = min(weighed.proven or 0, goroutines)
    if weighed.waits is None or slot - weighed.at > _DUMP_SPEAKS:
        return Fused(proven)
    age_minutes = (weighed.at - rise.begin).total_seconds() / _SECONDS_PER_MINUTE
    measured_minutes = (weighed.at - (rise.measured or rise.begin)).total_seconds() / _SECONDS_PER_MINUTE
    staying = weighed.waits.stuck(age_minutes, rise.goroutines, measured_minutes)
    return Fused(proven, staying.stay, staying.reason, staying.share)
