"""The example programs do what they say: one stack grows in a leak, none in a healthy one."""

import re
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from examples.build import build
from processors.pipeline import count_profile
from schemas.model import ScrapedProfile
from tests.doubles import SetClock

LEAKS = {"leaks/forgotten-receiver": "main.fetchPrice.func", "leaks/abandoned-cancel": "main.watchSession"}


@contextmanager
def running(program: str, rate: int, folder: Path) -> Iterator[str]:
    """Build and run one program; give host:port."""
    command = [str(build(program, folder)), "-rate", str(rate)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        yield process.stdout.readline().split()[1]
        process.stdin.close()


def counts(address: str) -> tuple[dict[str, int], int]:
    """Take one profile: goroutines by site as we see them, and the total as Go says."""
    base = f"http://{address}/debug/pprof/goroutine"
    with urllib.request.urlopen(f"{base}?debug=0", timeout=10) as answer:  # noqa: S310 loopback
        body = answer.read()
    at = SetClock().now()
    counted = count_profile(ScrapedProfile("s", "i", at, at, 1.0, 0.1, profile=body))
    assert counted.problems == ()
    with urllib.request.urlopen(f"{base}?debug=1", timeout=10) as answer:  # noqa: S310 loopback
        total = re.match(rb"goroutine profile: total (\d+)", answer.read())
    assert total
    return {item.fingerprint.site: item.goroutines for item in counted.counts}, int(total[1])


@pytest.mark.integration
@pytest.mark.parametrize("program", LEAKS)
def test_exactly_one_stack_grows_in_a_leak(program: str, tmp_path: Path) -> None:
    """Its site is the function that the comment of the program names, and the totals are Go's."""
    with running(program, 200, tmp_path) as address:
        before, _ = counts(address)
        now, total = counts(address)
        while now.get(LEAKS[program], 0) < before.get(LEAKS[program], 0) + 100:
            now, total = counts(address)
    grown = {site for site, count in now.items() if count > before.get(site, 0) + 50}
    assert (grown, abs(sum(now.values()) - total) <= 10) == ({LEAKS[program]}, True)


@pytest.mark.integration
def test_healthy_program_serves_and_ends_with_its_parent(tmp_path: Path) -> None:
    """Its pool is there, and closing its standard input ends it."""
    with running("healthy/steady-load", 50, tmp_path) as address:
        found, _ = counts(address)
    assert found["main.startPool.func"] >= 8
