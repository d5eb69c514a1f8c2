"""The house keeps its order: who may import whom, one door per library, sizes, one name in the wheel."""

import ast
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("schemas", "collectors", "processors", "leakstream")
MAY_IMPORT = {
    "schemas": {"schemas"},
    "collectors": {"collectors", "schemas"},
    "processors": {"processors", "schemas"},
    "leakstream": {"leakstream", "collectors", "processors", "schemas"},
}
DOORS = {
    "kafka": ("leakstream/adapters/kafka",),
    "clickhouse_connect": ("leakstream/adapters/clickhouse",),
    "chdb": ("leakstream/serve/",),
    "clickhouse_cityhash": ("leakstream/serve/blocks",),
    "numba": ("processors/compiled",),
    "re2": ("processors/rewrite", "processors/make_rules"),
    "llvmlite": ("processors/compiled",),
    "isal": ("processors/inflate",),
    "lz4": ("leakstream/serve/",),
    "google": ("schemas/wire/",),
    "grpc_tools": (),
    "pydantic": ("schemas/settings", "schemas/recording"),
    "yaml": ("schemas/settings", "collectors/discovery/"),
    "sqlite3": ("leakstream/adapters/sqlite_",),
    "prometheus_client": ("leakstream/adapters/metrics",),
    "aiohttp": ("collectors/", "leakstream/serve/"),
    "urllib3": ("leakstream/adapters/http_client",),
    "click": ("leakstream/cli", "leakstream/commands/", "leakstream/commands_reference", "leakstream/__main__"),
    "rich": ("leakstream/output", "leakstream/commands/"),
}
IMPURE = {"socket", "time", "random", "os", "logging", "structlog", "subprocess", "threading", "asyncio", "secrets"}
DRIVERS = {"processors/run.py", "processors/deliver.py"}
"""The loops: they wait on an Event, and are the only files of their room that may."""
LONGEST_FILE = 300
LONGEST_FUNCTION = 50


def sources(*rooms: str) -> Iterator[Path]:
    """Give the files that people write, relative to the root."""
    for room in rooms:
        for path in sorted((ROOT / room).rglob("*.py")):
            if not path.name.endswith("_pb2.py"):
                yield path.relative_to(ROOT)


def imports(path: Path) -> set[str]:
    """Give the full names of the modules that a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_room_imports_only_downwards(room: str) -> None:
    """Leakstream -> collectors, processors -> schemas; collectors and processors never see each other."""
    strangers = {
        f"{path}: {name}"
        for path in sources(room)
        for name in imports(path)
        if name.split(".")[0] in ROOMS and name.split(".")[0] not in MAY_IMPORT[room]
    }
    assert strangers == set()


def test_product_knows_nothing_of_how_it_runs() -> None:
    """No room imports what lies in infra/: its builders serve `make generate` and tests alone."""
    assert [path for path in sources(*ROOMS) if any(name.split(".")[0] == "infra" for name in imports(path))] == []


@pytest.mark.parametrize("library", sorted(DOORS))
def test_library_comes_in_through_its_door(library: str) -> None:
    """Each third-party library is imported in one place."""
    elsewhere = {
        str(path)
        for path in sources(*ROOMS)
        if library in {name.split(".")[0] for name in imports(path)} and not str(path).startswith(DOORS[library])
    }
    assert elsewhere == set()


def test_wire_types_stay_inside_wire() -> None:
    """No file but the codecs sees a generated type."""
    seen = {str(path) for path in sources(*ROOMS) if any(name.endswith("_pb2") for name in imports(path))}
    wire = {str(path) for path in sources("schemas/wire") if "_pb2" in (ROOT / path).read_text()}
    doors = {f"schemas/wire/{name}.py" for name in ("codec", "pprof", "pprof_labels", "request", "verdict")}
    assert (seen, wire) == (set(), doors)


def test_thinking_is_pure() -> None:
    """No clock, socket, randomness, environment or logging in schemas and in the verbs."""
    impure = {
        f"{path}: {name}"
        for path in sources("schemas", "processors")
        for name in imports(path)
        if name.split(".")[0] in IMPURE and str(path) not in DRIVERS
    }
    asking = {
        str(path) for path in sources("schemas", "processors", "collectors") if ".now(UTC)" in (ROOT / path).read_text()
    }
    assert (impure, asking) == (set(), set())


def test_one_file_asks_what_time_it_is() -> None:
    """Time enters through the clock."""
    asking = {str(path) for path in sources(*ROOMS) if "datetime.now(" in (ROOT / path).read_text()}
    assert asking == {"leakstream/adapters/clock.py"}


def test_files_fit_on_a_desk() -> None:
    """At most 300 lines a file."""
    long = {
        str(path): lines
        for path in sources(*ROOMS, "tests", "benchmarks", "examples", "docs", "infra")
        if (lines := len((ROOT / path).read_text().splitlines())) > LONGEST_FILE
    }
    assert long == {}


def test_functions_fit_on_a_screen() -> None:
    """At most 50 lines a function, its docstring apart."""
    long = {
        f"{path}:{name}": size for path in sources(*ROOMS) for name, size in functions(path) if size > LONGEST_FUNCTION
    }
    assert long == {}


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Give the functions of a file with their number of lines, docstring apart."""
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            docstring = ast.get_docstring(node, clean=False)
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            yield node.name, lines - (docstring.count("\n") + 1 if docstring else 0)


def test_every_test_says_its_law() -> None:
    """Each test has a docstring."""
    silent = {
        f"{path}:{node.name}"
        for path in sources("tests")
        for node in ast.walk(ast.parse((ROOT / path).read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and not ast.get_docstring(node)
    }
    assert silent == set()


def test_top_level_folders_are_the_design() -> None:
    """A person sees from the folder list how the data flows."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    folders = {name.split("/")[0] for name in listed if "/" in name}
    assert folders <= {*ROOMS, "infra", "examples", "benchmarks", "docs", "tests", ".ci"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built as a release would."""
    out = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    return next(out.glob("*.whl"))


def test_wheel_owns_one_name(wheel: Path) -> None:
    """In site-packages there is leakstream and nothing generic."""
    names = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {name for name in names if not name.endswith(".dist-info")} == {"leakstream"}


def test_wheel_works_without_the_sources(wheel: Path, tmp_path: Path) -> None:
    """Installed alone, beside a stranger's `schemas`, the command starts and reads a profile."""
    site = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(site)
    hostile = tmp_path / "elsewhere"
    (hostile / "schemas").mkdir(parents=True)
    (hostile / "schemas" / "__init__.py").write_text("raise ImportError('a stranger')")
    script = f"import sys; sys.path[0:0] = [{str(site)!r}]; from leakstream.__main__ import main; main()"
    ran = subprocess.run(
        [sys.executable, "-I", "-c", script, "version"], cwd=hostile, capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stdout.split()[0]) == (0, "leakstream")
