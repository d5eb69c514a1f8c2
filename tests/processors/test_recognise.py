"""What recognising a format promises."""

import pytest

from processors.recognise import Format, NoProfile, recognise
from tests.pprof_maker import make_profile

HEADER = b"goroutine 1 [running]:\nmain.main()\n\t/x.go:3 +0x1d\n"


@pytest.mark.parametrize(
    ("data", "format_"),
    [
        (make_profile([(("main.f",), 1)], compress=False), Format.PROTOBUF),
        (b"\x0a\x00", Format.PROTOBUF),
        (b"\x99\x00\x01", Format.PROTOBUF),
        (b"goroutine profile: total 3\n", Format.COUNTS),
        (b"goroutineleak profile: total 0\n", Format.COUNTS),
        (b"\n\ngoroutine profile: total 3\n", Format.COUNTS),
        (HEADER, Format.DUMP),
        (b"goroutine 1 gp=0xc000002380 m=0 mp=0x5781a0 [running]:\n", Format.DUMP),
        (b"panic: boo\n\n" + HEADER, Format.DUMP),
        (b"{not json\n" + HEADER, Format.DUMP),
        (b"2026/11/01 fatal error: all goroutines are asleep - deadlock!\r\n\r\n" + HEADER, Format.DUMP),
        (b"x" * 5_000 + b"\n" + HEADER, Format.DUMP),
    ],
)
def test_format_is_told_from_the_content(data: bytes, format_: Format) -> None:
    """Whatever the file is called; what a crashing program printed before its dump is no hindrance."""
    assert recognise(data) == format_


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "the profile is empty"),
        (b" \n\t", "the profile is empty"),
        (b"<!DOCTYPE html><html>", "not a profile: a web page"),
        (b'  {"error": "goroutine 1 [running]:"}', "not a profile: JSON"),
        (b"[]", "not a profile: JSON"),
        (b"Unauthorized", "not a profile: text"),
        (b"goroutine", "not a profile: text"),
        (b"\x1f\x8b\x08\x00", "the profile is compressed twice"),
        (HEADER.decode().encode("utf-16"), "not a profile: UTF-16 text; save it as UTF-8"),
        (b"heap profile: 1: 2 [3: 4] @ heap/1048576\n", "not a goroutine profile: a heap profile"),
        (b"threadcreate profile: total 8\n", "not a goroutine profile: a threadcreate profile"),
        (b"--- contention:\ncycles/second=1\n", "not a goroutine profile: a block profile"),
        (b"--- mutex:\ncycles/second=1\n", "not a goroutine profile: a mutex profile"),
    ],
)
def test_what_is_no_goroutine_profile_is_named(data: bytes, why: str) -> None:
    """The reason says what it is, so that a person knows where to look."""
    assert recognise(data) == NoProfile(why)
