"""A dead letter -> what people and programs see of it: a row, or everything with the first bytes and the stacks."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from leakstream.commands.decode import describe as describe_stack
from leakstream.dead_topics import Listed
from leakstream.profile_files import SeenStack, merge
from processors.decode import decode
from processors.plain_text import plain
from schemas.outcomes import Invalid
from schemas.ports import Record
from schemas.wire.codec import PROFILES_TOPIC, decode_profile
from schemas.wire.dead import dead_topic, read_letter

SHOWN_BYTES = 256
SHOWN_STACKS = 10
_LINE_BYTES = 16


@dataclass(frozen=True, slots=True)
class Inside:
    """What `leakstream decode` sees in the profile of a letter. `bytes` is None where there is no profile."""

    bytes: bytes | None
    stacks: tuple[SeenStack, ...]
    problems: tuple[str, ...]


def letter_row(listed: Listed) -> dict[str, object]:
    """Give a letter as `dead-letters list --output json` promises it."""
    letter = listed.letter
    return {
        "place": letter.place,
        "when": letter.dead_at,
        "service": letter.service,
        "reason": letter.reason,
        "bytes": letter.size_bytes,
        "collector": letter.collector,
        "original": letter.original,
        "replayed": listed.replayed,
        "error": letter.error,
    }


def look_inside(record: Record) -> Inside:
    """Read the profile of a letter as far as it goes, whatever version its record says it has."""
    scraped = decode_profile(replace(record, headers={}))
    if record.topic != dead_topic(PROFILES_TOPIC) or isinstance(scraped, Invalid) or scraped.profile is None:
        return Inside(None, (), ())
    decoded = decode(scraped.profile)
    return Inside(scraped.profile, merge(decoded.stacks), tuple(str(problem) for problem in decoded.problems))


def whole_row(record: Record) -> dict[str, object]:
    """Give a letter as `dead-letters show --output json` promises it."""
    inside = look_inside(record)
    letter = read_letter(record)
    row = letter_row(Listed(letter, False))
    del row["replayed"]
    profile: Mapping[str, object] | None = None
    if inside.bytes is not None:
        stacks = [stack.as_row() for stack in inside.stacks]
        profile = {"bytes": len(inside.bytes), "stacks": stacks, "problems": list(inside.problems)}
    return {
        **row,
        "key": _text(record.key),
        "headers": {name: _text(value) for name, value in record.headers.items()},
        "hex": (record.value or b"")[:SHOWN_BYTES].hex(),
        "is_cut": letter.is_cut,
        "profile": profile,
    }


def describe_letter(record: Record) -> str:
    """Give a letter for people: what happened, its headers, its first bytes, and the stacks in it."""
    return "\n".join(_lines(record))


def _lines(record: Record) -> Iterator[str]:
    """Give the lines of the description."""
    letter = read_letter(record)
    yield f"{letter.place}  {plain(letter.reason) or 'no reason given'}"
    yield f"  {plain(letter.error)}"
    yield ""
    for name, value in (("key", record.key), *sorted(record.headers.items())):
        if name != "error":
            yield f"  {plain(name):<16} {plain(_text(value))}"
    yield ""
    value = record.value or b""
    cut = " (only its beginning was kept)" if letter.is_cut else ""
    yield f"{letter.size_bytes:,} bytes{cut}" + (f", the first {SHOWN_BYTES}:" if len(value) > SHOWN_BYTES else ":")
    yield from hex_lines(value[:SHOWN_BYTES])
    yield from _profile_lines(look_inside(record))


def _profile_lines(inside: Inside) -> Iterator[str]:
    """Give what is seen in the profile."""
    if inside.bytes is None:
        return
    yield f"\na profile of {len(inside.bytes):,} bytes, distinct stacks: {len(inside.stacks)}"
    yield from (f"  {plain(problem)}" for problem in inside.problems)
    yield from (describe_stack(stack) for stack in inside.stacks[:SHOWN_STACKS])
    if len(inside.stacks) > SHOWN_STACKS:
        yield f"and {len(inside.stacks) - SHOWN_STACKS} more"


def hex_lines(data: bytes) -> Iterator[str]:
    r"""Write bytes as hexdump does.

    Example input: b"\x1f\x8bab"
    Example output:   00000000  1f 8b 61 62                                       |..ab|
    """
    for start in range(0, len(data), _LINE_BYTES):
        line = data[start : start + _LINE_BYTES]
        text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in line)  # noqa: PLR2004 printable ASCII
        yield f"  {start:08x}  {line.hex(' '):<47}  |{text}|"


def _text(data: bytes) -> str:
    """Write bytes as text, whatever they hold."""
    return data.decode(errors="backslashreplace")
