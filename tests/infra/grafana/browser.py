"""Grafana's own flame graph in Debian's Chromium: whether they are here, and what they make of a frame.

`make grafana` brings the packages that node/package-lock.json names into .grafana.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PACKAGES = ROOT / ".grafana"
SOURCE = Path(__file__).parent / "node"
_ESBUILD = PACKAGES / "node_modules/.bin/esbuild"
_BUNDLE = (
    "--bundle", "--minify", "--log-level=error", '--define:process.env.NODE_ENV="production"',
    "--loader:.svg=dataurl", "--loader:.png=dataurl", "--loader:.woff2=dataurl", "--loader:.ttf=empty",
    "--loader:.css=empty",
)  # fmt: skip
_CHROMIUM = (
    "chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--virtual-time-budget=8000",
    "--allow-file-access-from-files",
)  # fmt: skip
_SAID = re.compile(r'<pre id="said">(?P<said>.+?)</pre>', re.DOTALL)
_NUMBER, _WORD = "number", "string"
Rows = Sequence[Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Drawn:
    """What came of a frame: what checkFields says is wrong with it, colours that were painted, errors of scripts."""

    wrong: str
    colors: int
    errors: tuple[str, ...]


def need_browser() -> None:
    """Skip the test where a program or package is missing, with the reason; in continuous integration fail instead."""
    need_packages("node", "chromium")


def need_packages(*programs: str) -> None:
    """Do the same for the packages of Grafana and some programs; Node is one of them without saying."""
    missing = [name for name in (programs or ("node",)) if shutil.which(name) is None]
    reason = f"{' and '.join(missing)} missing: make packages" if missing else ""
    if not reason and not _ESBUILD.exists():
        reason = "Grafana's packages are not here: make grafana"
    if reason and os.environ.get("CI") == "true":
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)


def bundle(folder: Path) -> None:
    """Make page.js: the component and all that it needs, in one file."""
    alias = f"--alias:@grafana/assistant={SOURCE / 'assistant.js'}"
    command = [str(_ESBUILD), str(SOURCE / "page.jsx"), f"--outfile={folder / 'page.js'}", alias, *_BUNDLE]
    subprocess.run(command, check=True, env={**os.environ, "NODE_PATH": str(PACKAGES / "node_modules")})


def frame_of(rows: Rows) -> list[dict[str, object]]:
    """Give the fields that the data source makes of rows: one for each column, a number or a word by its values."""
    names = list(rows[0]) if rows else []
    return [
        {
            "name": name,
            "type": _WORD if isinstance(rows[0][name], str) else _NUMBER,
            "config": {"unit": "none"},
            "values": [row[name] for row in rows],
        }
        for name in names
    ]


def draw(folder: Path, rows: Rows, picture: Path | None = None, height: int = 420) -> Drawn:
    """Draw rows with the bundle in `folder`; with `picture` keep a PNG of it."""
    page = folder / "page.html"
    asked = json.dumps({"fields": frame_of(rows)}).replace("<", "\\u003c")
    page.write_text((SOURCE / "page.html").read_text().replace("ASKED", asked))
    size = f"--window-size=1400,{height}"
    if picture is not None:
        subprocess.run([*_CHROMIUM, size, f"--screenshot={picture}", str(page)], check=True, capture_output=True)
    ran = subprocess.run([*_CHROMIUM, size, "--dump-dom", str(page)], check=True, capture_output=True, text=True)
    found = _SAID.search(ran.stdout)
    if found is None:
        raise AssertionError(f"the page said nothing: {ran.stderr[-500:]}")
    said = json.loads(unescape(found["said"]))
    return Drawn(said["wrong"], said["colors"], tuple(said["errors"]))
