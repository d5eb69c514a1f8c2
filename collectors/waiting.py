"""The one way the loops of this room wait: for a while, or for an event, whichever comes first."""

import asyncio


async def pause(seconds: float, until: asyncio.Event) -> None:
    """Wait so long, or until the event; no time at all when `seconds` is not above 0."""
    try:
        async with asyncio.timeout(max(0.0, seconds)):
            await until.wait()
    except TimeoutError:
        return
