"""Functions that run as machine code.

Exists because numba comes in here alone. Rule: whoever writes such a function checks every index against the length of
its array before using it; nothing else keeps hostile bytes from reading or writing elsewhere.
"""

from collections.abc import Callable
from typing import TypeVar

from numba import njit

Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """Compile at the first call, and keep the result beside the source where that can be written."""
    try:
        return njit(cache=True, nogil=True)(function)  # type: ignore[no-any-return]  # numba has no types
    except RuntimeError:  # no place for a cache: a read-only file system
        return njit(nogil=True)(function)  # type: ignore[no-any-return]
