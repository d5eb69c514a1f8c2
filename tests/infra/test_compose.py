"""The compose file is one, and what its parts say of each other is true."""

import json
from importlib.resources import files
from pathlib import PurePosixPath

import jsonschema
import pytest
import yaml

from schemas.durations import parse_duration
from schemas.settings_fields import split_address
from tests.infra.reading import INFRA, Object, compose, our_services, settings_of

SETTINGS = settings_of("leakstream.yml")
LONG_RUNNING = {"collector", "processor", "notifier"}


def mounts(service: Object) -> dict[str, str]:
    """Give, per folder or file in the container, the volume or the file of infra/ that is laid there."""
    return {entry.split(":")[1]: entry.split(":")[0] for entry in service.get("volumes", ())}


def writable(service: Object) -> set[str]:
    """Give the folders that outlive the container and can be written to."""
    return {entry.split(":")[1] for entry in service.get("volumes", ()) if not entry.endswith(":ro")}


def test_compose_file_is_one() -> None:
    """It has the shape that the Compose Specification's own schema asks for."""
    schema = json.loads((files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json").read_text())
    errors = [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(compose())]
    assert errors == []


def test_schema_refuses_what_compose_does_not_know() -> None:
    """A key that is written wrong is found: the schema does look at the services."""
    schema = json.loads((files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json").read_text())
    wrong = {"services": {"kafka": {"image": "apache/kafka:4.4.0", "stop_grace_periods": "30s"}}}
    assert not jsonschema.Draft202012Validator(schema).is_valid(wrong)


def test_names_within_the_file_lead_somewhere() -> None:
    """Secrets, volumes and the services that are waited for are all declared, and nothing declared is unused."""
    services, declared = compose()["services"], compose()
    secrets = {name for service in services.values() for name in service.get("secrets", ())}
    sources = {source for service in services.values() for source in mounts(service).values()}
    volumes = {source for source in sources if not source.startswith("./")}
    awaited = {name for service in services.values() for name in service.get("depends_on", ())}
    assert (secrets, volumes, awaited - set(services)) == (set(declared["secrets"]), set(declared["volumes"]), set())


def test_mounted_files_are_there() -> None:
    """Every file and folder that is laid into a container stands in infra/."""
    sources = {source for service in compose()["services"].values() for source in mounts(service).values()}
    missing = {source for source in sources if source.startswith("./") and not (INFRA / source).exists()}
    assert missing == set()


def test_settings_stand_where_each_command_looks() -> None:
    """`--config` names the place where leakstream.yml is mounted."""
    found = {name: mounts(service)[service["command"][-1]] for name, service in our_services().items()}
    assert found == dict.fromkeys(("topics", *LONG_RUNNING), "./leakstream.yml")


def test_passwords_stand_where_the_settings_look() -> None:
    """Those who open the store are given the secret under the name of `password_file`; the others are not."""
    assert SETTINGS.store.clickhouse
    place = PurePosixPath(str(SETTINGS.store.clickhouse.password_file))
    given = {name for name, service in our_services().items() if place.name in service.get("secrets", ())}
    assert (str(place.parent), given) == ("/run/secrets", {"processor", "notifier"})


def test_what_must_outlive_a_container_lies_on_a_volume() -> None:
    """Spool and tickets are volumes; all else of the container is read-only."""
    assert SETTINGS.log.kafka
    assert SETTINGS.tickets[0].file
    services = our_services()
    expected = {
        "topics": set(),
        "collector": {SETTINGS.log.kafka.spool.path},
        "processor": set(),
        "notifier": {SETTINGS.tickets[0].file.path},
    }
    assert {name: writable(service) for name, service in services.items()} == expected
    assert {(service["read_only"], *service["tmpfs"], *service["cap_drop"]) for service in services.values()} == {
        (True, "/tmp", "ALL")  # noqa: S108 the container's own, in memory
    }


def test_targets_are_mounted_where_they_are_looked_for() -> None:
    """The collector sees targets/ under the folder of `file_sd_configs`, and the example is read as targets."""
    pattern = PurePosixPath(SETTINGS.scrape_configs[0].file_sd_configs[0].files[0])
    source = INFRA / mounts(our_services()["collector"])[str(pattern.parent)]
    hosts = {
        split_address(address)[0]
        for path in source.glob(pattern.name)
        for group in yaml.safe_load(path.read_text())
        for address in group["targets"]
    }
    assert hosts == {entry.split(":")[0] for entry in our_services()["collector"]["extra_hosts"]}


def test_addresses_are_those_of_the_services() -> None:
    """Broker and store are called by their names in the compose file, at the ports that they listen on."""
    assert SETTINGS.log.kafka
    assert SETTINGS.store.clickhouse
    environment = compose()["services"]["kafka"]["environment"]
    brokers = [f"PLAINTEXT://{address}" for address in SETTINGS.log.kafka.bootstrap_servers]
    health = compose()["services"]["clickhouse"]["healthcheck"]["test"][-1]
    assert brokers == [environment["KAFKA_ADVERTISED_LISTENERS"]]
    assert SETTINGS.store.clickhouse.url + "/ping" == health.replace("127.0.0.1", "clickhouse")


def test_health_is_asked_where_it_answers() -> None:
    """The health check asks the port of `web.listen_address`, on all addresses so that others can read the metrics."""
    host, port = SETTINGS.web.address()
    asked = {service["healthcheck"].get("test", ["", "", "", ""])[3] for service in our_services().values()} - {""}
    assert host == "0.0.0.0"  # noqa: S104 in a container
    assert [f"127.0.0.1:{port}/readyz" in text for text in asked] == [True]


@pytest.mark.parametrize("name", sorted(LONG_RUNNING))
def test_roles_may_drain(name: str) -> None:
    """The engine waits longer than the role drains."""
    assert parse_duration(our_services()[name]["stop_grace_period"]) > SETTINGS.global_.stop_timeout_seconds


def test_one_broker_is_asked_for_one_copy() -> None:
    """Topics want no more replicas than there are brokers, and so do the broker's own topics."""
    assert SETTINGS.log.kafka
    topics, environment = SETTINGS.log.kafka.topics, compose()["services"]["kafka"]["environment"]
    own = {value for key, value in environment.items() if key.endswith(("REPLICATION_FACTOR", "MIN_ISR"))}
    assert (topics.replication_factor, topics.min_insync_replicas, own) == (1, 1, {"1"})


def test_one_collector_owns_the_spool_and_processors_share() -> None:
    """One collector; no more processors than partitions."""
    assert SETTINGS.log.kafka
    replicas = {name: our_services()[name]["deploy"].get("replicas", 1) for name in LONG_RUNNING}
    assert replicas == {"collector": 1, "processor": 2, "notifier": 1}
    assert replicas["processor"] <= SETTINGS.log.kafka.topics.partitions


def test_every_service_has_a_memory_limit_and_ports_are_loopback() -> None:
    """Nothing can take the whole machine, nothing is published beyond it."""
    services = compose()["services"]
    without = {name for name, service in services.items() if "memory" not in service["deploy"]["resources"]["limits"]}
    ports = {port for service in services.values() for port in service.get("ports", ())}
    assert (without, ports) == (set(), {"127.0.0.1:8123:8123", "127.0.0.1:3000:3000"})
