"""The gate of the wire format: what may travel is locked, one line a field, and compared with what a file now says.

Rule 1: a field may be added; that brings the lock up to date.
Rule 2: a field may go when its number and its name are reserved; they stay so.
Rule 3: nothing else may change: no number, name, type or cardinality.

Refuses to forget: a lock that was broken is never written anew, so that `make generate` cannot wave a break through.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from google.protobuf.descriptor_pb2 import DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorSet

HEAD = """# What travels, locked: message, number, name, type, cardinality; or message, number or name, `reserved`.
# `make generate` adds new fields; `make check` refuses that a line here changes or goes. Review it as a contract.
# Only a field that never left your machine may be taken out by hand.
"""

_COLUMNS = 5
_RESERVED = "reserved"
_LONGEST_RANGE = 100
_CARDINALITIES = {
    FieldDescriptorProto.LABEL_OPTIONAL: "singular",
    FieldDescriptorProto.LABEL_REQUIRED: "required",
    FieldDescriptorProto.LABEL_REPEATED: "repeated",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One field, or one value of an enumeration. The type is the language's own word or the full name of a type."""

    name: str
    type: str
    cardinality: str


@dataclass(frozen=True, slots=True)
class Shape:
    """What one message or enumeration may hold: fields by their number, and what must not be used again."""

    fields: Mapping[int, Field] = field(default_factory=dict)
    reserved_numbers: frozenset[int] = frozenset()
    reserved_names: frozenset[str] = frozenset()


Shapes: TypeAlias = Mapping[str, Shape]
"""Full name of a message or an enumeration -> its shape."""


def read_lock(text: str) -> Shapes:
    """Read a lock; ValueError quotes the line that is none."""
    found: dict[str, dict[int, Field]] = {}
    numbers: dict[str, set[int]] = {}
    names: dict[str, set[str]] = {}
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        message, what, *rest = line.split()
        if rest == [_RESERVED]:
            numbers.setdefault(message, set()).update({int(what)} if what.isdecimal() else ())
            names.setdefault(message, set()).update(() if what.isdecimal() else {what})
        elif len(rest) == _COLUMNS - 2 and what.lstrip("-").isdecimal():
            found.setdefault(message, {})[int(what)] = Field(*rest)
        else:
            raise ValueError(f"not a line of a lock: {line!r}")
    return {
        message: Shape(found.get(message, {}), frozenset(numbers.get(message, ())), frozenset(names.get(message, ())))
        for message in (*found, *(name for name in (*numbers, *names) if name not in found))
    }


def write_lock(shapes: Shapes) -> str:
    """Write a lock: messages in their order, fields by number, then what is reserved."""
    lines = [HEAD]
    for message, shape in shapes.items():
        lines += [
            f"{message} {number} {found.name} {found.type} {found.cardinality}\n"
            for number, found in sorted(shape.fields.items())
        ]
        lines += [f"{message} {number} {_RESERVED}\n" for number in sorted(shape.reserved_numbers)]
        lines += [f"{message} {name} {_RESERVED}\n" for name in sorted(shape.reserved_names)]
    return "".join(lines)


def find_breaks(locked: Shapes, now: Shapes) -> tuple[str, ...]:
    """Say, a sentence each, what changed and must not have; empty when fields were only added or rightly reserved."""
    return tuple(sentence for message, shape in locked.items() for sentence in _breaks(message, shape, now))


def _breaks(message: str, locked: Shape, shapes: Shapes) -> Iterator[str]:
    """Compare one message with what it is now."""
    now = shapes.get(message)
    if now is None:
        yield f"{message} is gone; old records may still hold it"
        return
    for number, old in sorted(locked.fields.items()):
        yield from _broken_field(f"{message}.{old.name} (number {number})", number, old, now)
    for number in sorted(locked.reserved_numbers - now.reserved_numbers):
        user = now.fields.get(number)
        used = f"; it is used again by {user.name}" if user else ""
        yield f"{message}: number {number} is not reserved any more{used}"
    for name in sorted(locked.reserved_names - now.reserved_names):
        yield f"{message}: the name {name} is not reserved any more"


