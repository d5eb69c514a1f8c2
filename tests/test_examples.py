"""The example programs do what they say: one stack grows in a leak, none in a healthy one."""

import re
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from examples.build import build
from examples.outcome import Row, broken_promise
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
    return {item.fingerprint.site: item.goroutines for item in counted.reading.counts()}, int(total[1])


@pytest.mark.integration
@pytest.mark.parametrize("program", LEAKS)
def test_exactly_one_stack_grows_in_a_leak(program: str, tmp_path: Path) -> None:
    """Its site is the function that the comment of the program names, and the totals are Go's."""
    with running(program, 20, tmp_path) as address:  # slow enough that our total and Go's are of one moment
        before, _ = counts(address)
        now, total = counts(address)
        while now.get(LEAKS[program], 0) < before.get(LEAKS[program], 0) + 60:
            now, total = counts(address)
    grown = {site for site, count in now.items() if count > before.get(site, 0) + 30}
    assert (grown, abs(sum(now.values()) - total) <= 10) == ({LEAKS[program]}, True)


@pytest.mark.integration
def test_healthy_program_serves_and_ends_with_its_parent(tmp_path: Path) -> None:
    """Its pool is there, and closing its standard input ends it."""
    with running("healthy/steady-load", 50, tmp_path) as address:
        found, _ = counts(address)
    assert found["main.startPool.func"] >= 8


@pytest.mark.integration
def test_healthy_program_stops_growing_when_its_cache_is_warm(tmp_path: Path) -> None:
    """One refresher for each of the 40 entries, and not one more afterwards."""
    with running("healthy/steady-load", 50, tmp_path) as address:
        warm = counts(address)[0]
        while warm.get("main.refreshEntry", 0) < 40:
            warm = counts(address)[0]
        later = [counts(address)[0] for _ in range(100)]
    assert {found["main.refreshEntry"] for found in later} == {40}


@pytest.mark.integration
def test_labelled_program_stays_level(tmp_path: Path) -> None:
    """Its fifteen workers are one stack, whatever their labels, and nobody joins them under load."""
    with running("healthy/labelled-tenants", 200, tmp_path) as address:
        found = [counts(address)[0]["main.queue[...].work"] for _ in range(50)]
    assert set(found) == {15}


@pytest.mark.integration
@pytest.mark.parametrize("rate", ["0", "-1", "NaN", "1001"])
def test_program_refuses_a_rate_that_means_nothing(rate: str, tmp_path: Path) -> None:
    """It says which flag and ends with 2, instead of a panic."""
    command = [str(build("leaks/abandoned-cancel", tmp_path)), f"-rate={rate}"]
    ran = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=20)
    assert (ran.returncode, ran.stdout, ran.stderr) == (2, "", f"-rate {rate}: must be above 0 and at most 1000\n")


CHECKOUT = ("checkout", "main.fetchPrice.func")
SEARCH = ("search", "main.watchSession")
EXPECTED = [("checkout", "main.fetchPrice"), ("search", "main.watchSession")]
TICKETS = [Path("checkout--g1-a.md"), Path("search--g1-b.md")]
HEARD: list[Row] = [{"service": "inventory", "scrapes": "60", "failures": "1"}]


def row(found: tuple[str, str], fingerprint: str) -> Row:
    """Make a row of `leaks_now` that fires."""
    return {"service": found[0], "site": found[1], "fingerprint": fingerprint, "state": "firing"}


OPEN = [row(CHECKOUT, "g1-a"), row(SEARCH, "g1-b")]


def test_demo_is_content_with_the_two_leaks_their_tickets_and_a_silence_that_was_heard() -> None:
    """Nothing is broken then; a stack that is merely pending does not count as found."""
    pending = {**row(("inventory", "main.refreshEntry"), "g1-c"), "state": "pending"}
    assert broken_promise({CHECKOUT, SEARCH}, [*OPEN, pending], TICKETS, HEARD) is None


def test_demo_refuses_a_leak_that_fired_and_went() -> None:
    """What fired at any time counts, not only what is open in the end."""
    went = ("inventory", "main.refreshEntry")
    found = sorted({CHECKOUT, SEARCH, went})
    assert (
        broken_promise({CHECKOUT, SEARCH, went}, OPEN, TICKETS, HEARD)
        == f"expected exactly the leaks {EXPECTED}, but {found} fired"
    )


@pytest.mark.parametrize("wrong", ["main.fetchPriceList", "main.queryBackend"])
def test_demo_refuses_the_right_service_with_another_function(wrong: str) -> None:
    """The site is the leaking function or a closure in it; a longer name is another function."""
    found = sorted([("checkout", wrong), SEARCH])
    rows = [row(("checkout", wrong), "g1-a"), OPEN[1]]
    assert (
        broken_promise(set(found), rows, TICKETS, HEARD) == f"expected exactly the leaks {EXPECTED}, but {found} fired"
    )


def test_demo_refuses_the_same_leak_twice_in_place_of_both() -> None:
    """Two leaks that fire must be the two that were expected, not one of them under two sites."""
    found = sorted([CHECKOUT, ("checkout", "main.fetchPrice")])
    rows = [row(found[0], "g1-a"), row(found[1], "g1-b")]
    assert (
        broken_promise(set(found), rows, TICKETS, HEARD) == f"expected exactly the leaks {EXPECTED}, but {found} fired"
    )


def test_demo_refuses_a_leak_without_its_ticket() -> None:
    """A ticket of another fingerprint is none."""
    tickets = [TICKETS[0], Path("search--g1-z.md")]
    assert broken_promise({CHECKOUT, SEARCH}, OPEN, tickets, HEARD) == "there is no ticket for search g1-b"


@pytest.mark.parametrize(("scrapes", "failures"), [(0, 0), (19, 0), (60, 60), (60, 10)])
def test_demo_refuses_a_silence_that_nobody_heard(scrapes: int, failures: int) -> None:
    """A healthy service that was hardly scraped proves nothing by being silent."""
    health: list[Row] = [{"service": "inventory", "scrapes": str(scrapes), "failures": str(failures)}]
    assert (
        broken_promise({CHECKOUT, SEARCH}, OPEN, TICKETS, health)
        == f"inventory is silent, but was hardly heard: {scrapes} scrapes, {failures} of them failed"
    )
