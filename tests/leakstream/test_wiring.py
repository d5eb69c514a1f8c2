"""What wiring makes of settings."""

from pathlib import Path

import pytest

from collectors.spool import Spool, SpoolUnavailableError
from leakstream.wiring import open_spool
from schemas.settings import Settings
from tests.collectors.spooling import NOON, numbered


def settings_of(log: object) -> Settings:
    """Give settings with this log."""
    return Settings.model_validate({"log": log})


def test_embedded_log_needs_no_spool() -> None:
    """It is never away."""
    assert open_spool(settings_of({"sqlite": {}})) is None


def test_kafka_log_has_a_spool_of_the_settings(tmp_path: Path) -> None:
    """Path, size and age are those of log.kafka.spool; a second collector there is refused."""
    spool = {"path": str(tmp_path / "spool"), "size": "64KiB", "age": "1h"}
    settings = settings_of({"kafka": {"bootstrap_servers": ["broker:9092"], "spool": spool}})
    opened = open_spool(settings)
    assert isinstance(opened, Spool)
    opened.put(numbered(0, 100, size=1000), NOON)
    assert 50 * 1000 < opened.state(NOON).bytes <= 64 * 1024
    with pytest.raises(SpoolUnavailableError, match="in use by another collector"):
        open_spool(settings)
    opened.close()
