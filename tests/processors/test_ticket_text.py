"""The text of a ticket: complete, the same for the same ticket, and tight against hostile names."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.ticket_text import MAXIMUM_FRAMES, code, escape, fence, format_rate, render_markdown, render_summary
from schemas.heap import GoroutineCost
from schemas.model import Fingerprint
from schemas.tickets import TicketState
from tests.ticket_maker import LEAK, make_ticket, renamed

OPEN_TICKET = """\
# `Goroutine leak in checkout: chan send at main.fetch.func`

- **Status:** open (probable), it held on
- **Service:** `checkout`
- **Waits on:** `chan send` at `main.fetch.func`
- **Goroutines now:** 1,840
- **Growth:** +4.2/h (90 % interval +3.5/h to +5.0/h)
- **Memory:** 3.59 MiB to 43.1 MiB now, 2 KiB to 24 KiB each (`stated, not measured: smallest stack to costliest known \
pattern`)
- **Since:** 2026-11-01 10:00 UTC
- **First seen:** 2026-11-01 10:00 UTC, since version `v41`
- **Instances:** growing on 2 of 3, worst `10.0.0.7:6060`
- **Entry function:** `main.fetch.func`
- **Fingerprint:** `g1-000000000000000f`
- **Opened:** 2026-11-01 10:40 UTC
- **Updated:** 2026-11-01 12:00 UTC

## The stack

Innermost function first.

```text
main.fetch.func
main.(*Pool).submit.func
```

## What usually causes this

**early return (or timeout) before the receive.** """


def test_open_ticket_says_everything() -> None:
    """The facts come first, then stack, cause, fix and SQL."""
    text = render_markdown(make_ticket())
    assert text.startswith(OPEN_TICKET)
    assert [line for line in text.splitlines() if line.startswith("## ")] == [
        "## The stack",
        "## What usually causes this",
        "## How to fix it",
        "## What happened",
        "## See for yourself",
    ]
    assert text.endswith("Details of this stack: `leakstream explain g1-000000000000000f`\n")


def test_ticket_says_what_happened() -> None:
    """A line for each change of state, the newest last."""
    text = render_markdown(make_ticket())
    assert "## What happened\n\n- 2026-11-01 10:40 UTC, **new**: it grows like a leak\n\n" in text


def test_ticket_says_what_was_measured() -> None:
    """With what it rests on."""
    cost = GoroutineCost(
        16_000, 20_000, "measured: two readings of a:1 31 min apart, 310 goroutines more", measured=True
    )
    ticket = make_ticket()
    text = render_markdown(replace(ticket, anomaly=replace(ticket.anomaly, cost=cost)))
    assert f"- **Memory:** 28.1 MiB to 35.1 MiB now, 15.6 KiB to 19.5 KiB each (`{cost.how}`)\n" in text


def test_closed_ticket_says_that_it_is_closed() -> None:
    """The same file later says when it ended."""
    text = render_markdown(make_ticket(TicketState.CLOSED))
    assert ("- **Status:** closed (probable)" in text, "- **Closed:** 2026-11-01 12:00 UTC" in text) == (True, True)


def test_hostile_name_stays_in_its_place() -> None:
    """A name with fences, mentions, HTML and control characters neither ends its fence nor hides anything."""
    text = render_markdown(make_ticket(fingerprint=renamed("```\n# @team <script>\x1b[2J\u202e```````")))
    assert "````````text\n``` # @team <script>```````\n````````\n" in text
    assert all(character.isprintable() or character in "\n\t" for character in text)
    assert [line for line in text.splitlines() if line.startswith(("# ", "@"))] == [text.splitlines()[0]]


def test_deep_stack_keeps_both_ends() -> None:
    """The leaf says where it waits and the root who started it; the middle may go."""
    frames = tuple(f"main.f{i}" for i in range(MAXIMUM_FRAMES + 7))
    deep = Fingerprint(1, LEAK.operation, LEAK.site, LEAK.origin, frames)
    text = render_markdown(make_ticket(fingerprint=deep))
    assert "main.f49\n… 7 frames left out …\nmain.f57\n" in text


def test_summary_is_one_sentence() -> None:
    """For lists and annotations."""
    assert render_summary(make_ticket()) == (
        "1840 goroutines in chan send at main.fetch.func, +4.2/h (+3.5/h to +5.0/h), on 2 of 3 instances"
    )


@pytest.mark.parametrize(
    ("per_hour", "shown"), [(4.25, "+4.2/h"), (-0.5, "-0.5/h"), (123456.7, "+123,457/h"), (0.0, "+0.0/h")]
)
def test_rate_has_as_many_digits_as_it_deserves(per_hour: float, shown: str) -> None:
    """A slow leak shows its tenths, a fast one does not."""
    assert format_rate(per_hour) == shown


@pytest.mark.parametrize(
    ("text", "span"), [("main.f", "`main.f`"), ("a`b", "``a`b``"), ("`", "`` ` ``"), ("", "`unknown`")]
)
def test_code_span_is_longer_than_what_it_holds(text: str, span: str) -> None:
    """A backtick in a name does not end the span."""
    assert code(text) == span


def test_prose_keeps_its_code_spans_and_nothing_else() -> None:
    """A star is a star."""
    assert escape("a *sql.DB <x> `b*c`") == r"a \*sql.DB \<x\> `b*c`"


@given(st.text())
def test_fence_holds_whatever_stands_in_it(text: str) -> None:
    """No line inside a fence is as long a fence as its own."""
    opening, *inside, closing = fence(text).split("\n")
    ticks = opening.removesuffix("text")
    assert closing == ticks
    assert [line for line in inside if ticks in line] == []
