"""What lists of targets in files promise."""

import json
from pathlib import Path

from collectors.discovery.file_sd import FileSd
from collectors.discovery.static import TargetGroup
from collectors.targets import Job, make_targets

GROUP = [{"targets": ["10.0.0.7:6060"], "labels": {"version": "v41"}}]


def addresses(source: FileSd) -> list[str]:
    """Give the addresses that a look finds."""
    return [address for group in source.refresh()[0] for address in group.addresses]


def test_json_and_yaml_are_read(tmp_path: Path) -> None:
    """Both forms, by a glob, each with the path it came from."""
    (tmp_path / "a.json").write_text(json.dumps(GROUP))
    (tmp_path / "b.yml").write_text("- targets: ['b:1']\n")
    groups, problems = FileSd([str(tmp_path / "*.json"), str(tmp_path / "*.yml")]).refresh()
    assert (groups, problems) == (
        (
            TargetGroup(("10.0.0.7:6060",), {"version": "v41", "__meta_filepath": str(tmp_path / "a.json")}),
            TargetGroup(("b:1",), {"__meta_filepath": str(tmp_path / "b.yml")}),
        ),
        (),
    )


def test_change_is_picked_up_by_rename_too(tmp_path: Path) -> None:
    """An atomic rename is a change."""
    path, new = tmp_path / "a.json", tmp_path / "new"
    path.write_text(json.dumps(GROUP))
    source = FileSd([str(path)])
    before = addresses(source)
    new.write_text(json.dumps([{"targets": ["x:1"]}]))
    new.rename(path)
    assert (before, addresses(source)) == (["10.0.0.7:6060"], ["x:1"])


def test_file_that_is_not_well_formed_keeps_the_last_good_list(tmp_path: Path) -> None:
    """Half a file changes nothing and is told once."""
    path = tmp_path / "a.json"
    path.write_text(json.dumps(GROUP))
    source = FileSd([str(path)])
    source.refresh()
    path.write_text('[{"targets": ["half')
    groups, problems = source.refresh()
    assert ([g.addresses for g in groups], [p.what for p in problems]) == (
        [("10.0.0.7:6060",)],
        ["not a list of target groups; the last good list is kept"],
    )
    assert source.refresh()[1] == ()


def test_target_that_is_none_is_refused_with_its_file(tmp_path: Path) -> None:
    """URLs, users and line breaks are no targets."""
    path = tmp_path / "a.json"
    source = FileSd([str(path)])
    for bad in ("http://a:1/", "user@a:1", "a:1\nb", "a", "a:99999"):
        path.write_text(json.dumps([{"targets": [bad]}]))
        groups, problems = source.refresh()
        assert (groups, len(problems)) == ((), 1)


def test_file_that_is_gone_loses_its_targets(tmp_path: Path) -> None:
    """Deleting a file is a change as any other."""
    path = tmp_path / "a.json"
    path.write_text(json.dumps(GROUP))
    source = FileSd([str(path)])
    source.refresh()
    path.unlink()
    assert addresses(source) == []


def test_labels_name_service_and_instance() -> None:
    """Else the job and the address do; hidden labels go; repeats are told."""
    job = Job("jobname", 1.0, 1.0)
    groups = [TargetGroup(("a:1",)), TargetGroup(("b:1",), {"service": "s", "instance": "i", "__x": "y"})]
    targets, problems = make_targets(job, [*groups, groups[0]])
    assert [(t.service, t.instance, t.url, sorted(t.labels)) for t in targets] == [
        ("jobname", "a:1", "http://a:1/debug/pprof/goroutine?debug=0", ["instance", "job", "service"]),
        ("s", "i", "http://b:1/debug/pprof/goroutine?debug=0", ["instance", "job", "service"]),
    ]
    assert [str(problem) for problem in problems] == ["job jobname: two targets are the same instance: jobname/a:1"]
