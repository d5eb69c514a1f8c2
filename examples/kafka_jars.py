"""Brings Apache Kafka as jars: Maven copies what infra/kafka/pom.xml names into .kafka/, once for each pom."""

import fcntl
import shutil
import subprocess
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
POM = ROOT / "infra" / "kafka" / "pom.xml"
FOLDER = ROOT / ".kafka"
_PACKAGES = {"java": "default-jre-headless", "mvn": "maven"}
_TAIL_LINES = 15


class BrokerError(Exception):
    """There is no broker; the message says why."""


class MissingToolError(BrokerError):
    """Java or Maven is not installed; the message says which, and what brings it."""


def missing_tools() -> str:
    """Say which programs are missing and what brings them; empty when all are there."""
    missing = [program for program in _PACKAGES if shutil.which(program) is None]
    if not missing:
        return ""
    packages = " and ".join(_PACKAGES[program] for program in missing)
    return f"a Kafka broker needs {' and '.join(missing)} on the PATH: install {packages} (`make packages` on Debian)"


def copy_jars(finish: Callable[[Path], None]) -> Path:
    """Give the folder of the jars; when it is not there, Maven brings it and `finish` has it before anybody else.

    Processes that ask at once wait for the one that does it.
    """
    if reason := missing_tools():
        raise MissingToolError(reason)
    libs = FOLDER / f"libs-{sha256(POM.read_bytes()).hexdigest()[:12]}"
    whole = libs / "whole"
    if whole.exists():
        return libs
    FOLDER.mkdir(exist_ok=True)
    with (FOLDER / "libs.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not whole.exists():
            shutil.rmtree(libs, ignore_errors=True)
            _let_maven_copy(libs)
            finish(libs)
            whole.touch()
    return libs


def _let_maven_copy(libs: Path) -> None:
    """Let Maven copy the jars; raises with what it said."""
    command = ["mvn", "-q", "-B", "-f", str(POM), "dependency:copy-dependencies"]
    command += ["-DincludeScope=runtime", f"-DoutputDirectory={libs}"]
    ran = subprocess.run(  # noqa: S603 our own words
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if ran.returncode:
        raise BrokerError("maven did not bring the jars of Kafka:\n" + tail(ran.stdout))


def tail(text: str) -> str:
    """Give the last lines of a text."""
    return "\n".join(text.splitlines()[-_TAIL_LINES:])
