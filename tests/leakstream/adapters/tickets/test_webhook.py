"""Tickets as webhooks: Alertmanager's shape, and every answer has its meaning."""

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from leakstream.adapters.tickets.webhook import ANSWERS, WebhookSink, payload, retry_seconds
from processors.ticket_text import render_markdown, render_summary
from schemas.model import Problem
from schemas.outcomes import Invalid, Reason, Retry
from schemas.tickets import Delivered, TicketState
from tests.ticket_maker import make_order, make_ticket, renamed


class Receiver(ThreadingHTTPServer):
    """Answers every POST with one status and keeps what it was sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = 200
        self.headers: dict[str, str] = {}
        self.received: list[tuple[str, dict[str, object]]] = []

    @property
    def url(self) -> str:
        """Give an address with a secret in it."""
        return f"http://127.0.0.1:{self.server_port}/hook/s3cret"


class _Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Receiver

    def do_POST(self) -> None:
        """Keep the body and answer."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((self.path, json.loads(body)))
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(b"because\x1b[2J" + b"x" * 100_000)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the base class names it so
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that listens."""
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def sink(receiver: Receiver) -> Iterator[WebhookSink]:
    """A sink that posts to it."""
    opened = WebhookSink(receiver.url, timeout_seconds=5)
    yield opened
    opened.close()


def test_delivered_ticket_has_alertmanagers_shape(receiver: Receiver, sink: WebhookSink) -> None:
    """What arrives is the payload, once."""
    assert sink.send(make_order()) == Delivered()
    assert receiver.received == [("/hook/s3cret", payload(make_ticket()))]


def test_payload_of_an_open_leak() -> None:
    """Labels name the leak and hold no figure; the alert has begun and has not ended."""
    ticket = make_ticket()
    document = payload(ticket)
    alerts = document["alerts"]
    assert isinstance(alerts, list)
    alert = dict(alerts[0])
    annotations = alert.pop("annotations")
    assert alert == {
        "status": "firing",
        "labels": {
            "alertname": "GoroutineLeak",
            "service": "checkout",
            "fingerprint": "g1-000000000000000f",
            "severity": "warning",
            "operation": "chan send",
        },
        "startsAt": "2026-11-01T10:40:00.000Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "",
        "fingerprint": "000000000000000f",
    }
    assert (annotations["summary"], annotations["description"]) == (render_summary(ticket), render_markdown(ticket))
    assert (document["version"], document["status"], document["groupKey"], document["truncatedAlerts"]) == (
        "4",
        "firing",
        "leakstream:checkout/g1-000000000000000f",
        0,
    )


def test_resolved_leak_is_the_same_alert_with_an_end() -> None:
    """Identity is the label set: it does not change when the leak ends."""
    opened, closed = payload(make_ticket()), payload(make_ticket(TicketState.CLOSED))
    alerts = closed["alerts"]
    assert isinstance(alerts, list)
    assert (closed["status"], alerts[0]["endsAt"]) == ("resolved", "2026-11-01T12:00:00.000Z")
    assert (closed["commonLabels"], closed["groupKey"]) == (opened["commonLabels"], opened["groupKey"])


def test_hostile_name_is_plain_in_labels_and_annotations() -> None:
    """No control or direction character reaches the receiver."""
    text = json.dumps(
        payload(make_ticket(service="a\u202eb\x1b[2J", fingerprint=renamed("m\u202e\x07"))), ensure_ascii=False
    )
    assert text.isprintable()


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_success_is_delivered(receiver: Receiver, sink: WebhookSink, status: int) -> None:
    """Any 2xx means that the ticket arrived."""
    receiver.status = status
    assert sink.send(make_order()) == Delivered()


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 599])
def test_receiver_in_trouble_gets_it_again(receiver: Receiver, sink: WebhookSink, status: int) -> None:
    """Overload and failures are temporary, and the receiver's own wish for a pause is honoured."""
    receiver.status, receiver.headers = status, {"Retry-After": "7"}
    detail = f"127.0.0.1:{receiver.server_port} answered {status}"
    assert sink.send(make_order()) == Retry(Reason.SINK_UNAVAILABLE, 7.0, detail)


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 403, 404, 410, 413, 422])
def test_refusal_is_final_and_quoted(receiver: Receiver, sink: WebhookSink, status: int) -> None:
    """The same ticket would be refused again; redirects are not followed; the address stays secret."""
    receiver.status, receiver.headers = status, {"Location": f"http://127.0.0.1:{receiver.server_port}/elsewhere"}
    outcome = sink.send(make_order())
    assert isinstance(outcome, Invalid)
    host = f"127.0.0.1:{receiver.server_port}"
    assert outcome.problem == Problem(host, f"answered {status}", outcome.problem.quote)
    assert (outcome.problem.quote[:10], len(outcome.problem.quote) < 300) == ("'becausexx", True)
    assert [path for path, _ in receiver.received] == ["/hook/s3cret"]


def test_nobody_there_is_tried_again_without_telling_the_address() -> None:
    """A refused connection is temporary; the message names the host and not the path, which is a credential."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    sink = WebhookSink(f"http://127.0.0.1:{port}/hook/s3cret", timeout_seconds=5)
    detail = f"127.0.0.1:{port} gave no answer (no connection)"
    assert sink.send(make_order()) == Retry(Reason.SINK_UNAVAILABLE, 30.0, detail)
    sink.close()


def test_receiver_that_never_answers_is_given_up() -> None:
    """A call ends after the timeout and comes again."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        sink = WebhookSink(f"http://127.0.0.1:{port}/", timeout_seconds=0.05)
        outcome = sink.send(make_order())
        sink.close()
    detail = f"127.0.0.1:{port} gave no answer (reading timed out)"
    assert outcome == Retry(Reason.SINK_UNAVAILABLE, 30.0, detail)


def test_address_that_is_none_is_no_crash() -> None:
    """A broken address is a failed delivery like any other."""
    sink = WebhookSink("http://[broken", timeout_seconds=1)
    assert isinstance(sink.send(make_order()), Retry)
    sink.close()


@pytest.mark.parametrize(
    ("header", "seconds"),
    [(None, 30.0), ("120", 120.0), ("0", 1.0), ("-5", 1.0), ("999999", 3600.0), ("soon", 30.0), ("nan", 30.0),
     ("inf", 30.0), ("Wed, 21 Oct 2026 07:28:00 GMT", 30.0)],
)  # fmt: skip
def test_pause_is_read_and_bounded(header: str | None, seconds: float) -> None:
    """A receiver may ask for a pause, not for silence."""
    assert retry_seconds(header) == seconds


def test_table_of_answers_covers_every_status() -> None:
    """Each status between 200 and 599 stands in the table."""
    assert [status for status in range(200, 600) if not any(status in statuses for statuses, _ in ANSWERS)] == []
