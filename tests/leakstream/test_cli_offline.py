"""`decode`, `diff` and `check`: offline, exact, and calm about anything they are given."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leakstream.cli import main
from leakstream.profile_files import SeenStack, merge
from processors.fingerprint import fingerprint
from processors.normalise import normalise
from schemas.model import Stack
from schemas.raw_stack import Frame, RawStack, make_frames
from tests.pprof_maker import make_profile

SEND = ("runtime.gopark", "runtime.chansend", "runtime.chansend1")
RECEIVE = ("runtime.gopark", "runtime.chanrecv", "runtime.chanrecv1")


def invoke(*arguments: str, stdin: bytes = b"") -> Result:
    """Run a command in this process; stdout and stderr apart."""
    return CliRunner().invoke(main, arguments, input=stdin)


def objects(result: Result) -> list[dict[str, object]]:
    """Read one JSON object a line."""
    return [json.loads(line) for line in result.stdout.splitlines()]


def profile(path: Path, *samples: tuple[tuple[str, ...], int]) -> str:
    """Write a profile and give its name."""
    path.write_bytes(make_profile(samples))
    return str(path)


def test_decode_gives_one_object_a_stack_largest_first(tmp_path: Path) -> None:
    """Stacks of one fingerprint are one line, counts added; the runtime's parking frames are the operation."""
    name = profile(
        tmp_path / "p",
        ((*RECEIVE, "main.worker", "runtime.goexit"), 5),
        ((*SEND, "main.fetch.func1", "runtime.goexit"), 4),
        ((*SEND, "main.main.fetch.func2", "runtime.goexit"), 3),
    )
    result = invoke("decode", "--output", "json", name)
    sender = fingerprint(Stack(("main.fetch.func",), 1, "chan send"))
    receiver = fingerprint(Stack(("main.worker",), 1, "chan receive"))
    rest: dict[str, object] = {"created_by": None, "wait_minutes": None, "labels": {}}
    assert (result.exit_code, result.stderr) == (0, "")
    assert objects(result) == [
        {
            "fingerprint": str(found),
            "count": count,
            "operation": found.operation,
            "site": found.site,
            "origin": found.origin,
            "frames": list(found.frames),
            "own": found.frames[0],
            **rest,
        }
        for found, count in ((sender, 7), (receiver, 5))
    ]


def test_goroutines_without_a_stack_are_shown_and_not_compared(tmp_path: Path) -> None:
    """`decode` gives them as one entry without frames, so that totals are Go's; `diff` has nothing to say of them."""
    before = profile(tmp_path / "a", ((*SEND, "main.f"), 4), ((), 2))
    after = profile(tmp_path / "b", ((*SEND, "main.f"), 5), ((), 9))
    shown = [
        (row["count"], row["operation"], row["frames"]) for row in objects(invoke("decode", "--output", "json", before))
    ]
    grown = [(row["site"], row["grew"]) for row in objects(invoke("diff", "--all", "--output", "json", before, after))]
    assert shown == [(4, "chan send", ["main.f"]), (2, "no stack", [])]
    assert grown == [("main.f", 1)]


def test_decode_reads_stdin_and_several_files_as_one(tmp_path: Path) -> None:
    """`-` is stdin; equal stacks of several inputs are added up."""
    name = profile(tmp_path / "p", ((*SEND, "main.f"), 4))
    result = invoke(
        "decode", "--output", "json", name, "-", stdin=make_profile([((*SEND, "main.f"), 3)], compress=False)
    )
    assert [(row["site"], row["count"]) for row in objects(result)] == [("main.f", 7)]


def test_one_bad_file_costs_itself_only(tmp_path: Path) -> None:
    """The rest is shown, the problem has its place and quotes the input, and the exit code is 0."""
    good = profile(tmp_path / "good", ((*SEND, "main.f"), 4))
    bad = tmp_path / "bad"
    bad.write_bytes(b"<html>not found</html>")
    result = invoke("decode", "--output", "json", good, str(bad), str(tmp_path / "none"))
    problems = result.stderr.splitlines()
    assert (result.exit_code, len(objects(result)), len(problems)) == (0, 1, 2)
    assert (problems[0].startswith(f"{bad}: byte 0: "), "<html>" in problems[0]) == (True, True)
    assert problems[1] == f"{tmp_path / 'none'}: No such file or directory"


