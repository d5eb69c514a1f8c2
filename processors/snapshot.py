"""ServiceMemory <-> bytes: what was learned of a service outlives the process in the store.

A snapshot is a numpy archive without pickles: the arrays, and one JSON header with all that is no array; deflated, in
base64. Names of stacks are not in it, the store has them. One that another version wrote is refused, and memory is
rebuilt from counts.
"""

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from zlib import crc32

import numpy as np

from processors.growth.answer import Answer
from processors.growth.series import Life
from processors.growth.service import Growing
from processors.judge import Watch
from processors.memory import KnownStack, Observation, ServiceMemory
from processors.seen import Seen
from schemas.model import Finding, State

FORMAT = 2
_EVERY_SLOTS = 60
_SERIES = ("ids", "places", "now", "low", "high", "first", "floors", "older", "gaps", "older_gaps")
_LIVES = ("flat", "row_of", "seen", "present", "older_present")
_ROSTER = ("entry_of", "serving", "requests", "demand", "own")
_WAVES = ("total", "past")
_LOAD = ("total", "recent", "past")


class SnapshotError(ValueError):
    """Bytes that are no snapshot of this version, or that name stacks the store does not know."""


def due(memory: ServiceMemory, slot: datetime) -> bool:
    """Say whether it is time for a snapshot when this slot was closed; services take turns."""
    return (memory.number(slot) + crc32(memory.name.encode(errors="surrogatepass"))) % _EVERY_SLOTS == 0


def pack(memory: ServiceMemory) -> str:
    """Write all of a memory but the names of its stacks."""
    growing = memory.growing
    arrays: dict[str, Any] = {
        f"series_{name}": getattr(growing.series, name)[: growing.series.rows] for name in _SERIES
    }
    arrays |= {f"lives_{name}": getattr(growing.series, name)[: len(growing.series.lives)] for name in _LIVES}
    arrays |= {f"roster_{name}": getattr(growing.roster, name) for name in _ROSTER}
    arrays |= {f"load_{name}": getattr(growing.load, name) for name in _LOAD}
    arrays |= {f"waves_{name}": getattr(growing.waves, name) for name in _WAVES}
    arrays["mature"] = growing.mature
    arrays |= {"noise": growing.noise.sums, "noise_of_sums": growing.noise_of_sums.sums}
    arrays |= {"crests": growing.crests.levels, "crests_of_sums": growing.crests_of_sums.levels}
    waiting = [item for number in sorted(memory.pending) for item in memory.pending[number]]
    for at, item in enumerate(waiting):
        arrays |= {f"waiting_{at}_values": item.values, f"waiting_{at}_goroutines": item.goroutines}
    header = json.dumps(_head(memory, waiting), separators=(",", ":")).encode()
    file = BytesIO()
    np.savez(file, header=np.frombuffer(header, np.uint8), **arrays)
    return b64encode(zlib.compress(file.getvalue(), 1)).decode()


def unpack(name: str, data: str, stacks: Mapping[int, KnownStack]) -> ServiceMemory:
    """Read a memory back; raises SnapshotError."""
    try:
        with np.load(BytesIO(zlib.decompress(b64decode(data))), allow_pickle=False) as archive:
            arrays = {key: archive[key] for key in archive.files}
        return _build(name, _read_head(arrays["header"].tobytes()), arrays, stacks)
    except SnapshotError:
        raise
    except (ValueError, KeyError, TypeError, OSError, EOFError, zlib.error) as error:
        raise SnapshotError(f"no snapshot: {type(error).__name__}: {error}") from error


def _read_head(data: bytes) -> dict[str, Any]:
    """Read the header; raises SnapshotError when another version wrote it."""
    head: dict[str, Any] = json.loads(data)
    if head["format"] != FORMAT:
        raise SnapshotError(f"written in format {head['format']}, this version reads {FORMAT}")
    return head


def _head(memory: ServiceMemory, waiting: list[Observation]) -> dict[str, object]:
    """Give all that is no array."""
    growing = memory.growing
    return {
        "format": FORMAT,
        "interval_seconds": memory.interval_seconds,
        "first_slot": _write_time(memory.first_slot),
        "closed": memory.closed,
        "places": memory.places,
        "watches": {str(value): _write_watch(watch) for value, watch in memory.watches.items()},
        "leaders": {str(value): leader for value, leader in memory.leaders.items()},
        "seen": {instance: [seen.newest, hex(seen.mask)] for instance, seen in memory.seen.items()},
        "lives": [_write_life(life) for life in growing.series.lives],
        "roster": [0 if found is None else found.value for found in growing.roster.names],
        "entries": growing.roster.entries,
        "waves": [growing.waves.hour, growing.waves.first_hour, growing.waves.scrapes],
        "load": [growing.load.numbers, growing.load.lives, growing.load.ticks],
        "answers": {
            str(number): {str(scale): asdict(answer) for scale, answer in scales.items()}
            for number, scales in growing.answers.items()
        },
        "waiting": [
            [
                item.instance,
                _write_time(item.slot),
                item.interval_seconds,
                dict(item.labels),
                _write_time(item.process_start),
            ]
            for item in waiting
        ],
    }


