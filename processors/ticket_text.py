"""ticket -> Markdown: what a person reads, the first screen on a phone first.

Rule 1: everything that came from a profile or a label stands in a code span or a fence that is longer than any run of
backticks in it, without control, terminal or direction characters: it can neither leave its place nor mention anybody.
Rule 2: the same ticket always gives the same text.
"""

import re
from datetime import datetime

from processors.cost import STATED, describe_cost
from processors.plain_text import plain, plain_block
from schemas.tickets import SHUT_STATES, Act, Ticket, TicketState, Told

MAXIMUM_FRAMES = 100
"""As Go prints a deep stack: the innermost 50 and the outermost 50."""

_BACKTICKS = re.compile(r"`+")
_STATES = {
    TicketState.NEW: "open",
    TicketState.ONGOING: "open",
    TicketState.ESCALATING: "open, and it gets worse",
    TicketState.REGRESSED: "open again: it came back",
    TicketState.RECOVERED: "recovered: it stopped growing",
    TicketState.ARCHIVED: "archived",
    TicketState.WONT_FIX: "closed: it will not be fixed",
    TicketState.CLOSED: "closed",
}
_ACTS = {
    Act.OPEN: "Opened",
    Act.UPDATE: "Updated",
    Act.COMMENT: "Changed",
    Act.CLOSE: "Closed",
    Act.REOPEN: "Opened again",
}


def render_markdown(ticket: Ticket) -> str:
    """Give the whole text, ending in a newline."""
    if ticket.members or ticket.leaks:
        return _render_roll_up(ticket)
    sections = (
        f"# {code(ticket.title)}",
        _facts(ticket),
        "## The stack\n\nInnermost function first.\n\n" + fence(_stack(ticket)),
        f"## What usually causes this\n\n**{plain(ticket.advice.pattern)}.** {escape(ticket.advice.cause)}",
        "## How to fix it\n\n" + fence(ticket.advice.fix, "go"),
        "## What happened\n\n" + "\n".join(f"- {render_told(told)}" for told in ticket.history),
        "## See for yourself\n\n" + fence(ticket.sql, "sql"),
        f"Details of this stack: {code(f'leakstream explain {ticket.anomaly.fingerprint}')}",
    )
    return "\n\n".join(sections) + "\n"


def _render_roll_up(ticket: Ticket) -> str:
    """Give the text of a ticket that stands for many leaks."""
    rows = "\n".join(
        f"- {code(member.service)}: {member.goroutines:,} goroutines, {code(member.fingerprint)}"
        for member in ticket.members
    )
    sections = (
        f"# {code(ticket.title)}",
        f"- **Status:** {_STATES[ticket.state]}\n- **Leaks without a ticket of their own:** {ticket.leaks:,}",
        "Too many tickets are open. A leak gets its own when one is closed; `ticket_rules` says how many may be open.",
        f"## The worst of them\n\n{rows or 'None any more.'}",
        "## What happened\n\n" + "\n".join(f"- {render_told(told)}" for told in ticket.history),
        "## All of them\n\n" + fence(ticket.sql, "sql"),
    )
    return "\n\n".join(sections) + "\n"


def render_summary(ticket: Ticket) -> str:
    """Say in one plain sentence how it stands; for annotations and lists, not escaped for Markdown."""
    if ticket.leaks:
        return f"{ticket.leaks:,} leaks have no ticket of their own"
    growth, stack = ticket.anomaly.growth, ticket.anomaly.fingerprint
    return plain(
        f"{growth.goroutines} goroutines in {stack.operation} at {stack.site}, "
        f"{format_rate(growth.growth_per_hour)} ({format_rate(growth.growth_low)} to "
        f"{format_rate(growth.growth_high)}), on {growth.growing_instances} of {growth.instances} instances"
    )


def render_told(told: Told) -> str:
    """Say one change of state in a line of Markdown.

    Example output: 2026-11-01 12:00 UTC, **recovered**: it stopped growing, and instances answered
    """
    return f"{format_time(told.at)}, **{told.state.value.replace('_', ' ')}**: {escape(told.text)}"