@pytest.mark.parametrize("data", [b"", b"\x1f\x8b", b"\x1f\x8b" + b"\x00" * 50, b"<html>", b"\xff" * 100])
def test_nothing_readable_is_exit_code_1(data: bytes) -> None:
    """Nothing on stdout, the reason on one line of stderr."""
    result = invoke("decode", "-", stdin=data)
    assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (1, "", 1)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.binary(max_size=300))
def test_random_bytes_never_show_a_traceback(data: bytes) -> None:
    """Whatever comes in, there is an exit code and each problem is a line."""
    result = invoke("decode", "-", stdin=data)
    assert (result.exit_code in (0, 1), isinstance(result.exception, SystemExit | None)) == (True, True)
    assert "Traceback" not in result.output


def test_decode_for_people_shows_blocks_without_hostile_characters(tmp_path: Path) -> None:
    """A terminal shows names as they are and obeys none of them."""
    name = profile(tmp_path / "p", ((*SEND, "main.\x1b[31mf\u202e", "main.start"), 1234))
    result = invoke("decode", "--stacks", name)
    head, *frames = result.stdout.splitlines()
    assert (head.split("  ")[0], head.endswith("chan send"), frames) == (
        "1,234",
        True,
        ["  > main.f", "    main.start", ""],
    )


def test_decode_for_people_is_a_table_with_shares(tmp_path: Path) -> None:
    """How many, which part of all, what they wait on and where, on one line each."""
    name = profile(tmp_path / "p", ((*SEND, "main.leak", "main.main"), 30), ((*RECEIVE, "main.work"), 10))
    lines = [line.split() for line in invoke("decode", name).stdout.splitlines()]
    leak, work = (
        fingerprint(Stack(f, 1, o))
        for f, o in ((("main.leak", "main.main"), "chan send"), (("main.work",), "chan receive"))
    )
    assert lines == [
        ["COUNT", "SHARE", "FINGERPRINT", "OPERATION", "SITE"],
        ["30", "75.0", "%", str(leak), "chan", "send", "main.leak"],
        ["10", "25.0", "%", str(work), "chan", "receive", "main.work"],
    ]


def test_merging_keeps_the_longest_wait_and_the_labels_all_share() -> None:
    """What differs between the goroutines of one stack is left out, what tells most is kept."""
    frames = make_frames((*SEND, "main.f"))
    merged = merge(
        [
            RawStack(frames, 1, labels={"a": "1", "b": "1"}, wait_minutes=3),
            RawStack(frames, 2, labels={"a": "1", "b": "2"}, created_by=Frame("main.start"), wait_minutes=None),
            RawStack(frames, 3, labels={"a": "1"}, wait_minutes=7),
        ]
    )
    name = fingerprint(normalise(RawStack(frames, 1)))
    assert merged == (SeenStack(name, 6, {"a": "1"}, "main.start", 7),)


def test_diff_shows_what_grew_most_first(tmp_path: Path) -> None:
    """Stacks are compared by fingerprint; what shrank is shown only when asked for."""
    before = profile(
        tmp_path / "a", ((*SEND, "main.f.func1"), 4), ((*RECEIVE, "main.gone"), 9), ((*RECEIVE, "main.g"), 1)
    )
    after = profile(
        tmp_path / "b", ((*SEND, "main.main.f.func7"), 40), ((*RECEIVE, "main.g"), 3), ((*RECEIVE, "main.new"), 5)
    )
    rows = objects(invoke("diff", "--output", "json", before, after))
    everything = objects(invoke("diff", "--all", "--output", "json", before, after))
    assert [(row["site"], row["before"], row["after"], row["grew"]) for row in rows] == [
        ("main.f.func", 4, 40, 36),
        ("main.new", 0, 5, 5),
        ("main.g", 1, 3, 2),
    ]
    assert [row["grew"] for row in everything] == [36, 5, 2, -9]


