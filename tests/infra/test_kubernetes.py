"""The manifests are ones, kustomize is told of all of them, and they hold what they promise of the pods."""

import re
import subprocess
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

from leakstream import __version__
from schemas.durations import parse_size
from schemas.settings_load import load_settings
from tests.infra.reading import (
    INFRA,
    KUBERNETES,
    Object,
    containers,
    kustomization,
    manifests,
    of_kind,
    pods,
    settings_of,
)

SETTINGS = settings_of("kubernetes/leakstream.yml")
VERSIONS = ("1.32", "1.37")
"""The oldest of Kubernetes that is checked, and the newest that the schemas know."""
ROLES = ("collector", "processor", "notifier")
JOBS = ("topics", "migrate")


def mounts(pod: Object, container: Object) -> dict[str, Object]:
    """Give, per folder in the container, the volume that is laid there."""
    volumes = {volume["name"]: volume for volume in pod["spec"]["volumes"]}
    return {mount["mountPath"]: volumes.get(mount["name"], {}) for mount in container["volumeMounts"]}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("place", sorted(manifests()))
def test_manifest_is_one(place: str, version: str) -> None:
    """It has the shape that the API of that version asks for, and no key that it does not know."""
    assert kubernetes_validate.validate(dict(manifests()[place]), version, strict=True) == version


