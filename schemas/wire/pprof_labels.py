"""Takes labels out of pprof's profile.proto, or changes their values, and leaves the rest as it is.

The only file that sees profile_labels_pb2. A profile without labels costs a glance. Where labels go, their strings go
too: an entry of the string table that nobody uses would still tell the value. What is not known here (fields of later
versions of the format) stays. Never reads what would need far more memory than it has bytes.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from google.protobuf.message import DecodeError, Message

from schemas.wire import profile_labels_pb2 as pb
from schemas.wire.count_parts import count_parts
from schemas.wire.pprof import NotPprofError

Show = Callable[[bytes, bytes], bytes | None]
"""(key, value) -> the value as it may be seen, None when the label must go. Numbers come as their decimal digits."""

_UNCOUNTED_BYTES = 4 * 2**20
"""So much is parsed as it comes: the worst of it (two bytes a label) makes 112 MiB of objects."""
_MOST_PARTS = _UNCOUNTED_BYTES // 2
"""A part takes two bytes at least; so a larger profile is held to what that much can hold."""


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A profile after the labels were looked through; `raw` is the very object that came when nothing had to change."""

    raw: bytes
    removed: int


def rewrite_labels(raw: bytes, show: Show) -> Rewritten:
    """Put every label of an inflated profile before `show`; raise NotPprofError when this is no profile.

    Samples that differed in labels alone are not merged.
    """
    if len(raw) > _UNCOUNTED_BYTES and count_parts(raw, _MOST_PARTS) > _MOST_PARTS:
        raise NotPprofError(f"more than {_MOST_PARTS} samples, labels, functions and strings")
    glance = pb.Glance()
    _parse(glance, raw)
    glance.DiscardUnknownFields()
    if glance.ByteSize() == 2 * len(glance.sample):  # nothing but tags and lengths of empty samples
        return Rewritten(raw, 0)
    profile = pb.LabelledProfile()
    _parse(profile, raw)
    return _rewrite(profile, raw, show)


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
    used = set(_used_strings(profile))
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
        """Take out or change the labels of one sample."""
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


def _used_strings(profile: pb.LabelledProfile) -> Iterator[int]:
    """Give the index of each string that something still points to; entry 0 is everybody's."""
    yield from (0, profile.drop_frames, profile.keep_frames, profile.default_sample_type, profile.doc_url)
    yield from profile.comment
    kinds: Sequence[pb.ValueType] = (*profile.sample_type, profile.period_type)
    for kind in kinds:
        yield from (kind.type, kind.unit)
    for mapping in profile.mapping:
        yield from (mapping.filename, mapping.build_id)
    for function in profile.function:
        yield from (function.name, function.system_name, function.filename)
    for sample in profile.sample:
        for label in sample.label:
            yield from (label.key, label.str, label.num_unit)