def test_diff_for_people_is_a_table(tmp_path: Path) -> None:
    """Headings, then a line a stack, whole names when piped."""
    before, after = profile(tmp_path / "a", ((*SEND, "main.f"), 4)), profile(tmp_path / "b", ((*SEND, "main.f"), 4000))
    lines = invoke("diff", before, after).stdout.splitlines()
    assert [line.split()[:3] for line in lines] == [["GREW", "BEFORE", "AFTER"], ["3,996", "4", "4,000"]]


def test_diff_of_something_unreadable_fails(tmp_path: Path) -> None:
    """Half a comparison is none."""
    good = profile(tmp_path / "a", ((*SEND, "main.f"), 4))
    result = invoke("diff", good, "-", stdin=b"garbage")
    assert (result.exit_code, result.stdout) == (1, "")


def test_check_config_names_the_nearest_key(tmp_path: Path) -> None:
    """Every problem has its place, on a line of its own; the exit code is 2."""
    file = tmp_path / "leakstream.yml"
    file.write_text("scrape_configs:\n  - job_name: a\n    static_config: []\nstorage: {}\n")
    result = invoke("check", "config", str(file))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines() == [
        f'{file}: scrape_configs[0].static_config: unknown key; did you mean "static_configs"?',
        f'{file}: storage: unknown key; did you mean "store"?',
    ]


def test_check_config_names_files_that_are_missing(tmp_path: Path) -> None:
    """Of secrets and certificates, with their place; the exit code is 2."""
    file = tmp_path / "leakstream.yml"
    file.write_text(
        "log: {kafka: {bootstrap_servers: ['127.0.0.1:1'], security_protocol: SSL, tls_config: {ca_file: none.pem}}}\n"
        "tickets: [{webhook: {url_file: none.url}}]\n"
    )
    result = invoke("check", "config", str(file))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines() == [
        f"{file}: tickets[0].webhook.url_file: No such file or directory: 'none.url'",
        f"{file}: log.kafka.tls_config.ca_file: No such file or directory: 'none.pem'",
    ]


def test_check_config_of_a_good_file_says_so(tmp_path: Path) -> None:
    """One object, exit code 0."""
    file = tmp_path / "leakstream.yml"
    file.write_text("scrape_configs: [{job_name: a}]\ntickets: [{file: {}}]\n")
    result = invoke("check", "config", str(file), "--output", "json")
    assert (result.exit_code, objects(result)) == (0, [{"file": str(file), "ok": True, "jobs": 1, "sinks": 1}])


def test_check_targets_shows_labels_before_and_after(tmp_path: Path) -> None:
    """Targets of the settings and of files, as they would be scraped; repeated ones and missing files are problems."""
    listed = tmp_path / "targets.json"
    listed.write_text('[{"targets": ["b:1", "a:1"], "labels": {"version": "v2"}}]')
    file = tmp_path / "leakstream.yml"
    file.write_text(
        "scrape_configs:\n- job_name: shop\n  static_configs: [{targets: ['a:1'], labels: {version: v1}}]\n"
        f"  file_sd_configs: [{{files: ['{listed}', '{tmp_path}/none*.yml']}}]\n"
    )
    result = invoke("check", "targets", str(file), "--output", "json")
    rows = objects(result)
    assert [(row["instance"], row["url"], row["interval_seconds"]) for row in rows] == [
        ("a:1", "http://a:1/debug/pprof/goroutine?debug=0", 60.0),
        ("b:1", "http://b:1/debug/pprof/goroutine?debug=0", 60.0),
    ]
    assert rows[1]["discovered"] == {
        "__address__": "b:1", "__meta_filepath": str(listed), "job": "shop", "version": "v2",
    }  # fmt: skip
    assert rows[1]["labels"] == {"job": "shop", "version": "v2", "service": "shop", "instance": "b:1"}
    assert (result.exit_code, result.stderr.splitlines()) == (
        1,
        ["job shop: two targets are the same instance: shop/a:1", f"job shop: no file matches: {tmp_path}/none*.yml"],
    )
