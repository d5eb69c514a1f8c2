"""What the gate of the wire format lets through, and the sentence for each kind of break."""

from dataclasses import replace
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from hypothesis import given
from hypothesis import strategies as st

from docs.generate import LOCK
from docs.wire_lock import HEAD, Field, Shape, Shapes, find_breaks, read_descriptors, read_lock, write_lock
from schemas.wire import leakstream_pb2

ROOT = Path(__file__).parents[2]
LOCKED = """
v1.Profile 1 service string singular
v1.Profile 2 frames string repeated
v1.Profile 3 labels map<string,string> map
v1.Profile 4 reserved
v1.Profile host reserved
"""
NAMES = st.from_regex(r"[a-z]{1,6}", fullmatch=True).filter(lambda name: name != "reserved")
FIELDS = st.dictionaries(
    st.integers(1, 50), st.builds(Field, NAMES, st.sampled_from(["string", "int64"]), st.just("singular")), min_size=1
)
SHAPES = st.dictionaries(NAMES, st.builds(Shape, FIELDS), min_size=1)


def changed(old: str, new: str) -> Shapes:
    """Give the locked shapes with one line written anew; an empty one is left out."""
    assert old in LOCKED
    return read_lock(LOCKED.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "1 service string",
            "1 job string",
            "v1.Profile.service (number 1) was renamed to job",
        ),
        (
            "1 service string",
            "1 service bytes",
            "v1.Profile.service (number 1) was string and is bytes",
        ),
        (
            "frames string repeated",
            "frames string singular",
            "v1.Profile.frames (number 2) was repeated and is singular",
        ),
        (
            "1 service string",
            "1 count int64",
            "v1.Profile.service (number 1) is gone and its number is used again by count",
        ),
        (
            "1 service string",
            "7 service string",
            "v1.Profile.service (number 1) was given the number 7",
        ),
        (
            "v1.Profile 2 frames string repeated",
            "",
            'v1.Profile.frames (number 2) was removed without `reserved 2;` and `reserved "frames";`',
        ),
        (
            "v1.Profile 2 frames string repeated",
            "v1.Profile 2 reserved",
            'v1.Profile.frames (number 2) was removed without `reserved 2;` and `reserved "frames";`',
        ),
        (
            "v1.Profile 4 reserved",
            "v1.Profile 4 count int64 singular",
            "v1.Profile: number 4 is not reserved any more; it is used again by count",
        ),
        ("v1.Profile 4 reserved", "", "v1.Profile: number 4 is not reserved any more"),
        ("v1.Profile host reserved", "", "v1.Profile: the name host is not reserved any more"),
    ],
)
def test_each_break_has_its_sentence(old: str, new: str, said: str) -> None:
    """One change, one sentence, with the name of the field."""
    assert find_breaks(read_lock(LOCKED), changed(old, new)) == (said,)


def test_message_that_is_gone_is_a_break() -> None:
    """As is one that was renamed."""
    assert find_breaks(read_lock(LOCKED), {}) == ("v1.Profile is gone; old records may still hold it",)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("v1.Profile 4 reserved", "v1.Profile 4 reserved\nv1.Profile 9 more string singular"),
        ("v1.Profile 4 reserved", "v1.Profile 4 reserved\nv1.Other 1 more string singular"),
        ("v1.Profile 2 frames string repeated", "v1.Profile 2 reserved\nv1.Profile frames reserved"),
        ("v1.Profile 4 reserved", "v1.Profile 4 reserved\nv1.Profile 5 reserved"),
    ],
)
def test_what_may_change_says_nothing(old: str, new: str) -> None:
    """Fields and messages are added, a field goes for good, more is reserved."""
    assert find_breaks(read_lock(LOCKED), changed(old, new)) == ()


@given(SHAPES)
def test_lock_is_read_as_it_was_written(shapes: Shapes) -> None:
    """And nothing that did not change is a break."""
    assert read_lock(write_lock(shapes)) == shapes
    assert find_breaks(shapes, read_lock(write_lock(shapes))) == ()


