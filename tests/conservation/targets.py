"""Go programs that number their profiles: what they served is what must be accounted for.

Every profile holds a stack `main.sequence` with as many goroutines as profiles were served at this port, so that a
profile is known again wherever it ends. Each is written to a file before it is answered: `port serial unix_seconds`.

    python -m tests.conservation.targets FILE PORT…
"""

import asyncio
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TextIO

from aiohttp import web

from tests.pprof_maker import make_profile

_PARKED = ("runtime.gopark", "runtime.chanrecv", "runtime.chanrecv1")
_STACKS = 20


class Targets:
    """All of them, each at its port."""

    def __init__(self, ledger: TextIO) -> None:
        self.ledger = ledger
        self.served: Counter[int] = Counter()

    async def answer(self, request: web.Request) -> web.Response:
        """Serve the next profile of the port that was asked."""
        assert request.transport is not None
        port = request.transport.get_extra_info("sockname")[1]
        self.served[port] += 1
        self.ledger.write(f"{port} {self.served[port]} {time.time():.3f}\n")
        self.ledger.flush()
        return web.Response(body=profile_of(self.served[port]), content_type="application/octet-stream")


def profile_of(serial: int) -> bytes:
    """Make a profile that carries its number, beside stacks that stay and one that comes and goes."""
    samples = [((*_PARKED, "main.sequence", "main.main"), serial)]
    samples += [((*_PARKED, f"main.worker{number}", "main.pool"), 3) for number in range(_STACKS)]
    if serial % 7:
        samples.append(((*_PARKED, "main.sometimes", "main.main"), serial % 7))
    return make_profile(samples)


async def serve(file: Path, ports: list[int]) -> None:
    """Serve until killed."""
    with file.open("a") as ledger:
        targets = Targets(ledger)
        app = web.Application()
        app.router.add_get("/debug/pprof/goroutine", targets.answer)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        for port in ports:
            await web.TCPSite(runner, "127.0.0.1", port).start()
        print("listening", flush=True)  # noqa: T201 the one who started it reads it
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), [int(port) for port in sys.argv[2:]]))
