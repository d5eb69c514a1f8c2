"""Which targets there are, over all jobs and files."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from collectors.discovery.static import TargetGroup
from collectors.find import Finder
from collectors.taken import Limits
from collectors.targets import Job, job_from_settings, make_targets
from schemas.model import Problem
from schemas.settings import Settings
from tests.collectors.doubles import NOON

_SHOP = TargetGroup(("a:1",), {"service": "shop"})


def test_target_of_two_jobs_is_scraped_once() -> None:
    """The first job counts; the other is told, once."""
    jobs = [Job("one", 60.0, 10.0, groups=(_SHOP,), body_limit_bytes=5), Job("two", 30.0, 10.0, groups=(_SHOP,))]
    finder = Finder(jobs)
    found, problems = finder.find(NOON)
    target = make_targets(jobs[0], [_SHOP])[0][0]
    assert found == {("shop", "a:1"): (target, Limits(5, 64 * 2**20))}
    assert problems == (Problem("job two", "another job scrapes this instance already", "shop/a:1"),)
    assert finder.find(NOON) == (found, ())


def test_list_that_stays_is_the_same_object(tmp_path: Path) -> None:
    """Until a file says something else; reading it anew alone changes nothing."""
    path = tmp_path / "a.json"
    path.write_text(json.dumps([{"targets": ["a:1"]}]))
    finder = Finder([Job("one", 60.0, 10.0, files=(str(path),), refresh_interval_seconds=5.0)])
    first = finder.find(NOON)[0]
    again = finder.find(NOON + timedelta(seconds=6))[0]
    path.write_text(json.dumps([{"targets": ["a:1", "b:2"]}]))
    changed = finder.find(NOON + timedelta(seconds=7))[0]
    assert (again is first, list(changed)) == (True, [("one", "a:1"), ("one", "b:2")])


def test_labels_that_are_no_text_are_refused() -> None:
    """A lone surrogate could not be written to the log; the target costs itself only."""
    groups = [TargetGroup(("a:1",), {"x": "\ud800"}), TargetGroup(("b:2",))]
    targets, problems = make_targets(Job("one", 60.0, 10.0), groups)
    assert [target.instance for target in targets] == ["b:2"]
    assert problems == (Problem("job one", "a label is not valid Unicode", "'a:1'"),)


def test_job_takes_global_defaults() -> None:
    """Its own values count, else the global ones; the timeout never exceeds the interval."""
    settings = Settings.model_validate(
        {
            "global": {"scrape_interval": "5s"},
            "scrape_configs": [
                {"job_name": "plain", "static_configs": [{"targets": ["a:1"], "labels": {"version": "v1"}}]},
                {
                    "job_name": "own",
                    "scrape_interval": "30s",
                    "scrape_timeout": "3s",
                    "scheme": "https",
                    "metrics_path": "/x",
                    "params": {"debug": ["0"], "a": ["1", "2"]},
                    "file_sd_configs": [
                        {"files": ["a.json", "b.yml"]},
                        {"files": ["c.yaml"], "refresh_interval": "7s"},
                    ],
                    "body_size_limit": "1MiB",
                    "inflated_size_limit": "2MiB",
                },
            ],
        }
    )
    plain, own = (job_from_settings(config, settings.global_) for config in settings.scrape_configs)
    assert plain == Job("plain", 5.0, 5.0, groups=(TargetGroup(("a:1",), {"version": "v1"}),))
    expected = Job("own", 30.0, 3.0, "https", "/x", {"debug": ("0",), "a": ("1", "2")})
    assert own == replace(
        expected,
        files=("a.json", "b.yml", "c.yaml"),
        refresh_interval_seconds=7.0,
        body_limit_bytes=2**20,
        inflated_limit_bytes=2 * 2**20,
    )
    assert make_targets(own, [TargetGroup(("[::1]:6060",))])[0][0].url == "https://[::1]:6060/x?debug=0&a=1&a=2"
