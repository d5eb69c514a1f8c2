"""What is found of a stack beyond the questions of growth -> findings: dump, proof, group, entry, demand."""

from math import inf

from processors.evidence_kinds import CALLING, DEMAND, DUMP, GROUP, PROOF, SERVING
from processors.fuse_evidence import Fused
from processors.judge import Hold
from schemas.evidence import Stay
from schemas.model import Finding

_HOLDS = {Hold.SERVING: SERVING, Hold.CALLING: CALLING, Hold.DEMAND: DEMAND}
_NAMES = ("entry", "sum", GROUP)


def find_others(refused: str, fused: Fused, hold: Hold) -> tuple[Finding, ...]:
    """Give one finding for each kind that says something, in the order of the kinds; none of most stacks.

    `refused` names what the rise did not pass. A dump's value is the share of goroutines that speaks for its word, a
    proof's is how many goroutines it names, beside one. What is answered by yes or no has the value 0 and no limit.
    """
    found = [Finding(refused, passed=False, value=0.0, limit=-inf)] if refused in _NAMES else []
    if fused.stay is not Stay.UNKNOWN:
        found.append(Finding(DUMP, passed=fused.stay is not Stay.TURNING_OVER, value=fused.share, limit=-inf))
    if fused.proven:
        found.append(Finding(PROOF, passed=True, value=float(fused.proven), limit=1.0))
    if hold in _HOLDS:
        found.append(Finding(_HOLDS[hold], passed=False, value=0.0, limit=-inf))
    return tuple(found)
