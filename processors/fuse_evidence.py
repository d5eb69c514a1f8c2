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


def fuse_evidence(
    weighed: Weighed | None, life: Life | None, goroutines: int, begin: datetime, slot: datetime
) -> Fused:
    """Weigh evidence against growth that began at `begin`.

    `life` is the newest of the instance that gave the evidence, None where it is gone; `goroutines` what it holds now.
    Evidence of a process that is no more says nothing.
    """
    if weighed is None or life is None or weighed.at < life.begin:
        return Fused()
    proven = min(weighed.proven or 0, goroutines)
    if weighed.waits is None or slot - weighed.at > _DUMP_SPEAKS:
        return Fused(proven)
    staying = weighed.waits.stuck((weighed.at - begin).total_seconds() / _SECONDS_PER_MINUTE)
    return Fused(proven, staying.stay, staying.reason, staying.share)
