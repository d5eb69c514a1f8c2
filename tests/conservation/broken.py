"""A build with a deliberate mistake: it commits what it read before anything is written. The torture must catch it.

`python -m tests.conservation.broken process --config FILE` runs the public command with that mistake in it.
"""

import sys

from leakstream.__main__ import run
from processors.run import Processor
from schemas.ports import Consumer, LogUnavailableError


def turn(self: Processor, consumer: Consumer) -> None:
    """Poll, commit, then process: the wrong order."""
    try:
        records = consumer.poll(max_records=self.batch_records, timeout_seconds=self.poll_seconds)
    except LogUnavailableError:
        return
    if records:
        self._commit(consumer, records)
        self._insist(consumer, lambda: self._process(records))


if __name__ == "__main__":
    Processor.turn = turn  # type: ignore[method-assign]  # the mistake
    sys.exit(run(sys.argv[1:]))
