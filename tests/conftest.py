"""What tests share: the embedded store, each test with a database of its own; one Kafka broker.

chDB allows one directory per process at a time: tests that open an engine themselves use `store_path`, or a directory
of their own while they use neither `store` nor `store_path`, and close what they opened.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from examples.broker import Broker, Security, make_security
from leakstream.adapters.clickhouse import ClickhouseStore, open_embedded
from leakstream.migrate import migrate
from tests.kafka_broker import need_kafka

settings.register_profile("laws", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("laws")  # how long a law takes says something about the machine and nothing about the law

_DATABASES = count(1)


@pytest.fixture(scope="session")
def store_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The one directory of the embedded engine."""
    return tmp_path_factory.mktemp("store").resolve()


@pytest.fixture
def bare_store(store_path: Path) -> Iterator[tuple[ClickhouseStore, str]]:
    """An open store on a new, empty database, and the name of that database."""
    database = f"leakstream_{next(_DATABASES)}"
    store = open_embedded(store_path, database)
    yield store, database
    store.close()
    last = open_embedded(store_path, database)  # a test may have closed its own
    last.execute(f"DROP DATABASE {database} SYNC")
    last.close()


@pytest.fixture
def store(bare_store: tuple[ClickhouseStore, str]) -> ClickhouseStore:
    """An open store on a new database with every table and view."""
    opened, database = bare_store
    migrate(opened, database, now=datetime(2026, 11, 1, tzinfo=UTC))
    return opened


@pytest.fixture(scope="session")
def kafka_tools() -> None:
    """Java and Maven; a test that makes brokers of its own uses it to be skipped where they are missing."""
    need_kafka()


@pytest.fixture(scope="session")
def broker(kafka_tools: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:  # noqa: ARG001 it skips
    """The one broker of the session, which starts when the first test asks; tests leave it running."""
    with Broker.make(tmp_path_factory.mktemp("kafka")) as running:
        yield running


@pytest.fixture(scope="session")
def security(kafka_tools: None, tmp_path_factory: pytest.TempPathFactory) -> Security:  # noqa: ARG001 it skips
    """The certificates, the user and the tokens of the secured broker."""
    return make_security(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="session")
def secured_broker(security: Security, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A broker with every secured listener beside the open one; tests leave it running."""
    with Broker.make(tmp_path_factory.mktemp("secured-kafka"), security=security) as running:
        yield running
