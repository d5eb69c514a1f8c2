"""Spools that are closed when their test ends."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from collectors.spool import Spool
from tests.collectors.spooling import ROOMY_BYTES, Opener


@pytest.fixture
def open_at() -> Iterator[Opener]:
    """Open spools."""
    with ExitStack() as stack:

        def open_one(folder: Path, *, size_bytes: int = ROOMY_BYTES, age_seconds: float = 64.0) -> Spool:
            spool = Spool(folder, size_bytes=size_bytes, age_seconds=age_seconds)
            stack.callback(spool.close)
            return spool

        yield open_one
