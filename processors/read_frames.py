r"""What stands below a header of a debug=2 dump -> frames and creator.

It sees trimmed lines only. Frames are shared over all goroutines of a dump, and their number is bounded, because text
is a compact way of writing many of them.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from processors.broken import Broken
from processors.trim_dump import CGO_PC, CREATED_BY, HEX, trim_line, trimmed_lines
from schemas.limits import ProfileLimits
from schemas.raw_stack import Frame

_ORIGIN = b"[originating from goroutine "
_UNAVAILABLE = b"goroutine running on other thread; stack unavailable"
_ADDITIONAL = b"...additional frames elided..."
_ELIDED = b" frames elided..."
_MARKS = frozenset((b"[", b"e", b"\t", b" ", b"."))
"""First bytes of the lines that are neither a function nor its place."""
_ADDRESS = b"pc="
_GO_RUN_ENDS = b"exit status "
_UNUSUAL = (_ORIGIN, _GO_RUN_ENDS, b"\t", b" ", b".", b"non-Go function at ")
_MAXIMUM_DIGITS = 9
_USUAL_BYTES = 65_536
_USUAL_LINES = 512
"""Go writes 100 frames and a creator at most, two lines each."""


class TooManyFramesError(ValueError):
    """The text names more functions and lines than are read; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Body:
    """The frames, leaf first, the creator, and how many frames are left out (-1: unknown)."""

    frames: tuple[Frame, ...]
    created_by: Frame | None
    elided: int


@dataclass(slots=True)
class FrameReader:
    """Reads bodies of one dump."""

    limits: ProfileLimits
    _known: dict[tuple[bytes, bytes], Frame | Broken] = field(default_factory=dict)

    def read(self, body: bytes) -> Body | Broken:
        """Read what stands below a header; raise TooManyFramesError past `distinct_frames`.

        A stack deeper than `frames` keeps both ends; the ancestors of a goroutine (GODEBUG=tracebackancestors) and
        whatever else follows the creator are not read.
        """
        return self._read_usual(body) or self._read(body)

    def _read_usual(self, body: bytes) -> Body | None:
        """Read a body of the usual form, a function line and a file line in turn, with less work; None for any other.

        Known frames are found under what `trim_line` would leave of their lines, everything else goes through it.
        """
        lines = body.split(b"\n", _USUAL_LINES) if len(body) <= _USUAL_BYTES and b"\r" not in body else []
        if len(lines) > min(_USUAL_LINES, 2 * self.limits.frames):
            return None
        frames: list[Frame] = []
        for function, place in zip(lines[::2], lines[1::2], strict=False):
            if function.startswith(_UNUSUAL):
                return None
            created = function.startswith(CREATED_BY)
            frame = None if created else self._recall(function, place)
            frame = frame or self._read_frame(trim_line(function), iter((trim_line(place),)))
            if isinstance(frame, Broken):
                return None
            if created:
                return Body(tuple(frames), frame, 0) if frames else None
            frames.append(frame)
        return Body(tuple(frames), None, 0) if frames and lines[-1] == b"" and len(lines) % 2 else None

    def _recall(self, function: bytes, place: bytes) -> Frame | Broken | None:
        """Give what was made of these lines before, None when they are new or of a rarer form."""
        offset = place.rfind(b" +0x")
        if offset > 0:
            place, digits = place[:offset], place[offset + 4 :]
            if digits.strip(HEX):
                return None
        if b" " in place or not function.endswith(b")"):
            return None
        return self._known.get((function[: function.rfind(b"(") + 1], place))

    def _read(self, body: bytes) -> Body | Broken:
        """Read a body of any form line by line."""
        lines = trimmed_lines(body)
        ends = _Ends(self.limits.frames)
        creator: Frame | None = None
        elided, unavailable = 0, False
        for line in lines:
            if line[:1] in _MARKS:
                if line.startswith(_ORIGIN) or (line.startswith(_GO_RUN_ENDS) and ends.count):
                    break
                if line.strip() == _UNAVAILABLE:
                    unavailable = True
                    continue
                if line.startswith(_ADDITIONAL[:3]) and (left_out := _count_elided(line)):
                    elided = left_out
                    continue
            frame = self._read_frame(line, lines)
            if isinstance(frame, Broken):
                return frame
            if line.startswith(CREATED_BY):
                creator = frame
                break
            ends.add(frame)
        if not (ends.count or unavailable):
            return Broken("no stack follows the goroutine's header")
        return Body(ends.frames(), creator, elided if elided < 0 else elided + ends.left_out())

    def _read_frame(self, line: bytes, rest: Iterator[bytes]) -> Frame | Broken:
        """Read a function line together with the file line that follows it."""
        if line == CGO_PC:
            return self._name(line[: -len(b" at pc=")], b"\t" + _ADDRESS)
        if line.startswith((b"\t", b" ")):
            return Broken("a file line stands without its function", line)
        place = next(rest, b"")
        if not place.startswith((b"\t", b" ")):
            return Broken("no file line follows the function", line)
        return self._name(line, place)

    def _name(self, function: bytes, place: bytes) -> Frame | Broken:
        """Give the frame of these two trimmed lines, always the same object."""
        frame = self._known.get((function, place))
        if frame is None:
            if len(self._known) >= self.limits.distinct_frames:
                raise TooManyFramesError(f"too many distinct frames: at most {self.limits.distinct_frames} are read")
            longest = max(len(function), len(place))
            if longest > self.limits.line_bytes:
                return Broken(f"a line of {longest} bytes, at most {self.limits.line_bytes} are read", function)
            frame = self._known[(function, place)] = _make_frame(function, place)
        return frame


@dataclass(slots=True)
class _Ends:
    """The leaf end and the root end of a stack, however deep it is."""

    maximum: int
    count: int = 0
    leaf: list[Frame] = field(default_factory=list)
    root: deque[Frame] = field(default_factory=deque)

    def add(self, frame: Frame) -> None:
        """Take the next frame towards the root."""
        self.count += 1
        if len(self.leaf) < self.maximum - self.maximum // 2:
            self.leaf.append(frame)
            return
        self.root.append(frame)
        if len(self.root) > self.maximum // 2:
            self.root.popleft()

    def frames(self) -> tuple[Frame, ...]:
        """Give the frames that were kept, leaf first."""
        return (*self.leaf, *self.root)

    def left_out(self) -> int:
        """Count the frames that were not kept."""
        return self.count - len(self.leaf) - len(self.root)


def _make_frame(function: bytes, place: bytes) -> Frame | Broken:
    """Make a frame of its two lines; cgo frames may have no file, panics are printed without their package."""
    name = function.removeprefix(CREATED_BY).removesuffix(b"(").decode(errors="backslashreplace")
    name = "runtime.gopanic" if function == b"panic(" else name
    file, colon, line = place.strip().rpartition(b":")
    if not colon:
        return Frame(name) if line == _ADDRESS else Broken("the file line names no line", place)
    if not line.isdigit() or len(line) > _MAXIMUM_DIGITS:
        return Broken("the file line names no line", place)
    return Frame(name, file.decode(errors="backslashreplace"), int(line))


def _count_elided(line: bytes) -> int:
    """Read `...12 frames elided...`; -1 when it does not say how many, 0 when it is something else."""
    if line == _ADDITIONAL:
        return -1
    digits = line[3 : -len(_ELIDED)]
    known = line.endswith(_ELIDED) and digits.isdigit() and len(digits) <= _MAXIMUM_DIGITS
    return int(digits) if known else 0
