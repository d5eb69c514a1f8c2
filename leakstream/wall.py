"""Confines a process that opens the embedded engine, before the engine is loaded, and says whether it holds."""

import threading
from collections.abc import Callable

from leakstream.confine import Confinement, confine
from leakstream.confine_places import find_places, use_own_temporary
from schemas.settings import Settings


def build_wall(settings: Settings, report: Callable[..., None], prepare: Callable[[], None]) -> Confinement:
    """Take from this process what it needs not, where settings want that and the kernel can.

    `prepare` does what must be done with the rights that go. Raises OSError when a folder cannot be made.
    """
    embedded = settings.store.embedded
    if embedded is None or not embedded.confine:
        reason = "store.embedded.confine is false" if embedded else "the engine is not in this process"
        return Confinement(holds=False, abi=0, reason=reason)
    places = find_places(settings)
    use_own_temporary(settings)
    prepare()
    others = threading.active_count() - 1
    built = confine(places)
    if built.holds and others:
        built = Confinement(holds=False, abi=built.abi, reason=f"{others} threads began before")
    if built.holds:
        report("this process reaches its own folders alone", by=built.reason)
    else:
        report("this process is not confined", problem=built.reason)
    return built
