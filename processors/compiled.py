"""Functions that run as machine code.

Exists because numba comes in here alone. Rule: whoever writes such a function checks every index against the length of
its array before using it; nothing else keeps hostile bytes from reading or writing elsewhere.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import cache
from hashlib import blake2b
from inspect import getfile
from pathlib import Path
from pickle import loads
from typing import Any, TypeVar, cast

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import caching
from numba.extending import intrinsic

Function = TypeVar("Function", bound=Callable[..., object])

_NumbaCache: Any = caching.FunctionCache  # neither has types
_NumbaFiles: Any = caching.IndexDataCacheFile
_njit: Any = njit
"""`_nrt=False` leaves out the counting of references: compiled code allocates nothing, and an atomic count for each
array at each call of a helper took three quarters of the time."""

_DIGEST_BYTES = 32


def compiled(function: Function) -> Function:
    """Compile at the first call, and keep the result beside the source, or where numba finds a place for it."""
    return _keep(function, _njit(nogil=True, _nrt=False)(function))


def inlined(function: Function) -> Function:
    """Compile into every function that calls it: what is called for each byte must not cost a call."""
    return _keep(function, _njit(nogil=True, _nrt=False, forceinline=True)(function))


def _keep(function: Function, dispatcher: Any) -> Function:
    """Give a compiled function a cache, where there is a place for one."""
    with suppress(RuntimeError, OSError):  # no place: a read-only file system; it is compiled again at each start
        vars(dispatcher)["_cache"] = _Cache(function)  # where njit(cache=True) puts numba's own
    return cast("Function", dispatcher)


class _Files(_NumbaFiles):  # type: ignore[misc]  # a class without types
    """The files of a cache, each with the digest of what it holds: damaged machine code must not run."""

    def _load_index(self) -> Any:
        """Read the index; a damaged one counts as empty and is written anew."""
        try:
            return super()._load_index()
        except Exception:  # noqa: BLE001 unpickling damage raises whatever it likes
            return {}

    def _save_data(self, name: str, data: Any) -> None:
        """Write an entry behind its digest."""
        payload = self._dump(data)
        with self._open_for_write(self._data_path(name)) as file:
            file.write(_digest(payload) + payload)

    def _load_data(self, name: str) -> Any:
        """Read an entry; None when its digest is another."""
        content = Path(self._data_path(name)).read_bytes()
        whole = _digest(content[_DIGEST_BYTES:]) == content[:_DIGEST_BYTES]
        return loads(content[_DIGEST_BYTES:]) if whole else None  # noqa: S301 our own, and whole


class _Cache(_NumbaCache):  # type: ignore[misc]  # a class without types
    """numba's cache of one function; one that cannot be read or written costs time and is no failure.

    numba takes an entry for fresh when the function's own file is; here all sources of machine code must be, because
    one function is compiled into another.
    """

    def __init__(self, function: Callable[..., object]) -> None:
        """Find a place; raise RuntimeError where there is none."""
        super().__init__(function)
        stamp = _stamp(Path(getfile(function)).parent)
        self._cache_file = _Files(str(self._cache_path), self._impl.filename_base, stamp)

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Give the kept result for a signature; None when there is none that is whole."""
        try:
            return super().load_overload(sig, target_context)
        except Exception:  # noqa: BLE001 made by another version, or no longer readable
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep a result where that is possible: a disk may be full, a folder somebody else's."""
        with suppress(Exception):
            super().save_overload(sig, data)


@cache
def _stamp(folder: Path) -> bytes:
    """Give the digest of the sources of machine code in a folder."""
    sources = sorted((*folder.glob("kernel*.py"), *folder.glob("compiled.py")))
    return _digest(b"".join(path.read_bytes() for path in sources))


def _digest(data: bytes) -> bytes:
    """Give the digest that tells damage."""
    return blake2b(data, digest_size=_DIGEST_BYTES).digest()


@intrinsic
def _multiply_high_of(_typing: Any, _a: Any, _b: Any) -> Any:
    """Give the upper 64 bits of a product of two 64-bit numbers: one instruction, which numba has no word for."""

    def generate(_context: Any, builder: Any, _signature: Any, factors: Any) -> Any:
        wide = ir.IntType(128)
        product = builder.mul(builder.zext(factors[0], wide), builder.zext(factors[1], wide))
        return builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), ir.IntType(64))

    return types.uint64(types.uint64, types.uint64), generate


_multiply_high: Any = _multiply_high_of  # numba calls it without the first parameter


@inlined
def fold(a: np.uint64, b: np.uint64) -> np.uint64:
    """Mix two numbers into one: the exclusive or of both halves of their product (as wyhash does)."""
    high: np.uint64 = _multiply_high(a, b)
    return high ^ (a * b)
