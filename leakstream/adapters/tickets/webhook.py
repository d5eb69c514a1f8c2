"""Tickets to a URL, in the shape of Alertmanager's webhook version 4, which most incident tools already read.

Labels name the leak and never change over its life; everything that changes is an annotation. The receiver's answer
decides by `ANSWERS`, the whole table of statuses: delivered, the same ticket later, or never. Sending the same ticket
twice sends the same bytes, and `groupKey` and `fingerprint` let the receiver fold them.
"""

import json
import math
from datetime import datetime

from leakstream.adapters.http_client import HttpClient, UnreachableError, host_of
from processors.plain_text import plain
from processors.ticket_text import render_markdown, render_summary
from schemas.model import Problem
from schemas.outcomes import Invalid, Reason, Retry
from schemas.ports import Delivery
from schemas.tickets import OPEN_STATES, Delivered, Order, Ticket

RETRY_SECONDS = 30.0
"""Where the receiver does not say how long to wait."""

MAXIMUM_RETRY_SECONDS = 3600.0
"""A receiver may ask for patience, not for silence."""

_QUOTED_BYTES = 200
_LABEL_CHARACTERS = 300
_ZERO_TIME = "0001-01-01T00:00:00Z"
"""What Alertmanager sends as the end of an alert that still fires (Go's zero time)."""

ANSWERS: tuple[tuple[range, str], ...] = (
    (range(200, 300), "delivered"),
    (range(408, 409), "later"),
    (range(425, 426), "later"),
    (range(429, 430), "later"),
    (range(300, 500), "never"),
    (range(500, 600), "later"),
)
"""Status -> what becomes of the ticket; the first row that holds the status counts, any other status is `later`.

Redirects are never followed: what the operator did not write down gets no ticket."""


class WebhookSink:
    """Posts each change of a ticket to one URL. `timeout_seconds` bounds connecting and each wait for bytes."""

    def __init__(self, url: str, timeout_seconds: float) -> None:
        self.name = "webhook"
        self._url = url
        self._http = HttpClient(timeout_seconds)

    def send(self, order: Order) -> Delivery:
        """Post the ticket as it stands now, whatever the order."""
        body = json.dumps(payload(order.ticket), ensure_ascii=True).encode()
        try:
            answer = self._http.post_json(self._url, body, maximum_bytes=_QUOTED_BYTES)
        except UnreachableError as error:
            return Retry(Reason.SINK_UNAVAILABLE, RETRY_SECONDS, str(error))
        return judge_answer(answer.status, answer.headers.get("retry-after"), answer.body, host_of(self._url))

    def look(self, _reference: str) -> None:
        """A receiver of webhooks cannot be asked."""

    def close(self) -> None:
        """Close idle connections."""
        self._http.close()


def judge_answer(status: int, retry_after: str | None, body: bytes, host: str) -> Delivery:
    """Turn the receiver's answer into what becomes of the ticket, by the table `ANSWERS`."""
    outcome = next((word for statuses, word in ANSWERS if status in statuses), "later")
    if outcome == "delivered":
        return Delivered()
    if outcome == "later":
        return Retry(Reason.SINK_UNAVAILABLE, retry_seconds(retry_after), f"{host} answered {status}")
    quote = repr(plain(body[:_QUOTED_BYTES].decode(errors="replace")))
    return Invalid(Reason.SINK_REFUSED, Problem(host, f"answered {status}", quote))


def retry_seconds(retry_after: str | None) -> float:
    """Read the seconds of a Retry-After header, at least one and bounded; a date or nonsense gives the default."""
    try:
        seconds = float(retry_after or RETRY_SECONDS)
    except ValueError:
        return RETRY_SECONDS
    return min(max(seconds, 1.0), MAXIMUM_RETRY_SECONDS) if math.isfinite(seconds) else RETRY_SECONDS


def payload(ticket: Ticket) -> dict[str, object]:
    """Give the document: one group of one alert."""
    labels, annotations = _labels(ticket), _annotations(ticket)
    status = "firing" if ticket.state in OPEN_STATES else "resolved"
    alert = {
        "status": status,
        "labels": labels,
        "annotations": annotations,
        "startsAt": _timestamp(ticket.opened_at),
        "endsAt": _timestamp(ticket.anomaly.slot) if status == "resolved" else _ZERO_TIME,
        "generatorURL": "",
        "fingerprint": f"{ticket.anomaly.fingerprint.value:016x}",
    }
    return {
        "version": "4",
        "groupKey": f"leakstream:{plain(ticket.marker)}",
        "truncatedAlerts": 0,
        "status": status,
        "receiver": "leakstream",
        "groupLabels": {"alertname": labels["alertname"], "fingerprint": labels["fingerprint"]},
        "commonLabels": labels,
        "commonAnnotations": annotations,
        "externalURL": "",
        "alerts": [alert],
    }


def _labels(ticket: Ticket) -> dict[str, str]:
    """Give what names the leak; never a count, a rate, a time, an instance or a version."""
    return {
        "alertname": "GoroutineLeak",
        "service": plain(ticket.anomaly.service, _LABEL_CHARACTERS),
        "fingerprint": str(ticket.anomaly.fingerprint),
        "severity": "warning",
        "operation": plain(ticket.anomaly.fingerprint.operation, _LABEL_CHARACTERS),
    }


def _annotations(ticket: Ticket) -> dict[str, str]:
    """Give what people read, and the figures for programs, all as text."""
    anomaly, growth = ticket.anomaly, ticket.anomaly.growth
    return {
        "title": ticket.title,
        "summary": render_summary(ticket),
        "description": render_markdown(ticket),
        "site": plain(anomaly.fingerprint.site),
        "verdict": anomaly.verdict.value,
        "reason": plain(anomaly.reason),
        "state": ticket.state.value,
        "goroutines": str(growth.goroutines),
        "growth_per_hour": f"{growth.growth_per_hour:.1f}",
        "growth_low": f"{growth.growth_low:.1f}",
        "growth_high": f"{growth.growth_high:.1f}",
        "since": _timestamp(anomaly.since),
        "first_version": plain(anomaly.first_version),
        "instances": str(growth.instances),
        "growing_instances": str(growth.growing_instances),
        "worst_instance": plain(growth.worst_instance),
        "cause": plain(ticket.advice.cause, 5000),
        "fix": ticket.advice.fix,
        "sql": ticket.sql,
    }


def _timestamp(moment: datetime) -> str:
    """Write a UTC time as RFC 3339 with milliseconds."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
