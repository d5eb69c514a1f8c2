"""The Dockerfile keeps its promises, and every image is of a version that the tests run on."""

import re
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ET
from importlib.metadata import version

from leakstream import __version__
from tests.infra.reading import INFRA, compose

ROOT = INFRA.parent
TEXT = (INFRA / "Dockerfile").read_text()
STEPS = [
    (step.partition(" ")[0], step.partition(" ")[2])
    for step in re.sub(r"\\\n", " ", TEXT).splitlines()
    if step and not step.startswith("#")
]
MAVEN = "{http://maven.apache.org/POM/4.0.0}"


def arguments(instruction: str) -> list[str]:
    """Give the arguments of each of these instructions, in order."""
    return [rest for name, rest in STEPS if name == instruction]


def test_base_is_pinned_and_is_the_python_of_the_tests() -> None:
    """Both stages start from one full version of Python, of the minor version that the oldest supported one is."""
    bases = [rest.split()[0] for rest in arguments("FROM")]
    oldest = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"].removeprefix(">=")
    assert len(bases) == 2
    assert len(set(bases)) == 1
    assert re.fullmatch(rf"python:{re.escape(oldest)}\.\d+-slim-\w+", bases[0])
    assert sys.version_info >= tuple(int(part) for part in oldest.split("."))


def test_image_runs_our_command_as_nobody_else() -> None:
    """It ends as a user by number, so that runAsNonRoot can be judged, with our command as its entry point."""
    assert [name for name, _ in STEPS][-3:] == ["USER", "WORKDIR", "ENTRYPOINT"]
    assert (arguments("USER"), arguments("ENTRYPOINT")) == (["10001:10001"], ['["leakstream"]'])


def test_machine_code_is_made_with_the_image() -> None:
    """The line that does it runs; nothing is left to compile for a processor on a read-only file system."""
    (code,) = re.findall(r'python -c "([^"]+)"', re.sub(r"\\\n", "", TEXT))
    assert code.endswith(".warm()")
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_nothing_unchecked_enters_the_image() -> None:
    """No ADD, no address, and pip asks the outside once: for what the lock file names, by its hashes."""
    pips = [part for rest in arguments("RUN") for part in rest.split("&&") if re.search(r"\bpip\b", part)]
    asking = [part for part in pips if "--no-index" not in part and "--without-pip" not in part]
    assert arguments("ADD") == []
    assert "://" not in TEXT
    assert [part.split()[:4] for part in asking] == [["pip", "download", "--no-cache-dir", "--only-binary=:all:"]]
    assert "--require-hashes --requirement requirements.lock" in asking[0]


def test_context_holds_what_the_wheel_is_made_of() -> None:
    """The engine is sent the rooms, the files that the build reads, and nothing else of the folder."""
    lines = (INFRA / "Dockerfile.dockerignore").read_text().splitlines()
    built = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wheel = built["tool"]["hatch"]["build"]["targets"]["wheel"]
    read = [built["project"]["readme"], *built["project"]["license-files"], "pyproject.toml", "requirements.lock"]
    sent = {line.removeprefix("!") for line in lines if line.startswith("!")}
    assert sent == {*wheel["packages"], *wheel["force-include"], *read}
    assert [line for line in lines if line[0] not in "!#"] == ["*", "**/__pycache__"]


def test_engines_are_those_of_the_tests() -> None:
    """Broker and server are of the versions that the tests run; ours is this version."""
    pom = ET.parse(INFRA / "kafka/pom.xml").getroot()  # noqa: S314 our own file
    jars = {
        item.findtext(f"{MAVEN}artifactId"): item.findtext(f"{MAVEN}version") for item in pom.iter(f"{MAVEN}dependency")
    }
    engine = ".".join(version("chdb-core").split(".")[:2])
    images = {service["image"] for service in compose()["services"].values()}
    assert images == {
        f"apache/kafka:{jars['kafka_2.13']}",
        f"clickhouse/clickhouse-server:{engine}",
        f"leakstream:{__version__}",
        "grafana/grafana:13.0.1",
        "prom/prometheus:v3.5.0",
    }