@given(SHAPES, FIELDS)
def test_adding_fields_breaks_nothing_and_taking_them_away_does(shapes: Shapes, more: dict[int, Field]) -> None:
    """Whatever the message and whatever the fields."""
    name, shape = next(iter(shapes.items()))
    names = {found.name for found in shape.fields.values()}
    new = {number: found for number, found in more.items() if number not in shape.fields and found.name not in names}
    grown = {**shapes, name: replace(shape, fields={**shape.fields, **new})}
    assert find_breaks(shapes, grown) == ()
    assert len(find_breaks(grown, shapes)) == len(new)


@given(SHAPES)
def test_reserving_number_and_name_is_the_only_way_to_remove(shapes: Shapes) -> None:
    """The next change finds them still reserved."""
    name, shape = next(iter(shapes.items()))
    number, gone = next(iter(shape.fields.items()))
    left = {other: found for other, found in shape.fields.items() if found.name != gone.name}
    numbers = frozenset(other for other, found in shape.fields.items() if found.name == gone.name)
    without = {**shapes, name: Shape(left, numbers, frozenset({gone.name}))}
    assert find_breaks(shapes, without) == ()
    back = {**shapes, name: Shape({**left, number: gone})}
    assert f"{name}: the name {gone.name} is not reserved any more" in find_breaks(without, back)


def test_line_that_is_none_is_quoted() -> None:
    """A lock that was mangled by hand is not read as a smaller one."""
    with pytest.raises(ValueError, match=r"not a line of a lock: 'v1\.Profile 1 service'"):
        read_lock("v1.Profile 1 service")


def test_every_kind_of_field_is_read_from_the_descriptor() -> None:
    """Maps, oneofs, explicit presence, messages inside messages, enumerations, and what is reserved."""
    files = FileDescriptorSet()
    file = files.file.add(package="p")
    outer = file.message_type.add(name="Outer", reserved_name=["old"])
    outer.reserved_range.add(start=8, end=10)
    outer.oneof_decl.add(name="one")
    outer.oneof_decl.add(name="_maybe")
    outer.field.add(name="a", number=1, type=9, label=1, oneof_index=0)
    outer.field.add(name="maybe", number=2, type=3, label=1, oneof_index=1, proto3_optional=True)
    outer.field.add(name="map", number=3, type=11, label=3, type_name=".p.Outer.MapEntry")
    outer.field.add(name="inner", number=4, type=11, label=3, type_name=".p.Outer.Inner")
    entry = outer.nested_type.add(name="MapEntry")
    entry.options.map_entry = True
    entry.field.add(name="key", number=1, type=9, label=1)
    entry.field.add(name="value", number=2, type=3, label=1)
    outer.nested_type.add(name="Inner").field.add(name="b", number=1, type=12, label=1)
    outer.enum_type.add(name="Kind").value.add(name="NONE", number=0)
    file.enum_type.add(name="Top").reserved_range.add(start=2, end=2)
    assert read_descriptors(files.SerializeToString()) == {
        "p.Outer": Shape(
            {
                1: Field("a", "string", "oneof:one"),
                2: Field("maybe", "int64", "optional"),
                3: Field("map", "map<string,int64>", "map"),
                4: Field("inner", "p.Outer.Inner", "repeated"),
            },
            frozenset({8, 9}),
            frozenset({"old"}),
        ),
        "p.Outer.Inner": Shape({1: Field("b", "bytes", "singular")}),
        "p.Outer.Kind": Shape({0: Field("NONE", "value", "singular")}),
        "p.Top": Shape({}, frozenset({2})),
    }


def test_reserving_without_end_is_refused() -> None:
    """`reserved 5 to max` would be half a billion lines."""
    files = FileDescriptorSet()
    files.file.add().message_type.add(name="M").reserved_range.add(start=5, end=536_870_912)
    with pytest.raises(ValueError, match="more than 100 numbers"):
        read_descriptors(files.SerializeToString())


def test_committed_lock_is_the_one_of_the_code_that_runs() -> None:
    """The generated classes, the .proto and the lock are of one time."""
    files = FileDescriptorSet()
    leakstream_pb2.DESCRIPTOR.CopyToProto(files.file.add())
    committed = (ROOT / LOCK).read_text()
    assert (committed, committed.startswith(HEAD)) == (write_lock(read_descriptors(files.SerializeToString())), True)
