r"""debug=1 text -> stacks.

Go writes it in `printCountProfile` (runtime/pprof/pprof.go): a total, then groups of equal goroutines, each with its
count, its addresses, its labels in Go's quoting, and its frames. The runtime's own frames at the leaf end are hidden
there, so that what a goroutine waits on is unknown unless the frames that remain tell it (locks, sleep, input).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from processors.broken import Broken, quote
from processors.decoded import Decoded, refuse
from processors.unquote import unquote
from schemas.limits import ProfileLimits
from schemas.model import Problem
from schemas.raw_stack import UNKNOWN, Frame, RawStack

_TOTAL = re.compile(rb"\s*(goroutine|goroutineleak) profile: total ([0-9]{1,9})\s*$")
_GROUP = re.compile(rb"([0-9]{1,9}) @((?: 0x[0-9a-f]+)*)\s*$")
_LABELS = b"# labels: "
_LABEL = re.compile(r'"((?:[^"\\]|\\.)*)":"((?:[^"\\]|\\.)*)"(?:, |\}$)')
_GOEXIT_ADDRESSES = 1
_WRITER = "runtime/pprof."
_NUMBER = re.compile(rb"0x[0-9a-f]{1,16}$")


class _TooManyError(ValueError):
    """A limit of the whole text is passed; the message is a sentence."""


@dataclass(slots=True)
class _Counts:
    """What has been read of a text: whole groups, and the one whose lines are being read."""

    limits: ProfileLimits
    leaked: bool = False
    total: int = -1
    goroutines: int = 0
    unlocated: int = 0
    stacks: list[RawStack] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    more_problems: int = 0
    known: dict[tuple[bytes, bytes], Frame] = field(default_factory=dict)
    count: int = 0
    addresses: int = 0
    labels: dict[str, str] = field(default_factory=dict)
    frames: list[Frame] = field(default_factory=list)

    def read_line(self, number: int, line: bytes) -> None:
        """Read one line; what cannot be read is a problem and costs the group that it stands in."""
        if len(line) > self.limits.line_bytes:
            self.fail(number, Broken(f"a line of {len(line)} bytes, at most {self.limits.line_bytes} are read", line))
        elif not line.strip():
            self.close()
        elif group := _GROUP.match(line):
            self.close()
            self.count, self.addresses = int(group[1]), group[2].count(b" ")
            self.goroutines += self.count
        elif self.count and line.startswith(_LABELS):
            self.labels = {unquote(k): unquote(v) for k, v in _LABEL.findall(line.decode(errors="backslashreplace"))}
        elif self.count and line.startswith(b"#"):
            self.read_frame(number, line)
        elif self.count or line[:1].isdigit():
            self.fail(number, Broken("neither a group of goroutines nor a frame", line))

    def read_frame(self, number: int, line: bytes) -> None:
        """Read a frame, or an address that Go has no name for; `0x0` stands for no stack at all."""
        cells = [cell for cell in line.split(b"\t") if cell]
        if len(cells) == 2 and _NUMBER.match(cells[1]):  # noqa: PLR2004 the mark and the address
            frame = None if cells[1] == b"0x0" else self.name(cells[1], b"")
        elif len(cells) == 4:  # noqa: PLR2004 address, function, place
            function, plus, offset = cells[2].rpartition(b"+")
            frame = self.name(function if plus and _NUMBER.match(offset) else cells[2], cells[3])
        else:
            self.fail(number, Broken("neither an address nor a frame", line))
            return
        if frame and len(self.frames) >= self.limits.frames:
            self.fail(number, Broken(f"a stack of more than {self.limits.frames} frames", line))
        elif frame:
            self.frames.append(frame)

    def name(self, function: bytes, place: bytes) -> Frame:
        """Give the frame of these words, always the same object."""
        frame = self.known.get((function, place))
        if frame is None:
            if len(self.known) >= self.limits.distinct_frames:
                raise _TooManyError(f"too many distinct frames: at most {self.limits.distinct_frames} are read")
            file, _, line = place.rpartition(b":")
            known_line = line.isdigit() and len(line) < 10  # noqa: PLR2004 it fits into 32 bits
            frame = self.known[(function, place)] = Frame(
                function.decode(errors="backslashreplace"),
                (file if known_line else place).decode(errors="backslashreplace"),
                int(line) if known_line else 0,
            )
        return frame

    def fail(self, number: int, broken: Broken) -> None:
        """Tell a problem, and drop the group that is being read."""
        if len(self.problems) < self.limits.problems:
            self.problems.append(Problem(f"line {number}", broken.what, quote(broken.quote)))
        else:
            self.more_problems += 1
        if self.more_problems > self.limits.stacks:
            raise _TooManyError(f"too many lines that cannot be read: more than {self.limits.stacks}")
        self.drop()

    def close(self) -> None:
        """Take the group whose last line has been read."""
        if self.count and not (self.addresses or self.frames):
            self.unlocated += self.count
        elif self.count and self.frames:
            if len(self.stacks) >= self.limits.stacks:
                raise _TooManyError(f"too many stacks: more than {self.limits.stacks}")
            frames, state = tuple(self.frames), self.find_state()
            self.stacks.append(RawStack(frames, self.count, state, labels=self.labels, leaked=self.leaked))
        self.drop()

    def find_state(self) -> str:
        """Say that the operation is unknown where frames at the leaf end are hidden.

        Go lists an address for each frame and one for `goexit`; what writes the profile runs, below hidden frames.
        """
        hidden = self.addresses - len(self.frames) - _GOEXIT_ADDRESSES
        return UNKNOWN if hidden > 0 and not self.frames[0].function.startswith(_WRITER) else ""

    def drop(self) -> None:
        """Forget the group that is being read."""
        self.count, self.addresses, self.labels, self.frames = 0, 0, {}, []


def decode_counts(data: bytes, limits: ProfileLimits) -> Decoded:
    """Read the text; groups stay as Go made them. Never raises.

    A broken group costs itself only. A text that is cut off is told from its total, and loses the group it is cut in.
    """
    counts = _Counts(limits)
    last = 0
    try:
        for last, line in enumerate(_lines(data[: data.rfind(b"\n") + 1]), 1):
            if counts.total < 0 and (total := _TOTAL.match(line)):
                counts.total, counts.leaked = int(total[2]), total[1] == b"goroutineleak"
            else:
                counts.read_line(last, line)
        _judge_end(counts, data, last)
        counts.close()
    except _TooManyError as error:
        return refuse(str(error))
    if counts.more_problems:
        counts.problems.append(Problem(f"line {last}", f"{counts.more_problems} more lines cannot be read"))
    return Decoded(tuple(counts.stacks), tuple(counts.problems), counts.unlocated)


def _judge_end(counts: _Counts, data: bytes, last: int) -> None:
    """Tell a text that is cut off; the last group is whole only where the counts reach the total.

    What follows the last newline is read when the total says that nothing is missing: a text that was pasted.
    """
    end = data[data.rfind(b"\n") + 1 :].strip()
    if (missing := counts.total - counts.goroutines) > 0 and not (end and _GROUP.match(end)):
        what = f"the text is cut off, {missing} of its {counts.total} goroutines are missing"
        counts.fail(last + bool(end), Broken(what, end))
    elif end:
        counts.read_line(last + 1, end)
        counts.problems.append(Problem(f"line {last + 1}", "the text ends within a line", quote(end)))


def _lines(data: bytes) -> Iterator[bytes]:
    """Give the lines without their ends, one at a time."""
    start = 0
    while start < len(data):
        end = data.find(b"\n", start)
        end = len(data) if end < 0 else end
        yield data[start:end].removesuffix(b"\r")
        start = end + 1
