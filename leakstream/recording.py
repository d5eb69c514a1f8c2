"""A recorded folder or .tar -> attempts to scrape, in the order in which they were recorded.

With a `manifest.jsonl` its lines say what there is; without one every file is `<service>/<instance>/<unix_ms>.pb.gz`.
A line that cannot be read costs itself only. Nothing outside of the recording is ever read.
"""

import errno
import os
import posixpath
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import IO, Self

from schemas.model import Problem
from schemas.recording import Attempt, RecordingError, name_attempt, read_attempt

MANIFEST = "manifest.jsonl"
MAXIMUM_PROFILE_BYTES = 64 * 1024 * 1024
"""Go cuts a text dump there; a protobuf profile has some kilobytes."""
_LINE_BYTES = 64 * 1024


class _Folder:
    """Files below a folder."""

    def __init__(self, path: Path) -> None:
        self._root = path.resolve()
        self._folders: dict[str, str] = {}

    def find_manifest(self) -> str:
        """Give the manifest that lies highest; empty where there is none."""
        return MANIFEST if (self._root / MANIFEST).is_file() else _find_manifest(self.names())

    def names(self) -> Iterator[str]:
        """Give the files in the order of their names."""
        return (str(path.relative_to(self._root)) for path in sorted(self._root.rglob("*")) if path.is_file())

    def open(self, name: str) -> IO[bytes]:
        """Open a file, which must lie below the folder; raises OSError."""
        return self._find(name).open("rb")

    def read(self, name: str, most: int) -> bytes:
        """Read a file, or one byte more than `most` of it; raises OSError.

        Where its folder lies is found once: to follow each name through all links takes longer than to read.
        """
        folder, _, base = name.rpartition("/")
        place = self._folders.get(folder)
        if place is None:
            place = self._folders[folder] = str(self._find(folder))
        if base in {"", ".", ".."}:
            raise FileNotFoundError("is no file")
        try:
            file = os.open(f"{place}/{base}", os.O_RDONLY | os.O_NOFOLLOW)
        except OSError as error:
            if error.errno != errno.ELOOP:
                raise
            file = os.open(self._find(name), os.O_RDONLY)
        with os.fdopen(file, "rb", buffering=0) as opened:
            return opened.read(min(os.fstat(file).st_size, most + 1))

    def _find(self, name: str) -> Path:
        """Follow a name through all links; raises OSError for what lies outside of the folder."""
        path = (self._root / name).resolve()
        if not path.is_relative_to(self._root):
            raise FileNotFoundError("lies outside of the recording")
        return path

    def close(self) -> None:
        """There is nothing to close."""


class _Tar:
    """Members of a tar."""

    def __init__(self, path: Path) -> None:
        self._tar = tarfile.open(path)  # noqa: SIM115 closed by close()
        self._members = {str(PurePosixPath(m.name)): m for m in self._tar.getmembers() if m.isreg()}

    def find_manifest(self) -> str:
        """Give the manifest that lies highest; empty where there is none."""
        return _find_manifest(self.names())

    def names(self) -> Iterator[str]:
        """Give the members in the order of their names."""
        return iter(sorted(self._members))

    def open(self, name: str) -> IO[bytes]:
        """Open a member; raises OSError."""
        member = self._members.get(str(PurePosixPath(name)))
        opened = self._tar.extractfile(member) if member else None
        if opened is None:
            raise FileNotFoundError("No such file in the recording")
        return opened

    def read(self, name: str, most: int) -> bytes:
        """Read a member, or one byte more than `most` of it; raises OSError."""
        with self.open(name) as file:
            return file.read(most + 1)

    def close(self) -> None:
        """Close the tar."""
        self._tar.close()


def _find_manifest(names: Iterable[str]) -> str:
    """Give the shortest name of a manifest; empty where there is none."""
    return min((name for name in names if posixpath.basename(name) == MANIFEST), key=len, default="")


@dataclass(slots=True)
class Recording:
    """An open recording. `problems` are those met so far; a person reads them in the end."""

    path: Path
    problems: list[Problem] = field(default_factory=list)
    _files: _Folder | _Tar = field(init=False)
    _manifest: str = field(init=False, default="")

    def __post_init__(self) -> None:
        """Open it; raises RecordingError."""
        try:
            self._files = _Folder(self.path) if self.path.is_dir() else _Tar(self.path)
        except (OSError, EOFError, tarfile.TarError) as error:
            raise RecordingError(f"neither a folder nor a .tar: {error}") from None
        self._manifest = self._files.find_manifest()

    def attempts(self) -> Iterator[Attempt]:
        """Give the attempts; may be called again. Lines that cannot be read become problems at the first time only."""
        told, self.problems = self.problems, []
        yield from self._read_manifest() if self._manifest else self._read_names()
        self.problems = told or self.problems

    def read(self, attempt: Attempt) -> bytes:
        """Give the bytes of a profile; raises RecordingError."""
        name = posixpath.join(posixpath.dirname(self._manifest), attempt.profile)
        try:
            data = self._files.read(name, MAXIMUM_PROFILE_BYTES)
        except (OSError, EOFError, ValueError, tarfile.TarError) as error:
            said = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
            raise RecordingError(f"{attempt.profile}: {said}") from None
        if len(data) > MAXIMUM_PROFILE_BYTES:
            raise RecordingError(f"{attempt.profile}: larger than {MAXIMUM_PROFILE_BYTES} bytes")
        return data

    def _read_manifest(self) -> Iterator[Attempt]:
        """Read line by line; a line without end is not kept in memory."""
        with self._files.open(self._manifest) as file:
            number = 0
            while line := file.readline(_LINE_BYTES):
                number += 1
                if not line.strip():
                    continue
                try:
                    yield read_attempt(line)
                except RecordingError as error:
                    self.problems.append(Problem(f"{self._manifest}: line {number}", str(error)))

    def _read_names(self) -> Iterator[Attempt]:
        """Read the names of files, and give them in the order of time."""
        found: list[Attempt] = []
        for name in self._files.names():
            try:
                found.append(name_attempt(name))
            except RecordingError as error:
                self.problems.append(Problem(name, str(error)))
        yield from sorted(found, key=lambda attempt: (attempt.time, attempt.service, attempt.instance))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self._files.close()
