"""The command line: help that can be pasted, exit codes, results on stdout and talk on stderr."""

import json
import os
import shlex
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from leakstream import __version__
from leakstream.__main__ import run
from leakstream.cli import COMMANDS, main
from leakstream.commands_reference import describe_commands, example_lines, walk_commands
from leakstream.house import open_house

CONTEXTS = {context.command_path: context for context in walk_commands()}
ROOT = Path(__file__).parents[2]


def invoke(*arguments: str, stdin: bytes = b"") -> Result:
    """Run a command in this process; stdout and stderr apart."""
    return CliRunner().invoke(main, arguments, input=stdin)


def test_every_command_is_there() -> None:
    """The table, the files and the contract name the same commands."""
    files = {file.stem for file in (ROOT / "leakstream" / "commands").glob("*.py")}
    assert set(COMMANDS) - {name.replace("_", "-") for name in files} == set()
    assert {
        "up",
        "collect",
        "process",
        "notify",
        "top",
        "explain",
        "decode",
        "diff",
        "check",
        "migrate",
        "status",
        "dead-letters",
    } <= set(COMMANDS)


@pytest.mark.parametrize("path", CONTEXTS)
def test_every_help_ends_with_a_line_to_paste(path: str) -> None:
    """The last line of every help text is a command that starts with what was asked about."""
    words = path.split()[1:]
    last = invoke(*words, "--help").stdout.rstrip().splitlines()[-1].strip()
    assert last in example_lines(CONTEXTS[path].command)
    assert last.startswith(path)


@pytest.mark.parametrize("path", CONTEXTS)
def test_line_to_paste_has_only_options_that_exist(path: str) -> None:
    """What a help text offers, the parser takes."""
    for line in example_lines(CONTEXTS[path].command):
        command: click.Command = main
        words = shlex.split(line)[1:]
        while isinstance(command, click.Group):
            found = command.get_command(click.Context(command), words.pop(0))
            assert found is not None
            command = found
        parser = command.make_parser(click.Context(command))
        _, left, _ = parser.parse_args(list(words))
        assert left == []


@pytest.mark.parametrize("name", COMMANDS)
def test_short_help_of_the_list_is_the_first_sentence_of_the_command(name: str) -> None:
    """The list is written without importing commands; it says what they say."""
    command = main.get_command(click.Context(main), name)
    assert command is not None
    first = " ".join((command.help or "").split("\n\n")[0].split())
    assert first.split()[0] == COMMANDS[name].split()[0]


def test_reference_names_every_command_and_option() -> None:
    """The manual is made of the commands themselves, and is the same each time."""
    manual = describe_commands()
    missing = [path for path in CONTEXTS if f"## {path}\n" not in manual]
    assert (missing, manual) == ([], describe_commands())
    assert "| `--window DURATION` |" in manual


def test_version_is_the_one_of_the_project() -> None:
    """`version`, `--version` and pyproject.toml agree."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    said = json.loads(invoke("version", "--output", "json").stdout)["version"]
    assert (__version__, said, invoke("--version").stdout) == (project, project, f"leakstream {project}\n")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ([], 2),
        (["--help"], 0),
        (["version"], 0),
        (["no-such-command"], 2),
        (["top", "--no-such-option"], 2),
        (["top", "--window", "soon"], 2),
        (["top", "--window", "0s"], 2),
        (["explain", "255"], 2),
        (["explain", "g1-xyz"], 2),
        (["decode"], 2),
        (["decode", "no-such-file"], 1),
        (["diff", "no-such-file", "no-such-file"], 1),
        (["diff", "-", "-"], 2),
        (["up"], 2),
        (["up", "--data", "x"], 2),
        (["up", "--target", "nowhere"], 2),
        (["up", "--target", "a:1", "--interval", "0s"], 2),
        (["collect"], 2),
        (["collect", "--config", "no-such-file"], 2),
        (["check", "config", "no-such-file"], 2),
        (["dead-letters"], 2),
        (["dead-letters", "list", "--data", "no-such-folder"], 1),
        (["dead-letters", "list", "--reason", "bad luck"], 2),
        (["dead-letters", "show", "nowhere"], 2),
        (["dead-letters", "replay"], 2),
        (["dead-letters", "replay", "a.dead[0]@1", "--all"], 2),
        (["dead-letters", "replay", "a.dead[0]@1", "--service", "s"], 2),
        (["top", "--store", "http://127.0.0.1:1"], 1),
        (["top", "--store", "not a url"], 1),
        (["status", "--store", "http://127.0.0.1:1"], 1),
        (["explain", "g1-00000000000000ff", "--store", "http://127.0.0.1:1"], 1),
    ],
)
def test_end_of_a_command_has_its_exit_code_and_no_traceback(
    arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """0 done, 1 failed, 2 wrong usage; talk on stderr is for people."""
    assert run(arguments) == code
    said = capsys.readouterr()
    assert ("Traceback" in said.err, bool(said.err) or code == 0) == (False, True)


def test_nothing_listens_is_one_clear_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    """A person learns where nobody answered and what to do; a password in the URL is not repeated."""
    run(["top", "--store", "http://reader:s3cret@127.0.0.1:1"])
    assert capsys.readouterr().err == (
        "Error: no store answers at http://127.0.0.1:1; start one with `leakstream up`, or name it with --store URL "
        "(connection refused)\n"
    )


def test_interrupted_is_130() -> None:
    """Ctrl-C ends a command that waits, quietly."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "leakstream", "decode", "-"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPROFILEIMPORTTIME": "1"},
    )
    assert process.stderr is not None
    for line in iter(process.stderr.readline, b""):
        if b"leakstream.profile_files" in line:
            break
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert (process.returncode, b"Traceback" in said) == (130, False)


def test_decode_never_loads_the_engine() -> None:
    """What works offline starts without ClickHouse, aiohttp and the like."""
    code = (
        "import sys, leakstream.__main__ as m; m.run(['decode', '/dev/null']);"
        "print(sorted({'chdb', 'clickhouse_connect', 'aiohttp', 'pydantic', 'urllib3', 'pyarrow'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


def test_house_opens_only_where_there_is_one(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """The folder beside the front door comes first on the path, once; a checkout has none."""
    before = list(sys.path)
    request.addfinalizer(lambda: sys.path.__setitem__(slice(None), before))
    open_house(tmp_path)
    assert sys.path == before
    (tmp_path / "_house").mkdir()
    open_house(tmp_path)
    open_house(tmp_path)
    assert sys.path == [str(tmp_path / "_house"), *before]


def test_output_into_a_closed_pipe_is_no_traceback() -> None:
    """`leakstream … | head` is an ordinary end."""
    command = f"{shlex.quote(sys.executable)} -m leakstream --help | true"
    ran = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "Traceback" not in ran.stderr


def test_manual_in_the_docs_is_the_one_of_the_commands() -> None:
    """`make generate` was run after the last change of a command."""
    assert (ROOT / "docs" / "reference" / "commands.md").read_text() == describe_commands()


def test_collector_does_not_load_the_engine() -> None:
    """The library of the embedded store is half a gigabyte; only who serves it imports it."""
    script = "import sys, leakstream.up; print('chdb' in sys.modules, 'kafka' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout == "False True\n"
