"""The dashboards against Grafana's own types, which `@grafana/schema` has for TypeScript.

No key it does not know, no word where it wants a number. What panels keep in `options` and `custom` is held against the
types of their kind.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.infra.grafana.browser import PACKAGES, SOURCE, need_packages
from tests.infra.grafana.reading import Json, dashboards

pytestmark = pytest.mark.integration

_STRICT = (
    "--noEmit",
    "--strict",
    "--skipLibCheck",
    "--module",
    "esnext",
    "--moduleResolution",
    "bundler",
    "--pretty",
    "false",
)


def declarations(dashboard: Json) -> Iterator[tuple[str, object]]:
    """Give what is held against which type: the dashboard, and of each panel its options, its fields, its overrides."""
    yield "Board", dashboard
    for panel in dashboard["panels"]:
        if panel["type"] == "row":
            continue
        kind, fields = panel["type"], panel["fieldConfig"]
        yield f"Options['{kind}']", panel["options"]
        if "custom" in fields["defaults"]:
            yield f"Custom['{kind}']", fields["defaults"]["custom"]
        for one in [one for override in fields["overrides"] for one in override["properties"]]:
            yield f"Properties['{one['id']}']", one["value"]


def complaints(folder: Path, found: list[tuple[str, object]]) -> list[str]:
    """Give what the compiler says, one sentence for each place."""
    (folder / "node_modules").symlink_to(PACKAGES / "node_modules")
    shutil.copy(SOURCE / "types.ts", folder)
    lines = ["import type { Board, Custom, Options, Properties } from './types';"]
    lines += [f"export const v{at}: {kind} = {json.dumps(value)};" for at, (kind, value) in enumerate(found)]
    (folder / "checked.ts").write_text("\n".join(lines))
    command = [str(PACKAGES / "node_modules/.bin/tsc"), *_STRICT, "checked.ts"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout.splitlines()


def test_dashboards_are_what_grafana_knows(tmp_path: Path) -> None:
    """All of them, every panel and override."""
    need_packages()
    assert complaints(tmp_path, [one for dashboard in dashboards() for one in declarations(dashboard)]) == []


def test_mistakes_are_found(tmp_path: Path) -> None:
    """Each kind of slip is a complaint in its line, so that no complaint means something."""
    need_packages()
    slips: list[tuple[str, object]] = [
        ("Board", {"schemaVersion": "39", "annotations": {"list": []}}),
        ("Board", {"schemaVersion": 39, "annotations": {"list": []}, "rows_of_panels": []}),
        ("Options['table']", {"showHeader": True, "cellHeigth": "sm"}),
        ("Custom['timeseries']", {"stacking": {"mode": "stacked"}}),
        ("Properties['thresholds']", {"mode": "absolute", "steps": [{"value": "1", "color": "red"}]}),
        ("Properties['custom.minwidth']", 260),
    ]
    lines = {int(re.findall(r"^checked\.ts\((\d+)", said)[0]) for said in complaints(tmp_path, slips)}
    assert lines == set(range(2, 2 + len(slips)))
