"""Advice: every pattern is recognised by its signature, the most specific first, and silence is no answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.advice import advise, find_pattern
from processors.advice_catalogue import CATALOGUE, GENERAL
from schemas.model import Fingerprint

SERVE = "net/http.(*conn).serve"
GRPC = "google.golang.org/grpc"


def stack(operation: str, *frames: str) -> Fingerprint:
    """Give a fingerprint of these frames, leaf first."""
    return Fingerprint(1, operation, frames[0] if frames else "", frames[-1] if frames else "", frames)


EXAMPLES: tuple[tuple[Fingerprint, int, str], ...] = (
    (stack("chan send", "main.fetch.func"), 1, "early return (or timeout) before the receive"),
    (stack("chan send", "main.fetchWithTimeout.func"), 2, "timeout leak"),
    (stack("chan send", "main.firstOf.func"), 3, "N senders, one receive"),
    (stack("chan send", "main.produce", "main.start.func"), 4, "double send"),
    (stack("chan receive", "main.(*Pool).worker"), 5, "range over a channel that is never closed"),
    (stack("select", "main.(*Cache).Start.func"), 6, "Start without Stop"),
    (stack("chan receive", "main.(*Cache).refreshLoop"), 7, "looping timer"),
    (stack("sleep", "main.watchdog"), 7, "sleeping loop without an exit"),
    (stack("select", "main.handle.func"), 8, "select without done"),
    (stack("select", "context.(*cancelCtx).propagateCancel.func"), 9, "abandoned cancel"),
    (stack("chan receive", "main.waitForDone"), 9, "abandoned cancel"),
    (stack("chan receive", "main.answer"), 10, "receiver waits, sender is gone"),
    (stack("chan receive (nil chan)", "main.answer"), 11, "nil channel"),
    (stack("select (no cases)", "lib.park"), 12, "select without cases"),
    (stack("select", "net/http.(*persistConn).readLoop"), 13, "HTTP body not closed"),
    (stack("select", "net/http.(*persistConn).writeLoop"), 13, "HTTP body not closed"),
    (
        stack("io wait", "net.(*netFD).Read", "bufio.(*Reader).Peek", "net/http.(*persistConn).readLoop"),
        14,
        "HTTP client per call",
    ),
    (stack("io wait", "net.(*netFD).Read", "main.read"), 15, "no deadline on a connection"),
    (stack("io wait", "net.(*netFD).Read", "bufio.(*Reader).Peek", SERVE), 15, "no deadline on a server connection"),
    (stack("select", "net/http.(*persistConn).roundTrip", "main.call"), 15, "HTTP call without a timeout"),
    (stack("chan receive", "main.handler", "net/http.HandlerFunc.ServeHTTP", SERVE), 16, "handler stuck"),
    (stack("io wait", "net.(*conn).Read", "net/http.(*connReader).backgroundRead"), 16, "HTTP handler stuck"),
    (stack("select", f"{GRPC}.newClientStreamWithParams.func"), 17, "gRPC stream not drained"),
    (
        stack(
            "select", f"{GRPC}/internal/transport.(*loopyWriter).run", f"{GRPC}/internal/transport.NewHTTP2Client.func"
        ),
        18,
        "gRPC ClientConn not closed",
    ),
    (
        stack("select", f"{GRPC}/internal/grpcsync.(*CallbackSerializer).run"),
        18,
        "gRPC ClientConn not closed",
    ),
    (stack("select", "database/sql.(*DB).connectionOpener"), 19, "sql.Open per request"),
    (stack("wait group", "main.all", SERVE), 20, "WaitGroup misuse"),
    (stack("mutex lock", "main.(*Store).Put", SERVE), 21, "mutex not unlocked"),
    (stack("rwmutex rlock", "main.(*Store).Get"), 22, "lock order or nested read lock"),
    (stack("rwmutex lock", "main.(*Store).Put"), 22, "lock order or nested read lock"),
    (stack("cond", "main.(*Queue).Pop"), 24, "missed signal"),
    (stack("select", "io.(*pipe).read", "io.(*PipeReader).Read"), 25, "pipe unread"),
    (
        stack("io wait", "os.(*File).Read", "os/exec.(*Cmd).writerDescriptor.func", "os/exec.(*Cmd).Start.func"),
        26,
        "exec pipe held",
    ),
    (stack("coroutine", "main.walk"), 27, "iter.Pull not stopped"),
    (stack("coroutine", "iter.Pull[...].func"), 27, "iter.Pull not stopped"),
    (stack("chan send", "main.fire.func", "time.goFunc"), 28, "AfterFunc callback blocks"),
)


@pytest.mark.parametrize(("fingerprint", "number", "name"), EXAMPLES)
def test_pattern_is_recognised_by_its_signature(fingerprint: Fingerprint, number: int, name: str) -> None:
    """A stack as Go parks it gets the pattern that stands behind it."""
    found = find_pattern(fingerprint)
    assert found is not None
    assert (found.number, found.name, advise(fingerprint).pattern) == (number, name, name)


def test_catalogue_holds_all_28_patterns() -> None:
    """No number is missing and none is invented."""
    assert {pattern.number for pattern in CATALOGUE} == set(range(1, 29))


def test_creator_names_the_pattern_that_frames_do_not_show() -> None:
    """A callback's own frames say nothing of the timer; the creator in a debug=2 dump does."""
    fingerprint = stack("chan send", "main.fire.func")
    assert advise(fingerprint, "time.goFunc").pattern == "AfterFunc callback blocks"


def test_patterns_that_look_alike_are_named_beside_the_first() -> None:
    """A profile cannot tell a mutex that stays locked from one that is held across a channel operation."""
    advice = advise(stack("mutex lock", "main.(*Store).Put"))
    assert (advice.pattern, "lock held across a channel operation" in advice.cause) == ("mutex not unlocked", True)


def test_unknown_wait_gets_general_advice() -> None:
    """What matches nothing still gets a way to go on."""
    assert advise(stack("running", "main.spin")).pattern == GENERAL.name


def test_every_fix_is_code_or_a_sentence_with_a_tab_for_indentation() -> None:
    """Go is indented with tabs; a fix ends its last line."""
    fixes = [pattern.fix for pattern in (*CATALOGUE, GENERAL)]
    assert [fix for fix in fixes if not fix.endswith("\n") or fix.startswith("\n") or "    " in fix] == []


@given(st.text(), st.lists(st.text(), max_size=5), st.none() | st.text())
def test_advice_is_never_silent(operation: str, frames: list[str], created_by: str | None) -> None:
    """Whatever the stack, there are a pattern, a cause and a fix."""
    advice = advise(stack(operation, *frames), created_by)
    assert all((advice.pattern, advice.cause, advice.fix))
