"""steps of a batch -> the records whose profile nothing could be read of.

Their failure is a row, and their bytes must not be lost.
"""

from collections.abc import Sequence

from processors.pipeline import Step, refuse_malformed
from processors.set_aside import Refused
from schemas.ports import Record
from schemas.wire.codec import place


def find_malformed(steps: Sequence[Step], admitted: Sequence[tuple[Record, object]]) -> list[Refused]:
    """Give these records, with the reason."""
    records = {record.position: record for record, _ in admitted}
    found = ((records[step.position], refuse_malformed(step, place(records[step.position]))) for step in steps)
    return [(record, invalid) for record, invalid in found if invalid is not None]
