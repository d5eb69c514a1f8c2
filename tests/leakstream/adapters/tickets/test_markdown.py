"""Tickets as files: one a leak, in place, whole, and nowhere else."""

from dataclasses import replace
from pathlib import Path

import pytest

from leakstream.adapters.tickets.markdown import MarkdownSink, file_name
from processors.ticket_text import render_markdown
from schemas.outcomes import Reason, Retry
from schemas.tickets import Act, Delivered, TicketState
from tests.ticket_maker import make_order, make_ticket


def test_ticket_is_opened_updated_and_closed_in_one_file(tmp_path: Path) -> None:
    """A leak has one file over its whole life, and nothing is left beside it."""
    sink = MarkdownSink(tmp_path / "new" / "folder")
    outcomes = [sink.send(make_order()), sink.send(make_order(TicketState.CLOSED, Act.CLOSE))]
    sink.close()
    files = {file.name: file.read_text() for file in (tmp_path / "new" / "folder").iterdir()}
    assert (outcomes, files) == (
        [Delivered("checkout--g1-000000000000000f.md")] * 2,
        {"checkout--g1-000000000000000f.md": render_markdown(make_ticket(TicketState.CLOSED))},
    )


def test_same_ticket_again_changes_nothing(tmp_path: Path) -> None:
    """A repeated delivery does not even touch the file."""
    sink = MarkdownSink(tmp_path)
    sink.send(make_order())
    before = next(tmp_path.iterdir()).stat()
    assert isinstance(sink.send(make_order(act=Act.UPDATE)), Delivered)
    assert next(tmp_path.iterdir()).stat() == before


def test_disk_that_refuses_is_tried_again(tmp_path: Path) -> None:
    """A folder that cannot be made is no reason to lose a ticket."""
    (tmp_path / "file").write_text("in the way")
    outcome = MarkdownSink(tmp_path / "file").send(make_order())
    assert isinstance(outcome, Retry)
    assert (outcome.reason, outcome.after_seconds) == (Reason.SINK_UNAVAILABLE, 30.0)


@pytest.mark.parametrize("service", ["../../etc/passwd", "/abs", ".hidden", "a b\nc", "", "x" * 5000, "\u202e", "-rf"])
def test_file_stays_in_its_folder(tmp_path: Path, service: str) -> None:
    """Whatever a service is called, its file lies in the folder under an ordinary name."""
    order = make_order(service=service)
    names = [file_name(order.ticket)]
    assert MarkdownSink(tmp_path).send(order) == Delivered(names[0])
    assert [file.name for file in tmp_path.iterdir()] == names
    assert (names[0][0] in ".-", len(names[0]) < 200, names[0].isascii()) == (False, True, True)


def test_leak_that_came_back_long_after_has_another_file() -> None:
    """The closed one stays as it is."""
    ticket = make_ticket()
    assert file_name(replace(ticket, marker=f"{ticket.key}#2")) == "checkout--g1-000000000000000f-2.md"


def test_services_that_look_alike_have_their_own_files() -> None:
    """Two services never share a file because their names were cleaned."""
    assert len({file_name(make_ticket(service=service)) for service in ("a/b", "a b", "a_b", "a//b")}) == 4
