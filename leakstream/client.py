"""Asks a running Leakstream: the store over HTTP, embedded or a server, and the metrics of the process beside it.

Exists so that every command reads by the same shipped queries that a person can paste. It never writes, and turns what
goes wrong into a sentence that says what to do.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import unquote, urlsplit, urlunsplit

from leakstream.adapters.clickhouse import open_server
from leakstream.adapters.http_client import HttpClient, UnreachableError
from leakstream.migrate import read_query
from leakstream.process_metrics import Sample, parse_metrics
from processors.limit_fingerprints import OVERFLOW
from schemas.ports import Store, StoreRefusedError, StoreUnavailableError
from schemas.settings import Settings

DEFAULT_STORE = "http://127.0.0.1:8123"
DEFAULT_METRICS = "http://127.0.0.1:9464/metrics"
DATABASE = "leakstream"
METRICS_TIMEOUT_SECONDS = 3.0
MAXIMUM_METRICS_BYTES = 4 * 1024 * 1024
"""A process with 500 services exposes some 200 kB."""

_SENTENCE_CHARACTERS = 300

Rows = Sequence[Mapping[str, object]]


class ClientError(Exception):
    """The question could not be answered; the sentence says why and what to do."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where to ask. `url` carries no user and no password, so it may be shown."""

    url: str = DEFAULT_STORE
    user: str = "default"
    password: str = field(default="", repr=False)
    database: str = DATABASE
    metrics_url: str = DEFAULT_METRICS


@dataclass(frozen=True, slots=True)
class Reader:
    """The questions. Rows come as the queries in `schemas/store/queries` give them; service '' means every one."""

    store: Store

    def top(self, service: str, window_seconds: int, limit: int) -> Rows:
        """Give the newest evaluation of each stack, worst first."""
        return self._ask("top", service=service, window_seconds=window_seconds, limit=limit)

    def stacks(self, fingerprint: int, service: str) -> Rows:
        """Give the stack behind a fingerprint, one row for each service that shows it."""
        return self._ask("explain_stack", fingerprint=fingerprint, service=service)

    def growth(self, fingerprint: int, service: str) -> Rows:
        """Give the newest evaluation, one row for each service."""
        return self._ask("explain_growth", fingerprint=fingerprint, service=service)

    def transitions(self, fingerprint: int, service: str, limit: int) -> Rows:
        """Give the changes of state, newest first."""
        return self._ask("explain_transitions", fingerprint=fingerprint, service=service, limit=limit)

    def instances(self, fingerprint: int, service: str, window_seconds: int, limit: int) -> Rows:
        """Give first, lowest, highest and last count on each instance of one service, most goroutines first."""
        asked = {"fingerprint": fingerprint, "service": service, "window_seconds": window_seconds, "limit": limit}
        return self._ask("explain_instances", **asked)

    def labels(self, fingerprint: int, service: str, instance: str, limit: int) -> Rows:
        """Give the values of kept labels in the newest slot of one instance, so many of each key, the rest summed."""
        asked = {"fingerprint": fingerprint, "service": service, "instance": instance, "limit": limit}
        return self._ask("explain_labels", **asked)

    def versions(self, fingerprint: int, service: str, window_seconds: int, limit: int) -> Rows:
        """Give the newest versions of a service, oldest first, with the instances on which a stack rose."""
        asked = {"fingerprint": fingerprint, "service": service, "window_seconds": window_seconds, "limit": limit}
        return self._ask("explain_versions", **asked)

    def deploy(self, fingerprint: int, service: str, version: str, window_seconds: int, limit: int) -> Rows:
        """Give what else came and went with a version, so many of each, the largest first."""
        asked = {"fingerprint": fingerprint, "service": service, "version": version}
        return self._ask("explain_deploy", **asked, window_seconds=window_seconds, limit=limit)

    def target(self, fingerprint: int, service: str, instance: str, window_seconds: int) -> Rows:
        """Give the newest process of an instance that showed a stack, in one row; none where it never did."""
        asked = {"fingerprint": fingerprint, "service": service, "instance": instance}
        return self._ask("explain_target", **asked, window_seconds=window_seconds)

    def health(self, fingerprint: int, service: str, window_seconds: int) -> Rows:
        """Give what a judgement rests on: attempts, gaps, counts, freshness, in one row; none without a scrape."""
        return self._ask("explain_health", fingerprint=fingerprint, service=service, window_seconds=window_seconds)

    def ticket_words(self, fingerprint: int, service: str) -> Rows:
        """Give the newest word of each sink on the ticket of a leak."""
        return self._ask("explain_tickets", fingerprint=fingerprint, service=service)

    def evidence(self, fingerprint: int, service: str, limit: int) -> Rows:
        """Give what evidence speaks of a stack of one service, or was asked for it in vain, newest first."""
        return self._ask("explain_evidence", fingerprint=fingerprint, service=service, limit=limit)

    def readings(self, fingerprint: int, service: str, limit: int) -> Rows:
        """Give the readings of memory that were asked for a stack of one service, newest first."""
        return self._ask("explain_readings", fingerprint=fingerprint, service=service, limit=limit)

    def evidence_profiles(self, fingerprint: int, service: str, limit: int) -> Rows:
        """Give the profiles behind it, in base64, newest first."""
        return self._ask("evidence_profiles", fingerprint=fingerprint, service=service, limit=limit)

    def verdicts(self, fingerprint: int, service: str, limit: int) -> Rows:
        """Give what people said of a stack of one service, newest first."""
        return self._ask("explain_verdicts", fingerprint=fingerprint, service=service, limit=limit)

    def opinions(self, service: str) -> Rows:
        """Give what people said last of each stack."""
        return self._ask("backtest_verdicts", service=service)

    def service_stacks(self, service: str) -> Rows:
        """Give every stack of one service."""
        return self._ask("restore_stacks", service=service)

    def replayed_services(self, service: str, window_seconds: int) -> Rows:
        """Give the services that were scraped within a window before the newest slot, with that window."""
        return self._ask("backtest_services", service=service, window_seconds=window_seconds)

    def replayed_scrapes(self, service: str, begin: datetime, end: datetime) -> Rows:
        """Give the scrapes of one service after `begin` up to `end` with their counts, by slot and instance."""
        return self._ask("backtest_scrapes", **{"service": service, "from": begin, "to": end})

    def targets(self, service: str) -> Rows:
        """Give every instance that somebody tried to scrape within the newest day."""
        return self._ask("status_targets", service=service)

    def freshness(self) -> Rows:
        """Give the newest slot of each service."""
        return self._ask("status_freshness")

    def drops(self, window_seconds: int) -> Rows:
        """Give the attempts that gave no profile, by service and reason."""
        return self._ask("status_drops", window_seconds=window_seconds)

    def leaks(self) -> Rows:
        """Give the number of open leaks by service and state."""
        return self._ask("status_leaks")

    def overflows(self) -> Rows:
        """Give the services that have more fingerprints than they may, with what is counted as their overflow."""
        return self._ask("status_overflow", overflow=OVERFLOW.value)

    def tables(self) -> Rows:
        """Give each table with its rows, its bytes and how long rows are kept, in seconds, 0 for ever."""
        return self._ask("status_tables")

    def _ask(self, query: str, **parameters: object) -> Rows:
        """Run one shipped query."""
        return self.store.query(read_query(query), parameters)


