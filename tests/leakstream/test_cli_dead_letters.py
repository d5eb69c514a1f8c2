"""`leakstream dead-letters` through the real command, on a real log."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from leakstream.__main__ import run
from leakstream.adapters.sqlite_log import SqliteLog
from leakstream.dead_topics import parse_place
from leakstream.letter_text import hex_lines
from processors.admit import Bounds, admit_profile
from processors.dead_letters import Limit
from processors.set_aside import Aside
from schemas.model import Problem, ScrapedProfile
from schemas.outcomes import Invalid, Reason
from schemas.ports import Message
from schemas.wire.codec import PROFILES_TOPIC, encode_profile
from schemas.wire.dead import cut, dead_letter
from tests.doubles import RecordingTelemetry, SetClock
from tests.pprof_maker import make_profile

AT = datetime(2026, 11, 1, 12, tzinfo=UTC)
DEAD = f"{PROFILES_TOPIC}.dead"
PROFILE = make_profile([(("runtime.gopark", "runtime.chansend", "runtime.chansend1", "main.leak", "main.main"), 7)])
SCRAPED = ScrapedProfile("checkout", "a:1", AT, AT, 60.0, 0.01, {"version": "v41"}, PROFILE)
GOOD = encode_profile(SCRAPED, "c1")
NEWER = replace(GOOD, headers={**GOOD.headers, "schema-version": b"9"})
GARBAGE = Message(b"cart", b"\x1b[31m\xff\xfe" + bytes(range(256)) * 2)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SqliteLog]:
    """A log in the folder `data`, with two records that were put aside: a newer version and garbage."""
    opened = SqliteLog(
        tmp_path / "data" / "log.db", clock=SetClock(AT), partitions=1, retention_seconds=1e6, retention_bytes=10**12
    )
    opened.append(PROFILES_TOPIC, [NEWER, GARBAGE])
    put_aside(opened, 0)
    yield opened
    opened.close()


def put_aside(log: SqliteLog, offset: int) -> None:
    """Do with the records from an offset on what the processor does with refused ones."""
    records = log.read(PROFILES_TOPIC, 0, offset, 100)
    met = [(record, admit_profile(record, AT, Bounds())) for record in records]
    silent = Aside(log, SetClock(AT), RecordingTelemetry(), lambda *_, **__: None, PROFILES_TOPIC, "decode", Limit())
    silent.bury([(record, found) for record, found in met if isinstance(found, Invalid)])


@pytest.fixture
def ask(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> "Ask":
    """Run the command on that log."""
    return Ask(str(tmp_path / "data"), capsys)


class Ask:
    """Runs `leakstream dead-letters`, and gives exit code, stdout and stderr."""

    def __init__(self, data: str, capsys: pytest.CaptureFixture[str]) -> None:
        self.data = data
        self.capsys = capsys

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        """Run it once."""
        code = run(["dead-letters", *arguments, "--data", self.data])
        said = self.capsys.readouterr()
        return code, said.out, said.err

    def rows(self, *arguments: str) -> list[dict[str, object]]:
        """Run it once with --output json."""
        code, out, _ = self(*arguments, "--output", "json")
        assert code == 0
        return [json.loads(line) for line in out.splitlines()]


def test_list_gives_one_object_a_line_newest_last(log: SqliteLog, ask: Ask) -> None:
    """Place, when, service, reason, size, collector, origin, whether it was replayed, error."""
    assert ask.rows("list") == [
        {
            "place": f"{DEAD}[0]@0",
            "when": "2026-11-01T12:00:00.000Z",
            "service": "checkout",
            "reason": "unknown_schema_version",
            "bytes": len(NEWER.value or b""),
            "collector": "c1",
            "original": f"{PROFILES_TOPIC}[0]@0",
            "replayed": False,
            "error": f"{PROFILES_TOPIC}[0]@0: unknown schema version: b'9'",
        },
        {
            "place": f"{DEAD}[0]@1",
            "when": "2026-11-01T12:00:00.000Z",
            "service": "cart",
            "reason": "malformed_record",
            "bytes": len(GARBAGE.value or b""),
            "collector": "",
            "original": f"{PROFILES_TOPIC}[0]@1",
            "replayed": False,
            "error": f"{PROFILES_TOPIC}[0]@1: not a record of this topic: {(GARBAGE.value or b'')[:32]!r}",
        },
    ]
    assert log.bounds(DEAD, 0) == (0, 2)


@pytest.mark.parametrize(
    ("filters", "services"),
    [
        ((), ["checkout", "cart"]),
        (("--service", "cart"), ["cart"]),
        (("--reason", "unknown_schema_version"), ["checkout"]),
        (("--reason", "from_the_future"), []),
        (("--limit", "1"), ["cart"]),
    ],
)
@pytest.mark.usefixtures("log")
def test_list_can_be_narrowed(filters: tuple[str, ...], services: list[str], ask: Ask) -> None:
    """By reason, by service, to the newest."""
    assert [row["service"] for row in ask.rows("list", *filters)] == services


@pytest.mark.usefixtures("log")
def test_list_for_people_is_a_table_that_holds_nothing_hostile(ask: Ask) -> None:
    """Headings first, then a line for each."""
    code, out, _ = ask("list")
    lines = out.splitlines()
    assert (code, lines[0].split(), len(lines), "\x1b" in out) == (
        0,
        ["PLACE", "WHEN", "SERVICE", "REASON", "BYTES", "COLLECTOR", "REPLAYED", "ERROR"],
        3,
        False,
    )


def test_folder_without_a_log_is_one_clear_sentence(tmp_path: Path, ask: Ask) -> None:
    """And nothing is made there."""
    said = f"Error: no log at {tmp_path / 'data' / 'log.db'}; name it with --config FILE or --data DIR\n"
    assert (ask("list"), (tmp_path / "data").exists()) == ((1, "", said), False)


def test_log_without_dead_letters_says_so(tmp_path: Path, ask: Ask) -> None:
    """Also before the topic exists."""
    SqliteLog(
        tmp_path / "data" / "log.db", clock=SetClock(AT), partitions=1, retention_seconds=1.0, retention_bytes=1
    ).close()
    assert ask("list") == (0, "", "no dead letters\n")


def test_settings_file_names_the_log(log: SqliteLog, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As for every other command; together with --data it is refused."""
    file = tmp_path / "leakstream.yml"
    file.write_text(f"log: {{sqlite: {{path: '{tmp_path}/data/log.db'}}}}\n")
    assert run(["dead-letters", "list", "--config", str(file)]) == 0
    assert capsys.readouterr().out.count(DEAD) == log.bounds(DEAD, 0)[1]
    assert run(["dead-letters", "list", "--config", str(file), "--data", "x"]) == 2


