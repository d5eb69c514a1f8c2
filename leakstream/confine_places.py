"""Which files a process with the embedded engine needs, by its settings: what the wall of confine.py leaves open."""

import os
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import collectors
import leakstream
import processors
import schemas
from leakstream.confine import Places
from schemas.settings import Settings

_SYSTEM = (
    *("/usr", "/lib", "/lib32", "/lib64", "/proc", "/sys", "/run/systemd/resolve", "/run/NetworkManager"),
    *("/run/resolvconf", "/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/etc/ld.so.cache", "/etc/resolv.conf"),
    *("/etc/hosts", "/etc/host.conf", "/etc/nsswitch.conf", "/etc/gai.conf", "/etc/services", "/etc/protocols"),
    *("/etc/localtime", "/etc/timezone", "/etc/mime.types"),
)
"""Libraries, names of hosts, authorities, time zones, and what the engine asks about memory and processors."""
_DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")
_ROOMS = (leakstream, collectors, processors, schemas)
_TOP = 2
"""Parts of a path directly under the root, such as /etc: too much to open for one file in it."""


def find_places(settings: Settings) -> Places:
    """Give what stays reachable; folders that are written to are made. Raises OSError when one cannot be."""
    written = [*_written(settings), _own_temporary(settings)]
    for folder in written:
        folder.mkdir(parents=True, exist_ok=True)
    read = (*map(Path, _SYSTEM), *_python(), *_named(settings))
    return Places(read, (*written, *map(Path, _DEVICES)))


def use_own_temporary(settings: Settings) -> None:
    """Put temporary files beside the store: the system's folder for them is everybody's."""
    folder = str(_own_temporary(settings))
    tempfile.tempdir = folder
    os.environ["TMPDIR"] = folder


def clear_temporary(settings: Settings) -> None:
    """Delete what a process that was killed left of its temporary files; for who holds the store."""
    for file in _own_temporary(settings).glob("*"):
        with suppress(OSError):
            file.unlink()


def _own_temporary(settings: Settings) -> Path:
    """Give the folder of temporary files."""
    embedded = settings.store.embedded
    if embedded is None:
        raise AssertionError("the engine is embedded")
    path = Path(embedded.path).absolute()
    return path.with_name(f"{path.name}.tmp")


def _written(settings: Settings) -> Iterator[Path]:
    """Give the folders that log, store, spool and tickets are in."""
    if settings.store.embedded is not None:
        yield Path(settings.store.embedded.path).absolute()
    if settings.log.sqlite is not None:
        yield Path(settings.log.sqlite.path).absolute().parent
    if settings.log.kafka is not None:
        yield Path(settings.log.kafka.spool.path).absolute()
    for sink in settings.tickets:
        if sink.file is not None:
            yield Path(sink.file.path).absolute()


def _python() -> Iterator[Path]:
    """Give the folders of Python, of its packages and of our rooms."""
    for name in ("stdlib", "platstdlib", "purelib", "platlib"):
        yield Path(sysconfig.get_paths()[name])
    for prefix in {sys.prefix, sys.base_prefix}:
        yield Path(prefix, "lib")
    for room in _ROOMS:
        yield Path(str(room.__file__)).parent


def _named(settings: Settings) -> Iterator[Path]:
    """Give the files that settings name, or their folders: secrets and lists of targets are replaced as a whole."""
    for text in _names_in(settings):
        path = Path(text).absolute()
        folder = path.parent
        while any(sign in str(folder) for sign in "*?["):
            folder = folder.parent
        alone = len(folder.parts) <= _TOP or folder in {Path.cwd(), Path.home()}
        yield path if alone and path.exists() else folder


def _names_in(value: Any) -> Iterator[str]:
    """Give the paths in settings: what stands under a key that ends in `_file`, and under `files`."""
    if isinstance(value, tuple):
        for item in value:
            yield from _names_in(item)
    for name in getattr(type(value), "model_fields", ()):
        inner = getattr(value, name)
        if name.endswith("_file") and isinstance(inner, str):
            yield inner
        elif name == "files":
            yield from inner
        else:
            yield from _names_in(inner)
