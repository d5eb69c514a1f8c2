"""Scenario -> a recording that `leakstream replay` reads: real profiles, and a manifest, an attempt a line."""

import json
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import numpy as np

from benchmarks.detection.corpus import draw_plan
from benchmarks.detection.encode import Build, Labels, Samples
from benchmarks.detection.nouns import Scenario, SimScrape
from benchmarks.detection.play import play
from benchmarks.detection.world import Plan

_LABEL = "request_id"


def write_recording(scenario: Scenario, folder: Path, most: int | None = None) -> int:
    """Write a scenario, or its first attempts, into a folder; give their number."""
    plan = draw_plan(scenario.klass, scenario.seed)[0]
    builds: dict[str, Build] = {}
    rng = np.random.default_rng([scenario.seed, 6])
    (folder / "profiles").mkdir(parents=True, exist_ok=True)
    number = 0
    with (folder / "manifest.jsonl").open("w") as manifest:
        for number, scrape in enumerate(islice(play(scenario), most), 1):
            row: dict[str, object] = {
                "time": _iso(scrape.time),
                "service": scrape.service,
                "instance": scrape.instance,
                "labels": {"version": scrape.version},
                "process_start": _iso(scrape.process_start),
                "kind": scrape.kind,
            }
            if scrape.counts is None:
                row["error"] = scrape.error
            else:
                name = f"{plan.service}@{scrape.version}"
                build = builds.setdefault(name, Build(name, scenario.stacks))
                row["profile"] = f"profiles/{number:06}.pb.gz"
                bytes_ = build.encode(_samples(plan, scrape, rng), int(scrape.time.timestamp() * 1e9))
                (folder / f"profiles/{number:06}.pb.gz").write_bytes(bytes_)
            manifest.write(json.dumps(row) + "\n")
    return number


def _samples(plan: Plan, scrape: SimScrape, rng: np.random.Generator) -> Samples:
    """Give the samples of a scrape; where a release labels its requests, a stack is split by the label's values."""
    labelled = plan.label_values and scrape.version != "v41"
    samples: list[tuple[int, int, Labels]] = []
    for stack, goroutines in (scrape.counts or {}).items():
        if labelled and plan.stacks[stack].frames[-1] == "net/http.(*conn).serve":
            values, counts = np.unique(rng.integers(plan.label_values, size=goroutines), return_counts=True)
            pairs = zip(values.tolist(), counts.tolist(), strict=True)
            samples += [(stack, count, {_LABEL: f"req-{value:04}"}) for value, count in pairs]
        else:
            samples.append((stack, goroutines, {}))
    return samples


def _iso(time: datetime) -> str:
    """Write a time as manifests have it."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
