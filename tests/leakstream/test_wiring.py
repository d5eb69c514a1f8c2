"""What wiring makes of settings."""

from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest

from collectors.spool import Spool, SpoolUnavailableError
from collectors.strip_labels import LabelRule, LabelValues
from leakstream.up import run_collect
from leakstream.wiring import make_evidence, make_jobs, make_label_policy, open_house_of, open_spool
from processors.count_labels import LabelPolicy
from schemas.limits import ProfileLimits
from schemas.model import Kind
from schemas.settings import Settings
from schemas.settings_load import SettingsError
from tests.collectors.spooling import NOON, numbered
from tests.ports import free_port


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


def test_labels_go_and_nobody_counts_them_unless_keys_are_named() -> None:
    """Both roles go by the same settings."""
    raw = {"scrape_configs": [{"job_name": "shop"}]}
    named = {"keep": ["tenant"], "values": "redact", "most_values": 7}
    plain, kept = (Settings.model_validate(raw | {"profile_labels": chosen}) for chosen in ({}, named))
    hidden = LabelRule(frozenset({b"tenant"}), LabelValues.REDACT)
    assert [job.labels for settings in (plain, kept) for job in make_jobs(settings)] == [LabelRule(), hidden]
    assert make_label_policy(plain) is None
    assert make_label_policy(kept) == LabelPolicy(("tenant",), 7)


def test_labels_are_counted_within_the_limits_of_the_settings() -> None:
    """A profile that is read is read with its labels."""
    settings = Settings.model_validate({"profile_labels": {"keep": ["tenant"]}, "limits": {"stacks": 300_000}})
    assert make_label_policy(settings) == LabelPolicy(("tenant",), 50, limits=ProfileLimits(stacks=300_000))


def test_collector_reads_no_requests_where_evidence_is_switched_off(tmp_path: Path) -> None:
    """Else it goes by the settings."""
    log = {"sqlite": {"path": str(tmp_path / "log.db")}}
    chosen = {
        "dump": False,
        "heap": False,
        "leak_profile_goroutines": 7,
        "cool_down": "1h",
        "timeout": "9s",
        "at_once": 3,
    }
    for evidence, expected in (({"enabled": False}, None), (chosen, (9.0, 3, {Kind.LEAK: 7}, timedelta(hours=1)))):
        house = open_house_of(Settings.model_validate({"log": log, "evidence": evidence}), Event())
        ways = make_evidence(house)
        house.log.close()
        policy = ways.guard.policy if ways else None
        found = (ways.timeout_seconds, ways.at_once, policy.ceilings, policy.cool_down) if ways and policy else None
        assert found == expected


def test_key_of_hashes_comes_from_its_file(tmp_path: Path) -> None:
    """Without the line break at its end; a file that holds none refuses the start of a collector with 2."""
    file = tmp_path / "key"
    labels = {"keep": ["tenant"], "values": "hash", "hash_key_file": str(file)}
    log = {"sqlite": {"path": str(tmp_path / "log.db")}}
    raw = {"scrape_configs": [{"job_name": "shop"}], "profile_labels": labels, "log": log}
    settings = Settings.model_validate(raw | {"web": {"listen_address": f"127.0.0.1:{free_port()}"}})
    with pytest.raises(SettingsError, match=r"^profile_labels\.hash_key_file: No such file or directory: "):
        make_jobs(settings)
    assert run_collect(settings) == 2
    file.write_text("0123456789abcdef\n")
    [job] = make_jobs(settings)
    assert job.labels == LabelRule(frozenset({b"tenant"}), LabelValues.HASH, b"0123456789abcdef")
