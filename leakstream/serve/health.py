"""/metrics, /healthz and /readyz of a running process.

`healthz` says that the process lives and none of its roles ended; `readyz` that every role is up. Bound to loopback
by default: metrics tell names of services.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aiohttp import web

from leakstream.adapters.metrics import CONTENT_TYPE, Metrics

_OK = 200
_UNAVAILABLE = 503


@dataclass(frozen=True, slots=True)
class Health:
    """What is asked of the process: each role's name with the reason why it is not well, empty when it is."""

    metrics: Metrics
    alive: Callable[[], Mapping[str, str]]
    ready: Callable[[], Mapping[str, str]]


async def start_health(health: Health, host: str, port: int) -> web.AppRunner:
    """Listen; the runner's cleanup() ends it. Raises OSError when the address is taken."""

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=health.metrics.expose(), headers={"Content-Type": CONTENT_TYPE})

    async def healthz(_: web.Request) -> web.Response:
        return _answer(health.alive())

    async def readyz(_: web.Request) -> web.Response:
        return _answer(health.ready())

    app = web.Application()
    app.add_routes([web.get("/metrics", metrics), web.get("/healthz", healthz), web.get("/readyz", readyz)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    return runner


def _answer(roles: Mapping[str, str]) -> web.Response:
    """Say ok, or which role is not well and why."""
    ill = {role: reason for role, reason in roles.items() if reason}
    text = "\n".join(f"{role}: {reason or 'ok'}" for role, reason in sorted(roles.items()))
    return web.Response(text=text + "\n", status=_UNAVAILABLE if ill else _OK)
