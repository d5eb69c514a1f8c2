"""Whose code a frame is: the standard library's, a dependency's, or the service's own.

Go writes an import path before each function and, in profiles, a file. The path tells the standard library; the file
tells a module (`@v` or `vendor/`). Files look alike on every machine after `-trimpath`: `sync/pool.go`.
"""

import re
from enum import StrEnum

from schemas.raw_stack import Frame

_ROOTS = """
    archive arena bufio bytes cmp compress container context crypto database debug embed encoding errors expvar flag fmt
    go hash html image index internal io iter log maps math mime net os path plugin reflect regexp runtime simd slices
    sort strconv strings structs sync syscall testing text time unicode unique unsafe uuid vendor weak
"""
STANDARD_ROOTS = frozenset(_ROOTS.split())
"""First elements of import paths of Go 1.21 to 1.27; the go command keeps names without a dot for itself."""

_ESCAPED = re.compile(r"!([a-z])")
_VERSION = re.compile(r"@v?[0-9][^/]*")


class Owner(StrEnum):
    """Who wrote a function."""

    STANDARD = "standard library"
    DEPENDENCY = "dependency"
    OWN = "own code"


def attribute(frame: Frame) -> Owner:
    """Say whose code a frame is; own code where neither name nor file says otherwise."""
    if is_standard(package_of(frame.function)):
        return Owner.STANDARD
    if "@v" in frame.file or "/vendor/" in frame.file or "@v" in frame.function:
        return Owner.DEPENDENCY
    return Owner.OWN


def is_standard(package: str) -> bool:
    """Tell whether an import path is the standard library's."""
    return package.split("/", 1)[0] in STANDARD_ROOTS


def package_of(function: str) -> str:
    """Give the import path before a function; type parameters may hold paths of their own.

    Example input: example.com/a/b.(*T[c/d.E]).Run
    Example output: example.com/a/b
    """
    plain = function.split("[", 1)[0]
    begin = plain.rfind("/") + 1
    end = plain.find(".", begin)
    return plain if end < 0 else plain[:end]


def package_of_file(file: str) -> str:
    """Give the import path of the package in whose folder a file lies; empty where the path does not tell.

    Example input: /go/pkg/mod/github.com/!burnt!sushi/toml@v1.3.2/internal/tz.go
    Example output: github.com/BurntSushi/toml/internal
    """
    folder = file.rpartition("/")[0]
    if "@v" in folder:
        path = _VERSION.sub("", folder.rpartition("/pkg/mod/")[2])
        return _ESCAPED.sub(lambda escaped: escaped[1].upper(), path)
    for mark in ("/vendor/", "/src/"):
        path = folder.rpartition(mark)[2] if mark in folder else ""
        if path and (mark == "/vendor/" or is_standard(path) or "." in path.split("/", 1)[0]):
            return path
    return "" if folder.startswith("/") or ":" in folder else folder
