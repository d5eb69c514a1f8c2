"""Runs the specifications in tests/spec: headings are test names, blocks are input and expectation."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from schemas.notation import parse_series
from tests.processors.fleet import Fleet

SPECS = Path(__file__).parent / "spec"
_SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
_BLOCK = re.compile(r"^```(series|expect)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Spec:
    """One section: its heading and the lines of its two blocks."""

    name: str
    series: dict[str, str]
    expect: dict[str, str]


def read_specs(path: Path) -> list[Spec]:
    """Read the sections of a file."""
    parts = _SECTION.split(path.read_text())
    return [_read_section(name, text) for name, text in zip(parts[1::2], parts[2::2], strict=True)]


def _read_section(name: str, text: str) -> Spec:
    """Read one section; both blocks must be there."""
    blocks = dict(_BLOCK.findall(text))
    lines = {kind: [line.split(":", 1) for line in body.splitlines() if line] for kind, body in blocks.items()}
    return Spec(name, *({key.strip(): value.strip() for key, value in lines[kind]} for kind in ("series", "expect")))


ALL = [spec for path in sorted(SPECS.glob("*.md")) for spec in read_specs(path)]


@pytest.mark.parametrize("interval_seconds", [1.0, 60.0])
@pytest.mark.parametrize("spec", ALL, ids=[spec.name for spec in ALL])
def test_specification_holds(spec: Spec, interval_seconds: float) -> None:
    """Stacks go through exactly the states that the section names, at any interval."""
    fleet = Fleet(interval_seconds)
    fleet.play({name: parse_series(text) for name, text in spec.series.items()})
    states: dict[str, list[str]] = {}
    for _, site, state in fleet.story():
        states.setdefault(site, []).append(state)
    assert states == {name: words.split() for name, words in spec.expect.items()}
