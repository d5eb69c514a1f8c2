"""What usually causes a stack that accumulates, and what to do about it.

Exists because a growing number helps nobody at three in the morning: the same 28 mistakes stand behind nearly all
goroutine leaks, and most show in operation, site and frames. `CATALOGUE` (in `advice_catalogue.py`) is read from the
top, most specific first. Patterns that a profile cannot tell apart share a signature; the likeliest stands first and
the others are named beside it. It refuses to stay silent: what matches nothing gets the general advice.
"""

import re
from functools import lru_cache

from processors.advice_catalogue import CATALOGUE, GENERAL
from processors.advice_pattern import Pattern, Signature
from schemas.model import Advice, Fingerprint


def advise(fingerprint: Fingerprint, created_by: str | None = None) -> Advice:
    """Give the advice of the first pattern that fits, with the others that look the same; never fails.

    `created_by` is the function that started the goroutine, where a debug=2 dump said it.
    """
    match = find_pattern(fingerprint, created_by)
    if match is None:
        return Advice(GENERAL.name, GENERAL.cause, GENERAL.fix)
    alike = [other for other in CATALOGUE if other.signature == match.signature and other is not match]
    cause = match.cause + "".join(f" The same stack also fits {other.name}: {other.cause}" for other in alike)
    return Advice(match.name, cause, match.fix)


def find_pattern(fingerprint: Fingerprint, created_by: str | None = None) -> Pattern | None:
    """Give the first pattern of the catalogue whose signature fits; None when none does."""
    return next((p for p in CATALOGUE if fits(p.signature, fingerprint, created_by)), None)


def fits(signature: Signature, fingerprint: Fingerprint, created_by: str | None = None) -> bool:
    """Say whether every part that the signature names is there; a part it leaves empty asks for nothing.

    The creator counts as a frame, since a stack's root is all that a debug=0 profile shows of it.
    """
    frames = (*fingerprint.frames, *((created_by,) if created_by else ()))
    return (
        (not signature.operations or fingerprint.operation in signature.operations)
        and _matches(signature.site, fingerprint.site)
        and _matches(signature.origin, fingerprint.origin)
        and (not signature.frame or any(_matches(signature.frame, frame) for frame in frames))
    )


def _matches(expression: str, name: str) -> bool:
    """Search for a regular expression in a function name; the empty one is everywhere."""
    return not expression or _compiled(expression).search(name) is not None


@lru_cache(maxsize=256)
def _compiled(expression: str) -> re.Pattern[str]:
    """Compile each expression of the catalogue once."""
    return re.compile(expression)
