"""steps -> the Arrow table of label counts, column by column: there can be thousands of them in a step."""

from collections.abc import Sequence

import pyarrow as pa

from processors.columns import TIME, WORD
from processors.pipeline import Step

_COLUMNS = (
    ("service", WORD),
    ("fingerprint", pa.uint64()),
    ("key", WORD),
    ("value", WORD),
    ("instance", WORD),
    ("slot", TIME),
    ("goroutines", pa.uint32()),
)


def tabulate_labels(steps: Sequence[Step]) -> pa.Table:
    """Give a row for each value of a label that is kept; none unless the settings keep any."""
    found = [(step.counted.scraped, item) for step in steps for item in step.counted.labels]
    columns = (
        [scraped.service for scraped, _ in found],
        [item.fingerprint.value for _, item in found],
        [item.key for _, item in found],
        [item.value for _, item in found],
        [scraped.instance for scraped, _ in found],
        [scraped.slot for scraped, _ in found],
        [item.goroutines for _, item in found],
    )
    return pa.table(
        {name: pa.array(column, kind) for (name, kind), column in zip(_COLUMNS, columns, strict=True)},
    )
