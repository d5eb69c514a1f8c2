"""Takes labels out of pprof's profile.proto, or changes their values, and leaves the rest as it is.

The only file that sees profile_labels_pb2. A profile without labels costs a glance. Where labels go, their strings go
too: an entry of the string table that nobody uses would still tell the value. What is not known here (fields of later
versions of the format) stays. Never reads what would need far more memory than it has bytes.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from google.protobuf.message import DecodeError, Message

from schemas.wire import profile_labels_pb2 as pb
from schemas.wire.count_parts import count_parts
from schemas.wire.pprof import NotPprofError

Show = Callable[[bytes, bytes], bytes | None]
"""(key, value) -> the value as it may be seen, None when the label must go. Numbers come as their decimal digits."""

_UNCOUNTED_BYTES = 4 * 2**20
"""So much is parsed as it comes: 300,000 goroutines in 5,000 stacks are 0.3 MB. What the worst of it makes of two bytes
a part stands in benchmarks/RESULTS.md (`bench_labels.py`)."""
_MOST_PARTS = _UNCOUNTED_BYTES // 2
"""A larger profile is held to what that much could hold; 200,000 stacks with two labels each have half of it."""


_MOST_LABELS = 1_000
"""On one sample; a program has a handful, and taking one out of many moves the others."""
_MOST_REMEMBERED = 1 << 16
"""Decisions; a profile whose labels are all different must not be held a second time in memory."""


class TooManyPartsError(NotPprofError):
    """The profile has more pieces than are read of one; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A profile after the labels were looked through; `raw` is the very object that came when nothing had to change."""

    raw: bytes
    removed: int


def rewrite_labels(raw: bytes, show: Show) -> Rewritten:
    """Put every label of an inflated profile before `show`; raise NotPprofError when it cannot be read.

    Samples that differed in labels alone are not merged.
    """
    if len(raw) > _UNCOUNTED_BYTES and count_parts(raw, _MOST_PARTS) > _MOST_PARTS:
        raise TooManyPartsError(f"more than {_MOST_PARTS} samples, labels, functions and strings")
    if not _has_labels(raw):
        return Rewritten(raw, 0)
    profile = pb.LabelledProfile()
    _parse(profile, raw)
    return _rewrite(profile, raw, show)


def _has_labels(raw: bytes) -> bool:
    """Tell whether any sample has a label; without a loop over the samples, which would cost more than the parsing."""
    glance = pb.Glance()
    _parse(glance, raw)
    glance.DiscardUnknownFields()
    empty_samples_bytes = 2 * len(glance.sample)  # tag and length of each
    return glance.ByteSize() > empty_samples_bytes


def _parse(message: Message, raw: bytes) -> None:
    """Read the bytes into a message; raise NotPprofError."""
    try:
        message.ParseFromString(raw)
    except DecodeError as error:
        raise NotPprofError("not a pprof profile: the protobuf does not parse") from error


def _rewrite(profile: pb.LabelledProfile, raw: bytes, show: Show) -> Rewritten:
    """Look through the labels of a profile that has some."""
    if not profile.string_table or profile.string_table[0]:
        raise NotPprofError("not a pprof profile: the string table does not begin with an empty string")
    editor = _Editor(list(profile.string_table), show)
    for sample in profile.sample:
        if sample.label:
            editor.edit(sample)
    if not (editor.removed or editor.changed):
        return Rewritten(raw, 0)
    used = _find_used(profile)
    del profile.string_table[:]
    profile.string_table.extend(text if index in used else b"" for index, text in enumerate(editor.strings))
    return Rewritten(profile.SerializeToString(), editor.removed)


@dataclass(slots=True)
class _Editor:
    """Edits samples. `strings` is the string table, which grows; `decided` remembers what became of a label."""

    strings: list[bytes]
    show: Show
    removed: int = 0
    changed: int = 0
    decided: dict[tuple[int, int, int], int | None] = field(default_factory=dict)

    def edit(self, sample: pb.LabelledSample) -> None:
        """Take out or change the labels of one sample; raise TooManyPartsError."""
        if len(sample.label) > _MOST_LABELS:
            raise TooManyPartsError(f"more than {_MOST_LABELS} labels on one stack")
        if len(self.decided) > _MOST_REMEMBERED:
            self.decided.clear()
        for index in reversed(range(len(sample.label))):
            label = sample.label[index]
            asked = (label.key, label.str, 0 if label.str else label.num)
            if asked not in self.decided:
                self.decided[asked] = self._decide(*asked)
            shown = self.decided[asked]
            if shown is None:
                del sample.label[index]
                self.removed += 1
            elif shown != label.str:
                label.str, label.num, label.num_unit = shown, 0, 0
                self.changed += 1

    def _decide(self, key: int, string: int, number: int) -> int | None:
        """Give the index of the value to show, the same when it may stay, None when the label must go.

        A label that points outside of the table goes: what is appended to the table would become its value.
        """
        named, value = self._look_up(key), self._look_up(string) if string else str(number).encode()
        if named is None or value is None:
            return None
        shown = self.show(named, value)
        if shown is None or shown == value:
            return None if shown is None else string
        self.strings.append(shown)
        return len(self.strings) - 1

    def _look_up(self, index: int) -> bytes | None:
        """Give an entry of the table, None outside of it."""
        return self.strings[index] if 0 <= index < len(self.strings) else None


def _find_used(profile: pb.LabelledProfile) -> set[int]:
    """Give the index of each string that something still points to; entry 0 is everybody's.

    Set by set: there are thousands of functions, and this is most of what taking labels out costs.
    """
    functions, mappings = profile.function, profile.mapping
    used = {0, profile.drop_frames, profile.keep_frames, profile.default_sample_type, profile.doc_url}
    used.update(profile.comment)
    for kind in (*profile.sample_type, profile.period_type):
        used.update((kind.type, kind.unit))
    used.update({function.name for function in functions}, {function.system_name for function in functions})
    used.update({function.filename for function in functions})
    used.update({mapping.filename for mapping in mappings}, {mapping.build_id for mapping in mappings})
    for sample in profile.sample:
        for label in sample.label:
            used.update((label.key, label.str, label.num_unit))
    return used