def _broken_field(place: str, number: int, old: Field, now: Shape) -> Iterator[str]:
    """Compare one field with what stands at its number now."""
    new = now.fields.get(number)
    if new is None:
        moved = next((other for other, found in now.fields.items() if found.name == old.name), None)
        if moved is not None:
            yield f"{place} was given the number {moved}"
        elif number not in now.reserved_numbers or old.name not in now.reserved_names:
            yield f'{place} was removed without `reserved {number};` and `reserved "{old.name}";`'
    elif new.name != old.name and (new.type, new.cardinality) != (old.type, old.cardinality):
        yield f"{place} is gone and its number is used again by {new.name}"
    elif new.name != old.name:
        yield f"{place} was renamed to {new.name}"
    elif new.type != old.type:
        yield f"{place} was {old.type} and is {new.type}"
    elif new.cardinality != old.cardinality:
        yield f"{place} was {old.cardinality} and is {new.cardinality}"


def read_descriptors(data: bytes) -> Shapes:
    """Read what protoc's --descriptor_set_out wrote; messages in the order of the file, each before those inside it."""
    files = FileDescriptorSet.FromString(data).file
    return {
        name: shape
        for file in files
        for name, shape in (
            *(found for message in file.message_type for found in _messages(file.package, message)),
            *(_enumeration(file.package, enumeration) for enumeration in file.enum_type),
        )
    }


def _messages(scope: str, message: DescriptorProto) -> Iterator[tuple[str, Shape]]:
    """Give a message and what is inside it; entries of maps belong to their field."""
    name = f"{scope}.{message.name}"
    maps = {f".{name}.{inner.name}": inner for inner in message.nested_type if inner.options.map_entry}
    ranges = ((span.start, span.end) for span in message.reserved_range)
    fields = {found.number: _field(found, message, maps) for found in message.field}
    yield name, Shape(fields, _numbers(ranges), frozenset(message.reserved_name))
    for inner in message.nested_type:
        if not inner.options.map_entry:
            yield from _messages(name, inner)
    for enumeration in message.enum_type:
        yield _enumeration(name, enumeration)


def _enumeration(scope: str, enumeration: EnumDescriptorProto) -> tuple[str, Shape]:
    """Give the values of an enumeration as fields."""
    ranges = ((span.start, span.end + 1) for span in enumeration.reserved_range)  # here the end is reserved, too
    fields = {found.number: Field(found.name, "value", "singular") for found in enumeration.value}
    return f"{scope}.{enumeration.name}", Shape(fields, _numbers(ranges), frozenset(enumeration.reserved_name))


def _field(found: FieldDescriptorProto, message: DescriptorProto, maps: Mapping[str, DescriptorProto]) -> Field:
    """Give one field as people write it."""
    entry = maps.get(found.type_name)
    if entry is not None:
        key, value = (_type(inner) for inner in entry.field)
        return Field(found.name, f"map<{key},{value}>", "map")
    if found.proto3_optional:
        return Field(found.name, _type(found), "optional")
    if found.HasField("oneof_index"):
        return Field(found.name, _type(found), f"oneof:{message.oneof_decl[found.oneof_index].name}")
    return Field(found.name, _type(found), _CARDINALITIES[found.label])


def _type(found: FieldDescriptorProto) -> str:
    """Give the word for a type.

    Example output: int64, or leakstream.v1.ProfileRecord
    """
    if found.type_name:
        return found.type_name.removeprefix(".")
    return FieldDescriptorProto.Type.Name(found.type).removeprefix("TYPE_").lower()


def _numbers(ranges: Iterable[tuple[int, int]]) -> frozenset[int]:
    """Give the numbers of ranges whose ends are not in them; ValueError for a range that nobody reviews."""
    spans = [range(start, end) for start, end in ranges]
    if any(len(span) > _LONGEST_RANGE for span in spans):
        raise ValueError(f"more than {_LONGEST_RANGE} numbers are reserved at once; reserve what was used")
    return frozenset(number for span in spans for number in span)
