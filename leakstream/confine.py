"""Takes from this process, for good, the files it has no use for: Landlock of the Linux kernel, by its system calls.

The outer wall around the embedded engine: whatever a statement talks the engine into, the kernel lets it reach the
folders of the settings and what Python needs, and run no program. Rules hold for the thread that asks and for all it
starts, so this comes before the engine and its threads. Files are told apart by what they are, not by their names: one
that is replaced later under an allowed name is allowed where its folder is. Not covered: the network, and whether a
file exists (stat).
"""

import ctypes
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
"""The same numbers on x86_64, aarch64 and every other machine since Linux 5.13 (asm-generic/unistd.h)."""
_VERSION_FLAG = 1
_PATH_BENEATH = 1
_SET_NO_NEW_PRIVILEGES = 38

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_REFER, _TRUNCATE, _IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
_SINCE = {_REFER: 2, _TRUNCATE: 3, _IOCTL_DEV: 5}
_EVERYTHING = (1 << 16) - 1
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
_READING = _READ_FILE | _READ_DIR
_WRITING = _EVERYTHING & ~(_EXECUTE | _IOCTL_DEV)
_SCOPES, _SCOPES_SINCE, _NET_SINCE = 0b11, 6, 4
"""Abstract sockets and signals of other processes."""


@dataclass(frozen=True, slots=True)
class Places:
    """What stays reachable: files and folders with all below them. What does not exist is passed over."""

    read: tuple[Path, ...]
    write: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Confinement:
    """Whether the wall stands, and how or why not, for people. `abi` is the kernel's version of it, 0 for none."""

    holds: bool
    abi: int
    reason: str


class _Ruleset(ctypes.Structure):
    _fields_ = (("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


def find_abi() -> int:
    """Give the version of Landlock in this kernel; 0 where there is none, or it is switched off."""
    try:
        return max(0, _call(_CREATE_RULESET, None, 0, _VERSION_FLAG))
    except OSError:
        return 0


def confine(places: Places) -> Confinement:
    """Take everything else from this process; without Landlock nothing happens, and the reason says so."""
    abi = find_abi()
    if abi == 0:
        return Confinement(holds=False, abi=0, reason="this kernel has no Landlock, or it is switched off")
    try:
        _restrict(places, abi)
    except OSError as error:
        return Confinement(holds=False, abi=abi, reason=f"Landlock refused: {error}")
    return Confinement(holds=True, abi=abi, reason=f"Landlock version {abi}")


def handled(abi: int) -> int:
    """Give the rights over files that a version knows; the kernel refuses to hear of others."""
    return _EVERYTHING & ~sum(right for right, since in _SINCE.items() if abi < since)


def _restrict(places: Places, abi: int) -> None:
    """Make the rules and take them on; raises OSError."""
    known = handled(abi)
    scopes = _SCOPES if abi >= _SCOPES_SINCE else 0
    attributes = _Ruleset(known, 0, scopes)
    size = 24 if scopes else 16 if abi >= _NET_SINCE else 8
    ruleset = _call(_CREATE_RULESET, ctypes.byref(attributes), size, 0)
    try:
        for paths, rights in ((places.read, _READING), (places.write, _WRITING)):
            _allow(ruleset, paths, rights & known)
        _no_new_privileges()
        _call(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _allow(ruleset: int, paths: Iterable[Path], rights: int) -> None:
    """Allow some rights over what exists of some paths."""
    for path in paths:
        try:
            folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            allowed = rights if path.is_dir() else rights & _OF_FILES
            rule = _Beneath(allowed, folder)
            _call(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0)
        finally:
            os.close(folder)


def _no_new_privileges() -> None:
    """Promise that no program this process runs gains rights, which the kernel asks for."""
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _call(number: int, *arguments: object) -> int:
    """Make a system call; raises OSError."""
    library = ctypes.CDLL(None, use_errno=True)
    result = int(library.syscall(ctypes.c_long(number), *arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result
