"""The name of a closure -> one form before and after Go 1.27.

Go counts closures in the function where the compiler meets them. Before 1.27 the body of an inlined function is met in
its caller: `main.run.handler.func3.1` is, since 1.27 or without inlining, `main.handler.func1.1`, and a function from
another package loses its package. Read off builds of Go 1.21 to 1.27 with and without inlining (tests/golden/matrix).

Rule 1: the innermost named function counts, and how deep the closure lies in it.
Rule 2: numbers count where the name is direct, for they tell apart the closures of one function; Go's inlining loses
them, and then the first is assumed, because small functions, the ones that are inlined, rarely hold two.
Rule 3: the body of a range loop is `-range`, however deep; a closure in it counts as one of the function around it,
as it was called before 1.27.
Rule 4: a value receiver (`main.T.Run.func1`) looks like an inlined call, so it does not count either.
"""

import re
from dataclasses import dataclass

from processors.attribute import is_standard, package_of, package_of_file

_LEVEL = re.compile(r"(?:func)?(\d+)((?:-range\d+)*)\Z")
_WRAPPER = re.compile(r"(?:gowrap|deferwrap)\d+\Z")
_AMBIGUOUS_UNITS = 2


@dataclass(frozen=True, slots=True)
class Closure:
    """A closure's name, taken apart. `units` are the named functions, outermost first; `levels` its own numbers."""

    units: tuple[str, ...]
    levels: tuple[tuple[int, int], ...]
    crossed: bool


def name_closure(function: str, file: str = "") -> str:
    """Give a closure's name in the one form; any other name as it is. Type parameters must be collapsed.

    `file` matters only where inlining lost the package. Line numbers never do.

    Example input: main.run.handler.func3.1
    Example output: main.handler.func.1
    """
    package = package_of(function)
    read = _read(function[len(package) + 1 :])
    if read is None:
        return function
    standard = is_standard(package)
    if len(read.units) > 1:
        package = _find_package(package, read, file)
    levels = read.levels
    if is_standard(package):
        levels = levels[:1] and ((1, levels[0][1]),)
    elif len(read.units) > 1 or standard:
        levels = tuple((1, ranges) for _, ranges in levels)
    unit, _, ranges = read.units[-1].partition("-range")
    return f"{package}.{unit}{_write(levels) or '-range' * bool(ranges)}"


def _read(rest: str) -> Closure | None:
    """Take apart what follows the package; None where it is no closure and no body of a range loop."""
    units: list[str] = []
    levels: list[tuple[int, int]] = []
    crossed = False
    receiver = ""
    for part in rest.replace("[...]", "[]").replace("glob..", "init.").split("."):
        level = _LEVEL.match(part)
        if level and units and units[-1] == "init" and not levels and not part.startswith("func"):
            units[-1] = f"init.{part}"
        elif level and units and not receiver:
            levels.append((int(level[1]), int(bool(level[2]))))
        elif part.startswith("("):
            receiver = part + "."
        elif not _WRAPPER.match(part):
            crossed = crossed or bool(levels) or bool(receiver and units)
            units.append(receiver + part)
            levels, receiver = [], ""
    if not units or not (levels or "-range" in units[-1]):
        return None
    return Closure(tuple(unit.replace("[]", "[...]") for unit in units), tuple(levels), crossed)


def _write(levels: tuple[tuple[int, int], ...]) -> str:
    """Write numbers behind a function; a first closure has none.

    Example: func1 -> .func, func2.1 -> .func2.1
    """
    parts = [f".{number}" + "-range" * ranges for number, ranges in levels[1:]]
    if not levels:
        return ""
    number, ranges = levels[0]
    return ".func" + (str(number) if number > 1 else "") + "-range" * ranges + "".join(parts)


def _find_package(outer: str, closure: Closure, file: str) -> str:
    """Find the package of an inlined function.

    The file decides where its path is an import path. Elsewhere (own code built without -trimpath) a package is known
    by its folder's name, and only an exported function can have come from another package.
    """
    exact = package_of_file(file)
    if exact and (is_standard(exact) or "@v" in file or "/vendor/" in file or outer != "main"):
        return exact
    folder = exact or file.rpartition("/")[0].rpartition("/")[2]
    if not folder or folder == outer.rpartition("/")[2] or not _came_from_outside(outer, closure):
        return outer
    return folder


def _came_from_outside(outer: str, closure: Closure) -> bool:
    """Tell whether an inlined function may be another package's: exported, and surely no method of a value."""
    callee = closure.units[1].split("[", 1)[0].rpartition(".")[2]
    if not callee[:1].isupper():
        return False
    if closure.crossed or len(closure.units) > _AMBIGUOUS_UNITS:
        return True
    return outer == "main" and not closure.units[0][:1].isupper()
