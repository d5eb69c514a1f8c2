"""The wall: what the kernel refuses, to the engine too, when a statement got through everything else."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from leakstream.confine import Places, find_abi, handled
from leakstream.confine_places import find_places
from schemas.settings_load import load_settings

ROOT = Path(__file__).parents[3]
REFUSED = (
    *("read with the engine", "read a table with the engine", "write with the engine", "insert into a file"),
    *("read", "list", "write", "append", "delete", "move", "link", "read through it", "run a program"),
    "read who users are",
)
ALLOWED = (
    *("make a link that leads out", "insert", "merge", "log", "temporary file", "ticket", "import", "certificates"),
)


@pytest.fixture
def landlock() -> int:
    """The version of the kernel; skips where there is none."""
    abi = find_abi()
    if abi == 0:
        pytest.skip("this kernel has no Landlock, or it is switched off")
    return abi


def test_engine_reaches_its_own_folders_alone(landlock: int, tmp_path: Path) -> None:
    """Asked directly, with every right: no file elsewhere is read, written, moved or run, and the work goes on."""
    (tmp_path / "out").mkdir()
    canary, target = tmp_path / "out" / "canary", tmp_path / "out" / "target"
    canary.write_text("a secret")
    command = [
        sys.executable,
        "-m",
        "tests.leakstream.wall.wall_program",
        str(tmp_path / "data"),
        str(canary),
        str(target),
    ]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    said = json.loads(ran.stdout)
    assert said["attempts"] == dict.fromkeys(REFUSED, "refused") | dict.fromkeys(ALLOWED, "ok")
    assert (said["holds"], said["abi"], said["migrations"]) == (True, landlock, 1)
    assert (list(canary.parent.iterdir()), canary.read_text()) == ([canary], "a secret")


@pytest.mark.parametrize(
    ("abi", "missing"), [(1, {13, 14, 15}), (2, {14, 15}), (3, {15}), (4, {15}), (5, set()), (9, set())]
)
def test_older_kernel_is_asked_for_what_it_knows(abi: int, missing: set[int]) -> None:
    """A right that it does not know would make it refuse all."""
    assert {bit for bit in range(16) if not handled(abi) >> bit & 1} == missing


def test_places_are_those_of_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders that are written to are made; of a secret its folder is read, or it alone in a large one."""
    monkeypatch.chdir(tmp_path)
    for name in ("here", "deep/er/secret"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    settings = load_settings(
        """
        scrape_configs: [{job_name: a, file_sd_configs: [{files: ["targets/*/x.yml"]}]}]
        store: {embedded: {path: d/store, users: [{name: ann, password_file: here}]}}
        log: {kafka: {bootstrap_servers: ["k:9092"], spool: {path: d/spool}}}
        tickets: [{file: {path: d/tickets}}, {webhook: {url_file: deep/er/secret}}]
        """,
        "f.yml",
    )
    places = find_places(settings)
    assert [path for path in places.write if path.is_relative_to(tmp_path)] == [
        tmp_path / name for name in ("d/store", "d/spool", "d/tickets", "d/store.tmp")
    ]
    assert all(path.is_dir() for path in places.write[:4])
    assert {path for path in places.read if path.is_relative_to(tmp_path)} == {
        tmp_path / name for name in ("targets", "here", "deep/er")
    }


def test_nothing_of_a_home_and_no_whole_etc_is_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Python and the engine need is named one by one."""
    monkeypatch.chdir(tmp_path)
    places: Places = find_places(load_settings("store: {embedded: {}}", "f.yml"))
    assert {Path("/"), Path("/etc"), Path("/tmp"), Path("/home"), Path("/root"), Path.home(), ROOT} & {  # noqa: S108
        *places.read,
        *places.write,
    } == set()