@pytest.mark.usefixtures("log")
def test_show_gives_headers_first_bytes_and_the_stacks_inside(ask: Ask) -> None:
    """A record of an unknown version is read as far as it goes."""
    (row,) = ask.rows("show", f"{DEAD}[0]@0")
    profile = row["profile"]
    assert isinstance(profile, dict)
    assert (row["hex"], row["key"], row["reason"]) == (
        (NEWER.value or b"")[:256].hex(),
        "checkout",
        "unknown_schema_version",
    )
    assert [(stack["site"], stack["count"]) for stack in profile["stacks"]] == [("main.leak", 7)]
    code, out, _ = ask("show", f"{DEAD}[0]@0")
    missing = [words for words in ("schema-version   9", "collector        c1", "|", "main.leak") if words not in out]
    assert (code, missing) == (0, [])


@pytest.mark.usefixtures("log")
def test_show_of_garbage_is_harmless(ask: Ask) -> None:
    """256 bytes in hexadecimal, no profile, nothing for the terminal."""
    code, out, _ = ask("show", f"{DEAD}[0]@1")
    assert (code, "the first 256:" in out, "a profile of" in out, "\x1b" in out) == (0, True, False, False)
    assert len([line for line in out.splitlines() if line.endswith("|")]) == 16


@pytest.mark.usefixtures("log")
def test_show_takes_the_place_that_a_log_line_names(ask: Ask) -> None:
    """The place of the record finds its letter."""
    assert ask.rows("show", f"{PROFILES_TOPIC}[0]@1") == ask.rows("show", f"{DEAD}[0]@1")


@pytest.mark.usefixtures("log")
def test_raw_bytes_are_those_of_the_record(ask: Ask, tmp_path: Path) -> None:
    """Written to a file."""
    code, _, err = ask("show", f"{DEAD}[0]@1", "--raw", str(tmp_path / "raw"))
    assert (code, (tmp_path / "raw").read_bytes(), err) == (0, GARBAGE.value, f"519 bytes are in {tmp_path / 'raw'}\n")


@pytest.mark.usefixtures("log")
@pytest.mark.parametrize("command", ["show", "replay"])
def test_place_without_a_letter_is_one_clear_sentence(command: str, ask: Ask) -> None:
    """Whether the topic is there or not."""
    for place in (f"{DEAD}[0]@2", f"{DEAD}[7]@0", f"{PROFILES_TOPIC}[0]@9", "other.dead[0]@0"):
        said = f"no dead letter at {place} (`leakstream dead-letters list` shows them; old ones expire)"
        assert ask(command, place) == (1, "", f"Error: {said}\n")


