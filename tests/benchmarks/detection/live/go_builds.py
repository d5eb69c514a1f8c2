"""What tests share about the service of the live corpus: a build of it, once for each version and test run."""

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

    A service that does not compile always fails. The build lies beside the toolchains, so that the next one is quick.
    """
    folder = CACHE / "live"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        return build_service(version, folder)
    except subprocess.CalledProcessError as error:
        missing = "pip" in str(error.cmd) or "proxy" in (error.stderr or "") or "dial tcp" in (error.stderr or "")
        reason = f"Go {version} or a module is missing: {error} {error.stderr or ''}"
        if missing and os.environ.get("CI") != "true":
            pytest.skip(reason)
        pytest.fail(reason)