def code(text: str) -> str:
    """Give a code span on one line; empty text reads as unknown.

    Example input: a`b
    Example output: ``a`b``
    """
    clean = plain(text) or "unknown"
    ticks = "`" * (_longest_run(clean) + 1)
    padding = " " if clean.startswith("`") or clean.endswith("`") or clean != clean.strip() else ""
    return f"{ticks}{padding}{clean}{padding}{ticks}"


def fence(text: str, language: str = "text") -> str:
    """Give a fenced block whose fence is longer than any run of backticks in it, and at least three."""
    clean = plain_block(text).rstrip("\n")
    ticks = "`" * max(3, _longest_run(clean) + 1)
    return f"{ticks}{language}\n{clean}\n{ticks}"


def escape(text: str) -> str:
    r"""Give a sentence of ours so that Markdown shows it as it stands; code spans in it stay.

    Example input: the *sql.DB is <closed>
    Example output: the \*sql.DB is \<closed\>
    """
    parts = plain(text, 5000).split("`")
    return "`".join(part if i % 2 else re.sub(r"([\\*_<>\[\]|~#])", r"\\\1", part) for i, part in enumerate(parts))


def format_rate(per_hour: float) -> str:
    """Say goroutines per hour with a sign; more digits for slow ones.

    Example input: 4.25
    Example output: +4.2/h
    """
    return f"{per_hour:+,.0f}/h" if abs(per_hour) >= 100 else f"{per_hour:+.1f}/h"  # noqa: PLR2004 three digits do


def format_time(moment: datetime) -> str:
    """Write a UTC time to the minute."""
    return moment.strftime("%Y-%m-%d %H:%M UTC")


def _facts(ticket: Ticket) -> str:
    """Give the facts as a list, most urgent first."""
    anomaly, growth = ticket.anomaly, ticket.anomaly.growth
    cost = anomaly.cost or STATED
    interval = f"90 % interval {format_rate(growth.growth_low)} to {format_rate(growth.growth_high)}"
    rows = (
        ("Status", f"{_STATES[ticket.state]} ({anomaly.verdict.value}), {escape(anomaly.reason)}"),
        ("Service", code(anomaly.service)),
        ("Waits on", f"{code(anomaly.fingerprint.operation)} at {code(anomaly.fingerprint.site)}"),
        ("Goroutines now", f"{growth.goroutines:,}"),
        ("Growth", f"{format_rate(growth.growth_per_hour)} ({interval})"),
        ("Memory", f"{describe_cost(cost, growth.goroutines)} ({code(cost.how)})"),
        ("Since", format_time(anomaly.since)),
        ("First seen", f"{format_time(anomaly.first_seen)}, {_version(anomaly.first_version)}"),
        ("Instances", f"growing on {growth.growing_instances} of {growth.instances}, {_worst(growth.worst_instance)}"),
        ("Entry function", code(anomaly.fingerprint.origin)),
        ("Fingerprint", code(str(anomaly.fingerprint))),
        ("Opened", format_time(ticket.opened_at)),
        ("Closed" if ticket.state in SHUT_STATES else "Updated", format_time(ticket.updated_at)),
    )
    return "\n".join(f"- **{name}:** {value}" for name, value in rows)


def _version(version: str) -> str:
    """Say which version showed the stack first."""
    return f"since version {code(version)}" if version else "version unknown (targets carry no label `version`)"


def _worst(instance: str) -> str:
    """Name the instance to look at first."""
    return f"worst {code(instance)}" if instance else "no single worst one"


def _stack(ticket: Ticket) -> str:
    """Give the frames, one a line, the middle left out when there are too many."""
    frames = [plain(frame) for frame in ticket.anomaly.fingerprint.frames]
    if len(frames) <= MAXIMUM_FRAMES:
        return "\n".join(frames)
    half = MAXIMUM_FRAMES // 2
    return "\n".join((*frames[:half], f"… {len(frames) - MAXIMUM_FRAMES} frames left out …", *frames[-half:]))


def _longest_run(text: str) -> int:
    """Count the longest run of backticks."""
    return max((len(run) for run in _BACKTICKS.findall(text)), default=0)
