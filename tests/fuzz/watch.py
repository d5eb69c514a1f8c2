"""Sees every touch of a folder by any process: the kernel's inotify, so that no read is too short to be noticed."""

import ctypes
import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_ACCESS, _MODIFY, _ATTRIB, _OPEN = 0x1, 0x2, 0x4, 0x20
_MOVED_FROM, _MOVED_TO, _CREATE, _DELETE, _DELETE_SELF, _MOVE_SELF = 0x40, 0x80, 0x100, 0x200, 0x400, 0x800
_ALL = {
    _ACCESS: "read",
    _MODIFY: "written",
    _ATTRIB: "changed",
    _OPEN: "opened",
    _MOVED_FROM: "moved away",
    _MOVED_TO: "moved in",
    _CREATE: "made",
    _DELETE: "deleted",
    _DELETE_SELF: "deleted itself",
    _MOVE_SELF: "moved itself",
}
_HEAD = struct.Struct("iIII")


@dataclass(frozen=True, slots=True)
class Watch:
    """A folder under watch; looking at its files wakes it, so whoever looks does so after the last `take`."""

    descriptor: int

    @classmethod
    def begin(cls, folder: Path) -> Self:
        """Watch a folder and the files in it; raises OSError."""
        library = ctypes.CDLL(None, use_errno=True)
        descriptor = library.inotify_init1(os.O_NONBLOCK)
        if descriptor < 0 or library.inotify_add_watch(descriptor, bytes(folder), sum(_ALL)) < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        return cls(descriptor)

    def take(self) -> tuple[str, ...]:
        """Give what happened since the last time, in order.

        Example output: canary.csv opened
        """
        try:
            data = os.read(self.descriptor, 2**16)
        except BlockingIOError:
            return ()
        found, at = [], 0
        while at < len(data):
            _, mask, _, size = _HEAD.unpack_from(data, at)
            name = data[at + _HEAD.size : at + _HEAD.size + size].rstrip(b"\0").decode(errors="replace")
            found += [f"{name or 'the folder'} {word}" for bit, word in _ALL.items() if mask & bit]
            at += _HEAD.size + size
        return tuple(found)

    def close(self) -> None:
        """End the watch."""
        os.close(self.descriptor)