def test_schemas_refuse_what_kubernetes_does_not_know() -> None:
    """A key that is written wrong is found, deep in a pod too."""
    wrong = yaml.safe_load((KUBERNETES / "notifier.yaml").read_text())
    wrong["spec"]["template"]["spec"]["containers"][0]["readinessprobe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError, match="readinessprobe"):
        kubernetes_validate.validate(wrong, VERSIONS[-1], strict=True)


def test_kustomize_is_told_of_every_file() -> None:
    """Each manifest is a resource, and each settings file a ConfigMap; only the Secret's template is left out."""
    listed = {*kustomization()["resources"], "kustomization.yaml", "secret.example.yaml"}
    generated = {name for item in kustomization()["configMapGenerator"] for name in item["files"]}
    assert listed | generated == {path.name for path in KUBERNETES.iterdir()}


def test_everything_lives_in_one_namespace() -> None:
    """All objects but the namespace are in it; it lets in restricted pods only."""
    found = {item["metadata"].get("namespace", "-") for item in manifests().values()}
    enforced = of_kind("Namespace")["leakstream"]["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]
    assert (found, kustomization()["namespace"], enforced) == ({"-", "leakstream"}, "leakstream", "restricted")


def test_there_is_a_workload_for_each_role_and_job() -> None:
    """A collector keeps a spool and a processor a name: both are stateful; a notifier is neither."""
    kinds = {name: item["kind"] for name, item in of_kind("Deployment", "StatefulSet", "Job").items()}
    stateful = {"collector": "StatefulSet", "processor": "StatefulSet", "notifier": "Deployment"}
    assert kinds == stateful | dict.fromkeys(JOBS, "Job")


@pytest.mark.parametrize("name", [*ROLES, *JOBS])
def test_pods_are_restricted(name: str) -> None:
    """Not root, no privileges, no writing beside the volumes, no key to the cluster, bounded memory."""
    pod = pods()[name]
    whole = {
        "runAsNonRoot": True,
        "runAsUser": 10001,
        "runAsGroup": 10001,
        "fsGroup": 10001,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    each = {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert (pod["spec"]["securityContext"], pod["spec"]["automountServiceAccountToken"]) == (whole, False)
    assert [container["securityContext"] for container in containers(pod)] == [each] * len(list(containers(pod)))
    assert all({"requests", "limits"} == set(container["resources"]) for container in containers(pod))


@pytest.mark.parametrize("name", [*ROLES, *JOBS])
def test_files_stand_where_the_settings_look(name: str) -> None:
    """Settings, targets, secrets, spool and a folder for temporary files are mounted, from what exists."""
    pod = pods()[name]
    maps = {item["name"] for item in kustomization()["configMapGenerator"]}
    secret = of_kind("Secret")["leakstream"]["stringData"]
    seen = mounts(pod, pod["spec"]["containers"][0])
    needed = {"/etc/leakstream/settings", "/tmp"}  # noqa: S108 the container's own
    needed |= {"/etc/leakstream/targets", "/var/lib/leakstream/spool"} if name == "collector" else set()
    needed |= {"/etc/leakstream/secrets"} if name in {"processor", "notifier", "migrate"} else set()
    claims = {
        claim["metadata"]["name"] for claim in of_kind("StatefulSet")["collector"]["spec"]["volumeClaimTemplates"]
    }
    assert (set(seen), claims) == (needed, {"spool"})
    for volume in pod["spec"]["volumes"]:
        assert volume.get("configMap", {"name": "leakstream-settings"})["name"] in maps
        assert {item["key"] for item in volume.get("secret", {"items": []})["items"]} <= set(secret)
        assert all(item["key"] == item["path"] for item in volume.get("secret", {"items": []})["items"])


def test_settings_name_the_folders_that_are_mounted() -> None:
    """What the settings look for lies in the folders that the pods mount, under the keys that the Secret has."""
    assert SETTINGS.log.kafka
    assert SETTINGS.store.clickhouse
    assert SETTINGS.tickets[0].webhook
    places = {
        SETTINGS.log.kafka.spool.path,
        *SETTINGS.scrape_configs[0].file_sd_configs[0].files,
        SETTINGS.store.clickhouse.password_file,
        SETTINGS.tickets[0].webhook.url_file,
    }
    keys = of_kind("Secret")["leakstream"]["stringData"]
    secrets = {f"/etc/leakstream/secrets/{key}" for key in keys}
    assert places == {"/var/lib/leakstream/spool", "/etc/leakstream/targets/*.yml", *secrets}


def test_pod_gets_its_own_name_into_the_settings(tmp_path: Path) -> None:
    """The init step, run as it stands but for its folders, gives settings whose member is the pod, all else equal."""
    step = pods()["processor"]["spec"]["initContainers"][0]
    script = step["args"][0].replace("/etc/leakstream/common", str(KUBERNETES))
    script = script.replace("/etc/leakstream/settings", str(tmp_path))
    environment = {item["name"]: item["valueFrom"]["fieldRef"]["fieldPath"] for item in step["env"]}
    assert environment == {"POD_NAME": "metadata.name"}
    subprocess.run([*step["command"], script], env={"POD_NAME": "leakstream-processor-0"}, check=True)
    made = load_settings((tmp_path / "leakstream.yml").read_text(), "leakstream.yml").model_dump()
    expected = SETTINGS.model_dump()
    expected["log"]["kafka"]["member"] = "leakstream-processor-0"
    assert made == expected


def test_init_step_writes_where_the_processor_reads() -> None:
    """The folder that it fills is the one that the processor mounts as its settings."""
    pod = pods()["processor"]
    first, second = containers(pod)
    assert mounts(pod, first)["/etc/leakstream/settings"] == mounts(pod, second)["/etc/leakstream/settings"]
    assert mounts(pod, first)["/etc/leakstream/common"]["configMap"] == {"name": "leakstream-settings"}


@pytest.mark.parametrize("name", ROLES)
def test_roles_are_probed_and_may_drain(name: str) -> None:
    """Probes and Prometheus ask the port of `web.listen_address`; the kubelet waits longer than the role drains."""
    spec, (_, port) = pods()[name]["spec"], SETTINGS.web.address()
    container, service = spec["containers"][0], of_kind("Service")[name]
    probes = {probe: container[probe]["httpGet"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")}
    assert container["ports"] == [{"name": "metrics", "containerPort": port}]
    assert probes == {
        "startupProbe": {"path": "/healthz", "port": "metrics"},
        "livenessProbe": {"path": "/healthz", "port": "metrics"},
        "readinessProbe": {"path": "/readyz", "port": "metrics"},
    }
    assert service["spec"]["ports"] == [{"name": "metrics", "port": port, "targetPort": "metrics"}]
    assert service["metadata"]["annotations"]["prometheus.io/port"] == str(port)
    assert spec["terminationGracePeriodSeconds"] > SETTINGS.global_.stop_timeout_seconds


def test_selectors_find_the_pods_of_their_role() -> None:
    """Workloads, Services and budgets select by the labels that the pods of that name carry."""
    labels = {name: pod["metadata"]["labels"] for name, pod in pods().items()}
    chosen = [(name, item["spec"]["selector"]["matchLabels"]) for name, item in of_kind("Deployment").items()]
    chosen += [(name, item["spec"]["selector"]["matchLabels"]) for name, item in of_kind("StatefulSet").items()]
    chosen += [(name, item["spec"]["selector"]["matchLabels"]) for name, item in of_kind("PodDisruptionBudget").items()]
    chosen += [(name, item["spec"]["selector"]) for name, item in of_kind("Service").items()]
    assert [name for name, selector in chosen if labels[name] != selector] == []
    assert {item["spec"]["serviceName"] for item in of_kind("StatefulSet").values()} <= {
        f"leakstream-{name}" for name in of_kind("Service")
    }


def test_network_lets_through_what_the_settings_name() -> None:
    """Metrics come in; Kafka, ClickHouse and what comes after them go out, at the ports of the settings."""
    assert SETTINGS.log.kafka
    assert SETTINGS.store.clickhouse
    policies = {name: item["spec"] for name, item in of_kind("NetworkPolicy").items()}
    ports = {
        name: [port["port"] for rule in spec.get("egress", ()) for port in rule.get("ports", ())]
        for name, spec in policies.items()
    }
    kafka = int(SETTINGS.log.kafka.bootstrap_servers[0].rpartition(":")[2])
    clickhouse = int(SETTINGS.store.clickhouse.url.rpartition(":")[2])
    assert ports == {"leakstream": [53, 53, kafka], "collector": [], "store": [clickhouse], "notifier": [443]}
    assert [rule["ports"] for rule in policies["leakstream"]["ingress"]] == [[{"port": SETTINGS.web.address()[1]}]]


def test_network_policies_choose_pods_that_exist() -> None:
    """Those who may reach the store are those who are given its password."""
    policies = {name: item["spec"]["podSelector"] for name, item in of_kind("NetworkPolicy").items()}
    given = {name for name, pod in pods().items() if any("secret" in volume for volume in pod["spec"]["volumes"])}
    assert set(policies["store"]["matchExpressions"][0]["values"]) == given
    labels = [pod["metadata"]["labels"] for pod in pods().values()]
    assert [policies[name]["matchLabels"] in labels for name in ("collector", "notifier")] == [True, True]


def test_replicas_fit_what_they_share() -> None:
    """One collector, with room for twice its spool; no more processors than partitions; a budget for who has a twin."""
    assert SETTINGS.log.kafka
    replicas = {name: item["spec"]["replicas"] for name, item in of_kind("Deployment", "StatefulSet").items()}
    claim = of_kind("StatefulSet")["collector"]["spec"]["volumeClaimTemplates"][0]["spec"]["resources"]["requests"]
    assert replicas == {"collector": 1, "processor": 2, "notifier": 2}
    assert replicas["processor"] <= SETTINGS.log.kafka.topics.partitions
    assert parse_size(f"{claim['storage']}B") == 2 * SETTINGS.log.kafka.spool.size_bytes
    assert set(of_kind("PodDisruptionBudget")) == {name for name, count in replicas.items() if count > 1}


def test_image_is_ours_everywhere() -> None:
    """Every container runs the image that kustomize renames, of this version."""
    images = {container["image"] for pod in pods().values() for container in containers(pod)}
    chosen = kustomization()["images"]
    assert (images, chosen) == ({f"leakstream:{__version__}"}, [{"name": "leakstream", "newTag": __version__}])
    assert re.search(rf"-t leakstream:{re.escape(__version__)}", (INFRA / "README.md").read_text())
