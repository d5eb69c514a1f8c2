"""Files with lists of target groups, as Prometheus' file_sd_configs: JSON or YAML, changes picked up.

Only well-formed changes are applied: a file that cannot be read or is no list of groups keeps its last good groups and
is reported once per change. A file that is gone loses its targets.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from collectors.discovery.static import TargetGroup
from schemas.model import Problem
from schemas.settings import StaticConfig

_LARGEST_FILE_BYTES = 16 * 2**20
_META_FILEPATH = "__meta_filepath"

_Stamp = tuple[int, int, int]


@dataclass(slots=True)
class FileSd:
    """What was last read of each file. Change is seen by inode, size and time of modification."""

    patterns: Sequence[str]
    _stamps: dict[Path, _Stamp] = field(default_factory=dict)
    _groups: dict[Path, tuple[TargetGroup, ...]] = field(default_factory=dict)

    def refresh(self) -> tuple[tuple[TargetGroup, ...], tuple[Problem, ...]]:
        """Look at the files; give all groups, and the problems of files that changed since the last look."""
        problems: list[Problem] = []
        found = {path: stamp for path in self._find() if (stamp := _stamp(path)) is not None}
        for gone in [path for path in self._groups if path not in found]:
            del self._groups[gone]
        for path, stamp in found.items():
            if self._stamps.get(path) != stamp:
                problems += self._read(path)
        self._stamps = found
        return tuple(group for path in sorted(self._groups) for group in self._groups[path]), tuple(problems)

    def _find(self) -> Iterable[Path]:
        """Give the files that the patterns name."""
        for pattern in self.patterns:
            path = Path(pattern)
            yield from sorted(path.parent.glob(path.name)) if path.parent.is_dir() else ()

    def _read(self, path: Path) -> list[Problem]:
        """Read one file that changed; keep the last good groups when it is not well-formed."""
        try:
            if path.stat().st_size > _LARGEST_FILE_BYTES:
                return [Problem(str(path), f"larger than {_LARGEST_FILE_BYTES} bytes; the last good list is kept")]
            self._groups[path] = read_groups(path.read_text(), path)
        except (OSError, ValueError, yaml.YAMLError, RecursionError) as error:
            return [Problem(str(path), "not a list of target groups; the last good list is kept", str(error)[:200])]
        return []


def read_groups(text: str, path: Path) -> tuple[TargetGroup, ...]:
    """Read `[{"targets": ["host:port"], "labels": {}}]`; ValueError says what is wrong."""
    data = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
    if not isinstance(data, list):
        raise ValueError(f"expected a list, found {type(data).__name__}")  # noqa: TRY004 all malformed content is one error
    return tuple(_read_group(item, path) for item in data)


def _read_group(item: object, path: Path) -> TargetGroup:
    """Read one group by the rules of static_configs."""
    if not isinstance(item, Mapping):
        raise ValueError(f"expected a group, found {type(item).__name__}")  # noqa: TRY004 all malformed content is one error
    group = StaticConfig.model_validate(item)
    return TargetGroup(group.targets, {**group.labels, _META_FILEPATH: str(path)})


def _stamp(path: Path) -> _Stamp | None:
    """Give what changes when a file does; None when it is not there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
