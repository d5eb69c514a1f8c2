r"""debug=2 text -> stacks.

Exists because this is the only format that says how long a goroutine waits and who made it. The grammar is that of
runtime/traceback.go, Go 1.18 to 1.27; a test holds it to dumps of real programs.
"""

from collections.abc import Callable

from processors.decoded import Decoded, refuse
from processors.fold_dump import DumpFold
from processors.judge_end import find_tail, judge_end
from processors.read_frames import TooManyFramesError
from processors.split_dump import Blocks, TooManyStacksError, split_dump
from schemas.limits import ProfileLimits

_WORTH_COMPILING_BYTES = 256 * 1024
"""Below, plain Python is done sooner than compiled code is loaded."""

Splitter = Callable[[bytes, int, int], Blocks]


def decode_dump(data: bytes, limits: ProfileLimits, split: Splitter | None = None) -> Decoded:
    """Read a dump; equal goroutines become one stack, in the order of their first ones. Never raises.

    A broken goroutine costs itself only and is told in a problem with its line; past `problems` they are counted in a
    last one. A dump that is cut off gives the goroutines before the cut and one problem more. `split` finds the
    goroutines; compiled code and plain Python give the same.
    """
    tail = find_tail(data)
    dump = DumpFold(data, limits)
    try:
        blocks = (split or choose_splitter(len(data)))(data, tail, limits.stacks)
        problems = dump.read(blocks)
        cut = judge_end(dump, tail)
    except (TooManyStacksError, TooManyFramesError) as error:
        return refuse(str(error))
    return Decoded(dump.stacks(), (*problems, cut) if cut else problems)


def choose_splitter(size_bytes: int) -> Splitter:
    """Take compiled code for what is large; numba is imported only then."""
    if size_bytes < _WORTH_COMPILING_BYTES:
        return split_dump
    from processors.scan_dump import scan_dump  # noqa: PLC0415 plain text and other formats must not pay for it

    return scan_dump
