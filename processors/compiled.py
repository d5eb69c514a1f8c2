"""Functions that run as machine code.

Exists because numba comes in here alone. Rule: whoever writes such a function checks every index against the length of
its array before using it; nothing else keeps hostile bytes from reading or writing elsewhere.
"""

from collections.abc import Callable
from typing import TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """Compile at the first call, and keep the result beside the source where that can be written."""
    try:
        return cast("Function", njit(cache=True, nogil=True)(function))
    except RuntimeError:  # no place for a cache: a read-only file system
        return cast("Function", njit(nogil=True)(function))