def place_of(store_url: str | None, settings: Settings | None) -> Place:
    """Say where to ask: a URL wins over the settings, and the settings over the defaults."""
    place = _place_of_settings(settings) if settings else Place()
    if store_url is None:
        return place
    parts = urlsplit(store_url if "://" in store_url else f"http://{store_url}")
    host = parts.netloc.rpartition("@")[2]
    url = urlunsplit((parts.scheme, host, parts.path, "", ""))
    if parts.username is None:
        user, password = place.user, place.password
    else:
        user, password = unquote(parts.username), unquote(parts.password or "")
    return Place(url, user, password, place.database, place.metrics_url)


def _place_of_settings(settings: Settings) -> Place:
    """Read the place out of the settings of the process that serves it."""
    metrics_url = f"http://{settings.web.listen_address}/metrics"
    server, embedded = settings.store.clickhouse, settings.store.embedded
    if server is not None:
        return Place(server.url, server.user, server.read_password(), server.database, metrics_url)
    address = embedded.listen_address if embedded else urlsplit(DEFAULT_STORE).netloc
    asked = next((user for user in embedded.users if user.password_sha256 is None), None) if embedded else None
    if asked is None:
        return Place(f"http://{address}", metrics_url=metrics_url)
    return Place(f"http://{address}", asked.name, asked.read_password(), metrics_url=metrics_url)


@contextmanager
def open_reader(place: Place) -> Iterator[Reader]:
    """Connect for a few questions; raises ClientError also for what goes wrong while they are asked."""
    try:
        store = open_server(place.url, place.user, place.password, place.database)
        try:
            yield Reader(store)
        finally:
            store.close()
    except StoreUnavailableError as error:
        raise ClientError(
            f"no store answers at {place.url}; start one with `leakstream up`, or name it with --store URL "
            f"({_explain_absence(error)})"
        ) from error
    except StoreRefusedError as error:
        raise ClientError(f"the store at {place.url} refused: {_explain_refusal(error)}") from error


def read_metrics(place: Place) -> tuple[Sample, ...] | None:
    """Give the metrics of the process; None when it does not answer."""
    client = HttpClient(METRICS_TIMEOUT_SECONDS)
    try:
        answer = client.get(place.metrics_url, maximum_bytes=MAXIMUM_METRICS_BYTES)
    except UnreachableError:
        return None
    finally:
        client.close()
    return parse_metrics(answer.body.decode(errors="replace")) if answer.status == 200 else None  # noqa: PLR2004 HTTP


def _explain_absence(error: StoreUnavailableError) -> str:
    """Say in a few words why nobody answered; what the library says of a refused connection fills a screen."""
    known = ("Connection refused", "timed out", "Name or service not known", "No route to host")
    return next((words for words in known if words in str(error)), _first_sentence(error)).lower()


def _explain_refusal(error: StoreRefusedError) -> str:
    """Say what to do about the refusals that people meet."""
    text = str(error)
    if "UNKNOWN_TABLE" in text or "UNKNOWN_DATABASE" in text or "code: 60" in text.lower():
        return "it has no Leakstream schema yet (`leakstream migrate --config FILE`, or `leakstream up`, makes it)"
    return _first_sentence(error)


def _first_sentence(error: Exception) -> str:
    """Give the first line of an error, clipped."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:_SENTENCE_CHARACTERS]