def test_replay_of_everything_sends_each_once(log: SqliteLog, ask: Ask) -> None:
    """The original messages, with a header that says from where; a second time there is nothing to send."""
    assert ask("replay", "--all")[2] == "2 were replayed\n"
    again = [Message(r.key, r.value, r.headers) for r in log.read(PROFILES_TOPIC, 0, 2, 100)]
    assert again == [
        replace(sent, headers={**sent.headers, "replayed-from": f"{DEAD}[0]@{offset}".encode()})
        for offset, sent in enumerate((NEWER, GARBAGE))
    ]
    assert [row["replayed"] for row in ask.rows("list")] == [True, True]
    assert (ask("replay", "--all"), log.bounds(PROFILES_TOPIC, 0)) == ((0, "", "0 were replayed\n"), (0, 4))


def test_dry_run_sends_nothing(log: SqliteLog, ask: Ask) -> None:
    """It says what would be sent."""
    said = f"{DEAD}[0]@1  {PROFILES_TOPIC}[0]@1\n"
    assert ask("replay", "--all", "--service", "cart", "--dry-run") == (0, said, "1 would be replayed\n")
    assert (log.bounds(PROFILES_TOPIC, 0), log.bounds(DEAD, 0)) == ((0, 2), (0, 2))


def test_named_letter_is_sent_whenever_it_is_named(log: SqliteLog, ask: Ask) -> None:
    """The mark is for --all."""
    ask("replay", f"{DEAD}[0]@1")
    assert ask.rows("replay", f"{DEAD}[0]@1") == [
        {"place": f"{DEAD}[0]@1", "original": f"{PROFILES_TOPIC}[0]@1", "sent": True}
    ]
    assert (log.bounds(PROFILES_TOPIC, 0), [row["replayed"] for row in ask.rows("list")]) == ((0, 4), [False, True])


def test_what_is_still_bad_comes_back_as_a_new_letter(log: SqliteLog, ask: Ask) -> None:
    """It says which one it was, and may be replayed in its turn; the old one is not sent again."""
    ask("replay", "--all", "--service", "cart")
    put_aside(log, 2)
    assert [(row["original"], row["replayed"]) for row in ask.rows("list", "--service", "cart")] == [
        (f"{PROFILES_TOPIC}[0]@1", True),
        (f"{PROFILES_TOPIC}[0]@2", False),
    ]
    (row,) = ask.rows("show", f"{PROFILES_TOPIC}[0]@2")
    headers = row["headers"]
    assert isinstance(headers, dict)
    del headers["appended-at"]  # the clock of the machine, by which the command replayed
    assert headers == {
        "replayed-from": f"{DEAD}[0]@1",
        "reason": "malformed_record",
        "error": f"{PROFILES_TOPIC}[0]@2: not a record of this topic: {(GARBAGE.value or b'')[:32]!r}",
        "place": f"{PROFILES_TOPIC}[0]@2",
        "topic": PROFILES_TOPIC,
        "partition": "0",
        "offset": "2",
        "collector": "",
        "dead-at": "2026-11-01T12:00:00.000Z",
    }


def test_copies_are_replayed_once(log: SqliteLog, ask: Ask) -> None:
    """What a crash put aside twice is one letter, and is marked as one."""
    put_aside(log, 0)
    assert (len(ask.rows("list")), ask("replay", "--all")[2], ask("replay", "--all")[2]) == (
        2,
        "2 were replayed\n",
        "0 were replayed\n",
    )


def test_letter_that_was_cut_is_not_replayed(log: SqliteLog, ask: Ask) -> None:
    """Half a record is no record; the exit code says that something was left."""
    (record, *_) = log.read(PROFILES_TOPIC, 0, 1, 1)
    shorter = cut(dead_letter(record, Invalid(Reason.OVERSIZED_RECORD, Problem("x", "y")), AT + timedelta(seconds=1)))
    assert shorter is not None
    log.append(DEAD, [shorter])
    refused = f"{DEAD}[0]@2 cannot be replayed: only its beginning was kept\n"
    assert ask("replay", f"{DEAD}[0]@2", "--dry-run") == (1, "", f"{refused}0 would be replayed\n")
    assert ask("replay", f"{DEAD}[0]@2") == (1, "", f"{refused}0 were replayed\n")


@pytest.mark.parametrize("text", ["", "x", "t[0]", "t[0]@", "t[-1]@0", "t[0]@1 ", "../t[0]@1"])
def test_place_that_is_none_is_quoted(text: str) -> None:
    """With an example."""
    with pytest.raises(ValueError, match="not a place"):
        parse_place(text)


def test_bytes_are_written_as_hexdump_does() -> None:
    """Sixteen a line, with what can be printed beside them."""
    assert list(hex_lines(b"\x1f\x8bab" + b"-" * 13)) == [
        "  00000000  1f 8b 61 62 2d 2d 2d 2d 2d 2d 2d 2d 2d 2d 2d 2d  |..ab------------|",
        "  00000010  2d                                               |-|",
    ]
