"""What a process says of its memory, beside what its newest scrape says: how many goroutines, in which life."""

from dataclasses import replace

from processors.memory import ServiceMemory
from schemas.heap import HeapReading
from schemas.model import Kind, ScrapedProfile

_BESIDE_SECONDS = 60.0
"""A reading is asked for with a goroutineleak profile and follows it; what came earlier has nothing to do with it."""


def place_reading(memory: ServiceMemory, scraped: ScrapedProfile, reading: HeapReading) -> HeapReading:
    """Put a reading beside the newest scrape of its process, and beside the goroutineleak profile taken before it.

    That profile begins with a collection, so next to all garbage is younger than its begin.
    """
    counts = memory.newest(scraped.instance).as_dict()
    place = memory.places.get(scraped.instance)
    life = None if place is None else memory.growing.series.lives[place]
    before = [
        (scraped.scraped_at - one.at).total_seconds()
        for one in memory.taken
        if one.kind is Kind.LEAK and one.instance == scraped.instance
    ]
    return replace(
        reading,
        goroutines=sum(counts.values()),
        of_stack=None if scraped.asked_for is None else counts.get(scraped.asked_for, 0),
        life=life.begin if life else None,
        settled_seconds=min((seconds for seconds in before if 0 <= seconds <= _BESIDE_SECONDS), default=None),
    )
