"""Makes broken profiles of whole ones, knowing pprof's wire format; the same seed makes the same mutants."""

import random
from collections.abc import Callable, Sequence

_EXTREMES = (0, 1, 2, 127, 128, 2**14 - 1, 2**14, 2**31, 2**32 - 1, 2**32, 2**63 - 1, 2**63, 2**64 - 1, 2**64, 2**70)
_TAGS = (0x08, 0x0A, 0x10, 0x12, 0x18, 0x1A, 0x20, 0x22, 0x28, 0x2A, 0x30, 0x32, 0x48, 0x50, 0x58, 0x5A, 0x60)
_ODD_TAGS = (0x00, 0x02, 0x0B, 0x0C, 0x0D, 0x09, 0x13, 0x14, 0x15, 0x3A, 0x40, 0x62, 0x6A, 0x70, 0x80, 0x88, 0xFF)
_BAD_TEXT = (b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"\x80", b"\xc3\xa9", b"\0")

Record = tuple[int, bytes]
"""A tag and what stands behind it: the body of a length-delimited field, else a varint."""


def varint(value: int, padding: int = 0) -> bytes:
    """Write a number of any size, with so many bytes more than it needs."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    for _ in range(padding):
        out[-1] |= 0x80
        out.append(0)
    return bytes(out)


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """Read a number of a whole profile; give it and the place behind it."""
    value = shift = 0
    while data[at] & 0x80:
        value |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
    return value | data[at] << shift, at + 1


def split(data: bytes) -> list[Record]:
    """Take a message apart; raise IndexError or ValueError where it is none."""
    records, at = [], 0
    while at < len(data):
        tag, body = read_varint(data, at)
        value, stop = read_varint(data, body)
        if tag & 7 == 2:
            body, stop = stop, stop + value
            if stop > len(data):
                raise ValueError("a record goes beyond the end")
        elif tag & 7:
            raise ValueError("a wire type that Go does not write")
        records.append((tag, data[body:stop]))
        at = stop
    return records


def join(records: Sequence[Record]) -> bytes:
    """Put a message together."""
    return b"".join(varint(tag) + (varint(len(body)) if tag & 7 == 2 else b"") + body for tag, body in records)


class Mutator:
    """Makes mutants of some profiles."""

    def __init__(self, profiles: Sequence[bytes], seed: int) -> None:
        """Take the profiles, inflated."""
        self.profiles = profiles
        self.chance = random.Random(seed)  # noqa: S311 no secret

    def pick(self) -> bytes:
        """Give one of the profiles."""
        return self.chance.choice(self.profiles)

    def mutate(self, profile: bytes) -> bytes:
        """Give a mutant, after one to four changes."""
        for _ in range(self.chance.choice((1, 1, 1, 2, 2, 4))):
            change = self.chance.choice(self._changes())
            try:
                profile = change(profile)
            except (IndexError, ValueError):
                profile = self._bytes(profile)
        return profile

    def _changes(self) -> tuple[Callable[[bytes], bytes], ...]:
        """Give what can be done to a profile."""
        return (self._bytes, self._records, self._inside, self._inside, self._inside, self._cut, self._splice)

    def _bytes(self, data: bytes) -> bytes:
        """Change, add or remove some bytes anywhere."""
        out = bytearray(data)
        for _ in range(self.chance.randint(1, 3)):
            place = self.chance.randrange(len(out) + 1)
            how = self.chance.randrange(4)
            if how == 0:
                out[place : place + 1] = bytes((self.chance.randrange(256),))
            elif how == 1:
                out[place:place] = self.chance.choice((varint(self.chance.choice(_EXTREMES)), bytes((0x80,)) * 11))
            elif how == 2 and place < len(out):
                out[place] ^= 1 << self.chance.randrange(8)
            else:
                del out[place : place + self.chance.randint(1, 12)]
        return bytes(out)

    def _records(self, data: bytes) -> bytes:
        """Drop, repeat, move or shuffle records, or add one that Go does not write."""
        records = split(data)
        place, other = self.chance.randrange(len(records)), self.chance.randrange(len(records))
        how = self.chance.randrange(6)
        if how == 0:
            del records[place : place + self.chance.choice((1, 1, 5))]
        elif how == 1:
            records[other:other] = records[place : place + self.chance.choice((1, 1, 1, 40))]
        elif how == 2:
            records.insert(other, records.pop(place))
        elif how == 3:
            self.chance.shuffle(records)
        elif how == 4:
            records.insert(place, (self.chance.choice(_TAGS + _ODD_TAGS), self._value()))
        else:
            records[place] = (self.chance.choice(_TAGS + _ODD_TAGS), records[place][1])
        return join(records)

    def _inside(self, data: bytes) -> bytes:
        """Change one record: a field of it, its text, or bytes of it."""
        records = split(data)
        place = self.chance.randrange(len(records))
        tag, body = records[place]
        if tag & 7 != 2:
            records[place] = (tag, self._value())
        elif tag == 0x32:
            records[place] = (tag, self._text(body))
        elif self.chance.random() < 0.2:
            records[place] = (tag, self._bytes(body))
        else:
            records[place] = (tag, self._fields(body))
        return join(records)

    def _fields(self, body: bytes) -> bytes:
        """Change one field of a record, or a field of a field."""
        fields = split(body)
        if not fields:
            return join([(self.chance.choice(_TAGS), self._value())])
        place = self.chance.randrange(len(fields))
        tag, value = fields[place]
        how = self.chance.randrange(5)
        if how == 0:
            fields[place] = (tag, self._fields(value) if tag == 0x22 else self._value())
        elif how == 1:
            fields.insert(self.chance.randrange(len(fields) + 1), fields[place])
        elif how == 2:
            del fields[place]
        elif how == 3:
            fields.insert(place, (self.chance.choice(_TAGS + _ODD_TAGS), self._value()))
        elif tag & 7 == 2:
            fields[place] = (tag, value + self._value())
        else:
            number, _ = read_varint(value, 0)
            fields[place] = (
                tag,
                varint(max(0, number + self.chance.choice((-1, 1, 0))), self.chance.choice((0, 1, 8))),
            )
        return join(fields)

    def _value(self) -> bytes:
        """Give a number that may be extreme or longer than it needs to be."""
        number = self.chance.choice(_EXTREMES) if self.chance.random() < 0.6 else self.chance.randrange(500)
        return varint(number, self.chance.choice((0, 0, 0, 1, 5, 9)))

    def _text(self, text: bytes) -> bytes:
        """Change a string: another name, one that is no text, a label that means something."""
        bad = self.chance.choice(_BAD_TEXT)
        place = self.chance.randrange(len(text) + 1)
        names = (text + b"x", b"", text[:place] + bad + text[place:], b"goroutine", b"go::goroutine_state", b"heap")
        return self.chance.choice((*names, text * 9))

    def _cut(self, data: bytes) -> bytes:
        """Cut the end off."""
        return data[: self.chance.randrange(len(data) + 1)]

    def _splice(self, data: bytes) -> bytes:
        """Put two profiles together, whole or in parts."""
        one, other = split(data), split(self.pick())
        return join(one[: self.chance.randrange(len(one) + 1)] + other[self.chance.randrange(len(other) + 1) :])
