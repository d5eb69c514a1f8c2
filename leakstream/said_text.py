"""Stored verdicts of people -> lines for `explain`."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def said_lines(explained: Mapping[str, object]) -> list[str]:
    """Give a line for each verdict, newest first."""
    rows = explained["said"]
    return [_describe(row) for row in rows] if isinstance(rows, Sequence) else []


def _describe(row: Mapping[str, object]) -> str:
    """Say what a person said.

    Example output: benign up to 5000 goroutines until 2027-03-01, says ann on 2026-11-01: one per websocket
    """
    until, given = row["expires"], row["given_at"]
    limit = f" up to {row['up_to']} goroutines" if row["up_to"] else ""
    end = f" until {until:%Y-%m-%d}" if isinstance(until, datetime) and until != _NEVER else ""
    when = f" on {given:%Y-%m-%d}" if isinstance(given, datetime) else ""
    return f"{row['opinion']}{limit}{end}, says {row['given_by']}{when}: {row['reason']}"
