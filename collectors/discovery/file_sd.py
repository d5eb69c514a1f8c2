"""Files with lists of target groups, as Prometheus' file_sd_configs: JSON or YAML, changes picked up.

Only well-formed changes are applied: a file that cannot be read or is no list of groups keeps its last good groups and
is reported once. A file that is gone loses its targets, one that cannot be looked at does not. Blocks on the disk.
"""

import json
import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from collectors.discovery.static import TargetGroup
from schemas.model import Problem
from schemas.settings import StaticConfig

_LARGEST_FILE_BYTES = 16 * 2**20
_MOST_TARGETS = 200_000
"""In one file; twice the largest fleet we build for. A list that repeats itself by aliases explodes no further."""
_META_FILEPATH = "__meta_filepath"
_QUOTED = 200

_Stamp = tuple[int, int, int, int]


class _ListLoader(yaml.CSafeLoader):
    """Plain YAML without merge keys, whose copies can explode."""

    def flatten_mapping(self, node: Any) -> None:
        """Refuse merge keys; everything else is flat."""
        for key, _ in node.value:
            if key.tag == "tag:yaml.org,2002:merge":
                raise yaml.MarkedYAMLError(problem="merge keys (<<) are not allowed", problem_mark=key.start_mark)


@dataclass(slots=True)
class FileSd:
    """What was last read of each file. Change is seen by inode, size and the times of change."""

    patterns: Sequence[str]
    _stamps: dict[Path, _Stamp] = field(default_factory=dict)
    _groups: dict[Path, tuple[TargetGroup, ...]] = field(default_factory=dict)
    _problems: dict[Path, Problem] = field(default_factory=dict)

    def refresh(self, *, anew: bool = False) -> tuple[tuple[TargetGroup, ...], tuple[Problem, ...]]:
        """Look at the files; give all groups, and the problems that were not there at the last look.

        `anew` reads files that look unchanged as well.
        """
        found = {path: _stamp(path, self._stamps.get(path)) for path in self._find()}
        stamps = {path: stamp for path, stamp in found.items() if stamp is not None}
        for gone in self._stamps.keys() - stamps.keys():
            self._groups.pop(gone, None)
            self._problems.pop(gone, None)
        changed = [path for path, stamp in stamps.items() if anew or self._stamps.get(path) != stamp]
        problems = [problem for path in changed if (problem := self._read(path)) is not None]
        self._stamps = stamps
        return tuple(group for path in sorted(self._groups) for group in self._groups[path]), tuple(problems)

    def _find(self) -> Iterable[Path]:
        """Give the files known before, which a folder may hide for a moment, and those that the patterns name."""
        yield from self._stamps
        for pattern in self.patterns:
            path = Path(pattern)
            yield from sorted(path.parent.glob(path.name)) if path.parent.is_dir() else ()

    def _read(self, path: Path) -> Problem | None:
        """Read one file that changed; keep the last good groups, and say so once, when it is not well-formed."""
        try:
            groups = read_groups(_read_text(path), path)
        except (OSError, ValueError, yaml.YAMLError, RecursionError) as error:
            what = "not a list of target groups; the last good list is kept"
            problem = Problem(str(path), what, _shorten(str(error)))
            known, self._problems[path] = self._problems.get(path), problem
            return problem if problem != known else None
        if groups != self._groups.get(path):  # equal groups stay the same objects: comparing lists stays cheap
            self._groups[path] = groups
        self._problems.pop(path, None)
        return None


def read_groups(text: str, path: Path) -> tuple[TargetGroup, ...]:
    """Read `[{"targets": ["host:port"], "labels": {}}]`; ValueError or YAMLError says what is wrong."""
    data = json.loads(text) if path.suffix == ".json" else yaml.load(text, Loader=_ListLoader)  # noqa: S506 a safe loader
    if not isinstance(data, list):
        raise ValueError(f"expected a list, found {type(data).__name__}")  # noqa: TRY004 all malformed content is one error
    groups, targets = [], 0
    for item in data:
        groups.append(_read_group(item, path))
        targets += len(groups[-1].addresses)
        if targets > _MOST_TARGETS:
            raise ValueError(f"more than {_MOST_TARGETS} targets")
    return tuple(groups)


def _read_group(item: object, path: Path) -> TargetGroup:
    """Read one group by the rules of static_configs."""
    if not isinstance(item, Mapping):
        raise ValueError(f"expected a group, found {type(item).__name__}")  # noqa: TRY004 all malformed content is one error
    group = StaticConfig.model_validate(item)
    return TargetGroup(group.targets, {**group.labels, _META_FILEPATH: str(path)})


def _read_text(path: Path) -> str:
    """Read a file that is one, up to the limit; ValueError when it is larger or no file."""
    if not stat.S_ISREG(path.stat().st_mode):  # a pipe would keep us waiting for ever
        raise ValueError("not a regular file")
    with path.open("rb") as file:
        data = file.read(_LARGEST_FILE_BYTES + 1)
    if len(data) > _LARGEST_FILE_BYTES:
        raise ValueError(f"larger than {_LARGEST_FILE_BYTES} bytes")
    return data.decode()


def _shorten(error: str) -> str:
    """Put an error on one short line, without the address of pydantic's manual."""
    lines = [line.strip() for line in error.splitlines() if "errors.pydantic.dev" not in line]
    return " ".join(lines)[:_QUOTED]


def _stamp(path: Path, known: _Stamp | None) -> _Stamp | None:
    """Give what changes when a file does; None when it is gone, what was known when it cannot be looked at."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        return known
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
