"""What a person said -> the memory of its service, and a row to store."""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from processors.columns import NEVER, PLACE, TIME, WORD, place
from processors.memory import ServiceMemory
from processors.remember_say import remember_verdict
from schemas.model import LogPosition
from schemas.say import PersonalVerdict

VERDICTS = pa.schema(
    [
        ("service", WORD),
        ("fingerprint", pa.uint64()),
        ("opinion", WORD),
        ("reason", pa.string()),
        ("given_by", WORD),
        ("given_at", TIME),
        ("up_to", pa.uint32()),
        ("expires", TIME),
        *PLACE,
    ]
)


@dataclass(frozen=True, slots=True)
class VerdictStep:
    """All that one verdict leads to: slots that are closed after it are judged with it."""

    verdict: PersonalVerdict
    position: LogPosition


def take_verdict(memory: ServiceMemory, verdict: PersonalVerdict, position: LogPosition) -> VerdictStep:
    """Take in one verdict."""
    remember_verdict(memory, verdict)
    return VerdictStep(verdict, position)


def tabulate_verdicts(steps: Sequence[VerdictStep], log: str) -> dict[str, pa.Table]:
    """Give the rows of verdicts; nothing without any. `log` is the identity of the log."""
    rows = [_row(step, log) for step in steps]
    return {"verdicts": pa.Table.from_pylist(rows, VERDICTS)} if rows else {}


def _row(step: VerdictStep, log: str) -> dict[str, object]:
    said = step.verdict
    return {
        "service": said.service,
        "fingerprint": said.fingerprint,
        "opinion": said.opinion.value,
        "reason": said.reason,
        "given_by": said.by,
        "given_at": said.given_at,
        "up_to": said.up_to,
        "expires": said.expires or NEVER,
        **place(step.position, log),
    }
