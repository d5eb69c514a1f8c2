"""What compiled code promises about its cache: it saves time where it can, and is never a failure."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from small import double
print(int(double(21)), sum(double.stats.cache_hits.values()))
"""
SMALL = """
import sys
sys.path.insert(1, {root!r})
from processors.compiled import compiled

@compiled
def double(number):
    return 2 * number
"""


def run(folder: Path, **environment: str) -> tuple[int, int]:
    """Run the program; give what the function gave, and how often the cache was used."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("NUMBA")}
    command = [sys.executable, "-c", PROGRAM, str(folder)]
    ran = subprocess.run(command, env=inherited | environment, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    result, hits = map(int, ran.stdout.split())
    return result, hits


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one compiled function, which keeps its cache in itself."""
    (tmp_path / "small.py").write_text(SMALL.format(root=str(ROOT)))
    return tmp_path


def test_second_start_uses_what_the_first_one_kept(folder: Path) -> None:
    """What was compiled once is loaded."""
    assert [run(folder), run(folder)] == [(42, 0), (42, 1)]


@pytest.mark.parametrize("suffix", ["nbi", "nbc"])
@pytest.mark.parametrize("damage", ["emptied", "cut", "changed"])
def test_damaged_cache_is_made_anew(folder: Path, suffix: str, damage: str) -> None:
    """Whatever stands in the files of the cache, the function is right, and the next start finds a whole cache."""
    run(folder)
    [path] = (folder / "__pycache__").glob(f"*.{suffix}")
    whole = path.read_bytes()
    middle = len(whole) // 2
    changed = bytes((whole[middle] ^ 0xFF,))
    path.write_bytes(
        {"emptied": b"", "cut": whole[:middle], "changed": whole[:middle] + changed + whole[middle + 1 :]}[damage]
    )
    assert [run(folder), run(folder)[0]] == [(42, 0), 42]


def test_cache_that_cannot_be_written_is_no_failure(folder: Path) -> None:
    """No place for a cache: neither beside the source (a file stands there), nor at home, nor where numba is told."""
    (folder / "__pycache__").write_text("a file where a folder should be")
    (folder / "file").write_text("")
    nowhere = str(folder / "file" / "below")
    assert run(folder, NUMBA_CACHE_DIR=nowhere, HOME=nowhere, XDG_CACHE_HOME=nowhere) == (42, 0)
    assert run(folder, HOME=nowhere, XDG_CACHE_HOME=nowhere) == (42, 0)


def test_home_is_not_needed(folder: Path) -> None:
    """A service without a home folder starts."""
    assert run(folder, HOME="") == (42, 0)


@pytest.mark.parametrize("command", ["--help", "version", "decode", "top", "dead-letters"])
def test_commands_that_read_no_stream_do_not_wait_for_the_compiler(command: str) -> None:
    """Numba is imported by the processor alone."""
    code = (
        "import sys; from click.testing import CliRunner; from leakstream.cli import main\n"
        f"CliRunner().invoke(main, [{command!r}, '--help']); sys.exit('numba' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