def _build(
    name: str, head: dict[str, Any], arrays: Mapping[str, Any], stacks: Mapping[int, KnownStack]
) -> ServiceMemory:
    """Make a memory of the parts."""
    memory = ServiceMemory(name, head["interval_seconds"], _read_time(head["first_slot"]), head["closed"])
    memory.stacks = dict(stacks)
    memory.growing = _build_growing(head, arrays, stacks)
    memory.places = head["places"]
    memory.watches = {int(value): _read_watch(watch) for value, watch in head["watches"].items()}
    memory.leaders = {int(value): leader for value, leader in head["leaders"].items()}
    memory.seen = {instance: Seen(newest, int(mask, 16)) for instance, (newest, mask) in head["seen"].items()}
    for at, (instance, slot, interval_seconds, labels, started) in enumerate(head["waiting"]):
        values, goroutines = arrays[f"waiting_{at}_values"], arrays[f"waiting_{at}_goroutines"]
        begun = _read_time(slot)
        if begun is None:
            raise SnapshotError("an observation without a slot")
        place = (instance, begun, interval_seconds, labels, _read_time(started))
        memory.wait(Observation(*place, values, goroutines, memory.find(values)))
    return memory


def _build_growing(head: dict[str, Any], arrays: Mapping[str, Any], stacks: Mapping[int, KnownStack]) -> Growing:
    """Make the part that growth is computed from."""
    growing = Growing()
    roster, series, load = growing.roster, growing.series, growing.load
    missing = [value for value in head["roster"] if value and value not in stacks]
    if missing:
        raise SnapshotError(f"{len(missing)} stacks are not in the store")
    roster.names = [stacks[value].fingerprint if value else None for value in head["roster"]]
    roster.ids = {value: number for number, value in enumerate(head["roster"]) if value}
    roster.entries = head["entries"]
    for key in _ROSTER:
        setattr(roster, key, arrays[f"roster_{key}"])
    for key in _SERIES:
        setattr(series, key, arrays[f"series_{key}"])
    for key in _LIVES:
        setattr(series, key, arrays[f"lives_{key}"])
    series.rows = len(series.ids)
    series.lives = [_read_life(life) for life in head["lives"]]
    load.numbers, load.lives, load.ticks = head["load"]
    for key in _LOAD:
        setattr(load, key, arrays[f"load_{key}"])
    growing.waves.hour, growing.waves.first_hour, growing.waves.scrapes = head["waves"]
    for key in _WAVES:
        setattr(growing.waves, key, arrays[f"waves_{key}"])
    growing.mature = arrays["mature"]
    growing.noise.sums, growing.noise_of_sums.sums = arrays["noise"], arrays["noise_of_sums"]
    growing.crests.levels, growing.crests_of_sums.levels = arrays["crests"], arrays["crests_of_sums"]
    growing.crests.levels, growing.crests_of_sums.levels = arrays["crests"], arrays["crests_of_sums"]
    growing.answers = {
        int(number): {int(scale): _read_answer(answer) for scale, answer in scales.items()}
        for number, scales in head["answers"].items()
    }
    return growing


def _write_time(moment: datetime | None) -> int | None:
    return None if moment is None else round(moment.timestamp() * 1000)


def _read_time(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)


def _write_watch(watch: Watch) -> dict[str, object]:
    written = asdict(watch)
    return written | {"since": _write_time(watch.since), "fired": _write_time(watch.fired)}


def _read_watch(written: dict[str, Any]) -> Watch:
    times = {"since": _read_time(written["since"]), "fired": _read_time(written["fired"])}
    return Watch(**(written | times | {"state": State(written["state"])}))


def _write_life(life: Life | None) -> list[object] | None:
    if life is None:
        return None
    begun, started = _write_time(life.begin), _write_time(life.process_start)
    return [life.instance, begun, life.version, started, life.spacing, life.birth, life.newest]


def _read_life(written: list[Any] | None) -> Life | None:
    if written is None:
        return None
    instance, begun, version, started, spacing, birth, newest = written
    begin = _read_time(begun)
    if begin is None:
        raise SnapshotError("a life without a begin")
    return Life(instance, begin, version, _read_time(started), spacing, birth, newest)


def _read_answer(written: dict[str, Any]) -> Answer:
    findings = tuple(Finding(**finding) for finding in written["findings"])
    risen = tuple((place, rise) for place, rise in written["risen"])
    return Answer(**(written | {"findings": findings, "steps": tuple(written["steps"]), "risen": risen}))
