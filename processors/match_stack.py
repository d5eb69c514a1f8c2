"""A stack and a pattern -> whether the pattern means it."""

from schemas.model import Fingerprint
from schemas.say import StackPattern


def match_stack(pattern: StackPattern, name: Fingerprint) -> bool:
    """Say whether all that the pattern gives fits the stack."""
    return (
        pattern.fingerprint in (None, name.value)
        and match_glob(pattern.site, name.site)
        and match_glob(pattern.origin, name.origin)
        and match_glob(pattern.operation, name.operation)
        and (pattern.frame == "*" or any(match_glob(pattern.frame, frame) for frame in name.frames))
    )


def match_glob(glob: str, text: str) -> bool:
    """Say whether a glob fits a whole text, in one pass: between the ends the earliest place of each part is the best.

    Example input: glob=main.(*Pool).*, text=main.(*Pool).run
    Example output: True
    """
    first, *rest = glob.split("*")
    if not rest:
        return glob == text
    *middle, last = rest
    end = len(text) - len(last)
    at = len(first)
    if not text.startswith(first) or not text.endswith(last) or end < at:
        return False
    for part in middle:
        found = text.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True
