"""A replay in several processes, some services each -> what one process would have told, in the same order.

Exists because services know nothing of each other, and a machine has more than one core. Each process opens the
recording itself and tells its changes through a pipe; they are merged by the attempt that decided them. A process that
dies ends the replay: half of an answer would look like a whole one.
"""

import heapq
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from operator import itemgetter

from processors.replay import Replay, Told, Totals
from schemas.recording import RecordingError

Part = frozenset[str]
"""Names of services."""
RunPart = Callable[[Part], tuple[Iterator[Told], Replay]]
"""The services of a part -> its changes of state, and the replay that tells what it met once they are all taken."""


@dataclass(slots=True)
class _Worker:
    """A process with its end of the pipe. `totals` is there when it has told all."""

    process: multiprocessing.process.BaseProcess
    pipe: Connection
    totals: Totals | None = None

    def listen(self) -> Iterator[Told]:
        """Give what it tells; raises RecordingError when it dies or says that it cannot go on."""
        while self.totals is None:
            try:
                said = self.pipe.recv()
            except EOFError:
                self.process.join()
                raise RecordingError(f"a process that replayed a part ended with {self.process.exitcode}") from None
            if isinstance(said, RecordingError):
                raise said
            if isinstance(said, Totals):
                self.totals = said
            else:
                yield said


def may_split() -> bool:
    """Say whether processes can be had cheaply: only Linux lets one go on with all that this one has loaded."""
    return sys.platform == "linux"


def cores() -> int:
    """Give the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def divide(profiles: Mapping[str, int], parts: int) -> Sequence[Part]:
    """Divide services into so many parts, none empty, with about the same number of profiles: the largest first."""
    chosen: list[set[str]] = [set() for _ in range(min(parts, len(profiles)))]
    sizes = [(0, index) for index in range(len(chosen))]
    for service in sorted(profiles, key=lambda name: (-profiles[name], name)):
        size, index = heapq.heappop(sizes)
        chosen[index].add(service)
        heapq.heappush(sizes, (size + max(1, profiles[service]), index))
    return [frozenset(part) for part in chosen]


def replay_parts(run: RunPart, parts: Sequence[Part], totals: Totals) -> Iterator[Told]:
    """Run every part in a process of its own, give their changes as one, and add to `totals`; raises RecordingError."""
    workers = [_start(run, part) for part in parts]
    try:
        yield from heapq.merge(*(worker.listen() for worker in workers), key=itemgetter(0))
    finally:
        for worker in workers:
            worker.pipe.close()
            worker.process.terminate()
            worker.process.join()
    for worker in workers:
        totals.add(worker.totals or Totals())


def _start(run: RunPart, part: Part) -> _Worker:
    """Start a process; what it says ends when it does, because it alone holds the other end."""
    fork = multiprocessing.get_context("fork")
    ours, theirs = fork.Pipe(duplex=False)
    process = fork.Process(target=_work, args=(run, part, theirs), daemon=True)
    process.start()
    theirs.close()
    return _Worker(process, ours)


def _work(run: RunPart, part: Part, pipe: Connection) -> None:
    """Tell all changes, then the totals; an interrupt is for the process that a person sees."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        told, replay = run(part)
        for change in told:
            pipe.send(change)
        pipe.send(replay.totals)
    except RecordingError as error:
        pipe.send(error)
    except BrokenPipeError:
        pass
    pipe.close()
