"""What lists of targets do to us when they are large, broken, hidden or written by somebody unkind."""

import json
import os
from pathlib import Path

import pytest

from collectors.discovery.file_sd import FileSd
from collectors.discovery.static import TargetGroup
from schemas.model import Problem

_KEPT = "not a list of target groups; the last good list is kept"


def listed(path: Path, *addresses: str) -> tuple[TargetGroup, ...]:
    """The groups of a file with one group of these addresses."""
    return (TargetGroup(addresses, {"__meta_filepath": str(path)}),)


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "{",
        "null",
        "{}",
        '["a:1"]',
        '[{"targets": "a:1"}]',
        '[{"targets": [1]}]',
        '[{"targets": [], "label": {}}]',
        '[{"targets": ["a:1"], "labels": {"a-b": "c"}}]',
        "[" * 100_000,
    ],
)
def test_bad_file_keeps_the_last_good_list_and_is_told_once(tmp_path: Path, bad: str) -> None:
    """However often it is looked at, and however often it is written the same way."""
    path = tmp_path / "a.json"
    path.write_text('[{"targets": ["a:1"]}]')
    source = FileSd([str(path)])
    source.refresh()
    path.write_text(bad)
    groups, problems = source.refresh()
    assert (groups, [(problem.where, problem.what) for problem in problems]) == (
        listed(path, "a:1"),
        [(str(path), _KEPT)],
    )
    path.write_text(bad)
    assert source.refresh() == source.refresh(anew=True) == (listed(path, "a:1"), ())


def test_file_that_was_mended_and_breaks_again_is_told_again(tmp_path: Path) -> None:
    """Once per change of state."""
    path = tmp_path / "a.json"
    source = FileSd([str(path)])
    told = []
    for text in ("{", "[]", "{"):
        path.write_text(text)
        told.append(len(source.refresh()[1]))
    assert told == [1, 0, 1]


def test_problem_is_one_short_line(tmp_path: Path) -> None:
    """No line breaks, no addresses of manuals, at most 200 characters of what was wrong."""
    path = tmp_path / "a.json"
    path.write_text(json.dumps([{"targets": ["x y\n" * 50, "http://a/"], "labelling": {}}]))
    problem = FileSd([str(path)]).refresh()[1][0]
    assert problem == Problem(str(path), _KEPT, problem.quote)
    assert (len(problem.quote) <= 200, "\n" in str(problem), "errors.pydantic.dev" in str(problem)) == (
        True,
        False,
        False,
    )


def test_one_bad_file_leaves_the_others_alone(tmp_path: Path) -> None:
    """A glob with a good and a bad file gives the good one's targets."""
    (tmp_path / "a.yml").write_text("- targets: ['a:1']\n")
    (tmp_path / "b.yml").write_text("- targets: [")
    groups, problems = FileSd([str(tmp_path / "*.yml")]).refresh()
    assert (groups, [problem.where for problem in problems]) == (
        listed(tmp_path / "a.yml", "a:1"),
        [str(tmp_path / "b.yml")],
    )


def test_merge_keys_that_explode_are_refused(tmp_path: Path) -> None:
    """Forty levels of doubling would be a million million copies."""
    path = tmp_path / "a.yml"
    levels = ["a0: &a0 {x: y}"] + [f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}" for n in range(1, 41)]
    path.write_text("\n".join(levels))
    problems = FileSd([str(path)]).refresh()[1]
    assert ["merge keys (<<) are not allowed" in problem.quote for problem in problems] == [True]


def test_aliases_that_explode_stop_at_the_limit(tmp_path: Path) -> None:
    """A thousand groups of one list of a thousand targets are more than a file may name."""
    path = tmp_path / "a.yml"
    first = "- &g {targets: [" + ", ".join(f"'a:{port}'" for port in range(1, 1001)) + "]}\n"
    path.write_text(first + "- *g\n" * 999)
    groups, problems = FileSd([str(path)]).refresh()
    assert (groups, [problem.quote for problem in problems]) == ((), ["more than 200000 targets"])


def test_tags_make_no_objects(tmp_path: Path) -> None:
    """Plain YAML only."""
    path = tmp_path / "a.yml"
    path.write_text("!!python/object/apply:os.getcwd []\n")
    groups, problems = FileSd([str(path)]).refresh()
    assert (groups, len(problems)) == ((), 1)


def test_pipe_does_not_keep_us_waiting(tmp_path: Path) -> None:
    """What is no regular file is not opened."""
    path = tmp_path / "a.json"
    os.mkfifo(path)
    (tmp_path / "b.json").mkdir()
    groups, problems = FileSd([str(tmp_path / "*.json")]).refresh()
    assert (groups, [problem.quote for problem in problems]) == ((), ["not a regular file"] * 2)


def test_refresh_anew_reads_what_looks_unchanged(tmp_path: Path) -> None:
    """Same content gives the same objects, so that nothing downstream moves."""
    path = tmp_path / "a.json"
    path.write_text('[{"targets": ["a:1"]}]')
    source = FileSd([str(path)])
    before, after = source.refresh()[0], source.refresh(anew=True)[0]
    assert [a is b for a, b in zip(before, after, strict=True)] == [True]


def test_pattern_that_matches_nothing_gives_nothing(tmp_path: Path) -> None:
    """Also where the folder is missing; files that appear later are found."""
    source = FileSd([str(tmp_path / "later" / "*.json")])
    before = source.refresh()
    (tmp_path / "later").mkdir()
    (tmp_path / "later" / "a.json").write_text('[{"targets": ["a:1"]}]')
    assert (before, source.refresh()) == (((), ()), (listed(tmp_path / "later" / "a.json", "a:1"), ()))
