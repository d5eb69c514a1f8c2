"""Reads what stands in infra/: settings, the compose file, the manifests, and every command line of ours in them."""

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, TypeAlias

import yaml

from schemas.settings import Settings
from schemas.settings_load import load_settings

INFRA = Path(__file__).parents[2] / "infra"
KUBERNETES = INFRA / "kubernetes"
Object: TypeAlias = Mapping[str, Any]


def settings_of(name: str) -> Settings:
    """Give the settings in a file of infra/, as the product reads them."""
    return load_settings((INFRA / name).read_text(), name)


def compose() -> Object:
    """Give the compose file."""
    found: Object = yaml.safe_load((INFRA / "compose.yml").read_text())
    return found


def our_services() -> dict[str, Object]:
    """Give the services of the compose file that run our image."""
    services: Object = compose()["services"]
    return {name: service for name, service in services.items() if service["image"].startswith("leakstream:")}


def kustomization() -> Object:
    """Give what kustomize is told."""
    found: Object = yaml.safe_load((KUBERNETES / "kustomization.yaml").read_text())
    return found


def manifests() -> dict[str, Object]:
    """Give every object of the manifests by its kind and name, the template of the Secret too."""
    files = [path for path in sorted(KUBERNETES.glob("*.yaml")) if path.name != "kustomization.yaml"]
    objects = [item for path in files for item in yaml.safe_load_all(path.read_text())]
    return {f"{item['kind']}/{item['metadata']['name']}": item for item in objects}


def of_kind(*kinds: str) -> dict[str, Object]:
    """Give the objects of some kinds by their names, without our own name before it."""
    found = {item["metadata"]["name"]: item for item in manifests().values() if item["kind"] in kinds}
    return {name.removeprefix("leakstream-"): item for name, item in found.items()}


def pods() -> dict[str, Object]:
    """Give the template of the pods of each role and job: labels in `metadata`, containers in `spec`."""
    found = of_kind("Deployment", "StatefulSet", "Job")
    return {name: item["spec"]["template"] for name, item in found.items()}


def containers(pod: Object) -> Iterator[Object]:
    """Give all containers of a pod, those that run first at first."""
    yield from pod["spec"].get("initContainers", ())
    yield from pod["spec"]["containers"]


def command_lines() -> list[tuple[str, ...]]:
    """Give what follows `leakstream` wherever infra/ starts it, each once: compose, manifests, systemd, the README."""
    found = [tuple(service["command"]) for service in our_services().values()]
    found += [tuple(pod["spec"]["containers"][0]["args"]) for pod in pods().values()]
    texts = ((INFRA / "systemd/leakstream.service").read_text(), (INFRA / "README.md").read_text())
    for line in "\n".join(texts).splitlines():
        words = line.partition(" #")[0].removeprefix("ExecStart=").split()
        starts = [at for at, word in enumerate(words) if PurePosixPath(word).name == "leakstream"]
        if starts and "--config" in words:
            found.append(tuple(words[starts[-1] + 1 :]))
    return sorted(set(found))
