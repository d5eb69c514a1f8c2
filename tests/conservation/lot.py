"""One lot of a torture run: faults are let happen and mended, and it is noted when profiles may have been lost."""

import signal
import time
from collections import Counter
from dataclasses import dataclass, field

from tests.conservation.crew import REQUEST_TIMEOUT_SECONDS, TIMEOUT_SECONDS, Crew, Program
from tests.conservation.ledger import Window
from tests.conservation.schedule import ROLES, Fault
from tests.conservation.settle import add_partitions, count_rebalances, drain, wait_for_processors

_GRACE_SECONDS = 1.5
_LONG_SECONDS = 2.0


@dataclass(slots=True)
class Lot:
    """One lot under way: what was done to whom, and when profiles may have been lost."""

    crew: Crew
    done: Counter[str] = field(default_factory=Counter)
    excuses: list[Window] = field(default_factory=list)
    rebalances: dict[tuple[str, int], int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def meet(self, fault: Fault) -> None:
        """Let a fault happen, last, and be mended."""
        self.done[fault.kind] += 1
        action, _, what = fault.kind.partition(" ")
        if what in ROLES:
            self._trouble(action, self._choose(action, what, fault.number), fault.seconds)
        elif what == "broker":
            self._trouble_broker(action, fault.seconds)
        elif fault.kind == "kill store":
            self.crew.store.kill()
            time.sleep(fault.seconds)
            self.crew.store.start()
            self.crew.wait_for_store()
        elif action == "store":
            self._trouble_store(what, fault)
        else:
            self._add_partitions()
        time.sleep(fault.calm_seconds)
        self.crew.start_roles()
        wait_for_processors(self.crew)
        count_rebalances(self.crew, self.rebalances)

    def _add_partitions(self) -> None:
        """Add partitions as docs/operate.md says: collectors stopped, everything processed, then collectors started."""
        for program in self.crew.roles["collect"]:
            now = time.time()
            self.excuses.append(Window(0, now - TIMEOUT_SECONDS, now + _GRACE_SECONDS, "restart collect"))
            self._expect_zero(program)
        if not drain(self.crew):
            self.problems.append("profiles were not processed before partitions were added")
        add_partitions(self.crew)

    def _trouble_store(self, what: str, fault: Fault) -> None:
        """Let the store misbehave; where that takes long, the processors die in the midst of it, a batch in hand."""
        self.crew.set_fault(what)
        time.sleep(fault.seconds / 2)
        if fault.seconds > _LONG_SECONDS:
            self.done["kill processes in a store fault"] += 1
            for program in self.crew.roles["process"]:
                program.kill()
        time.sleep(fault.seconds / 2)
        self.crew.set_fault("none")

    def _choose(self, action: str, role: str, number: int) -> Program:
        """Give the program of a role; who joins is the spare one."""
        return self.crew.roles[role][ROLES[role] if action == "join" else number]

    def _trouble(self, action: str, program: Program, seconds: float) -> None:
        """Kill, restart, freeze or add a program."""
        if program.name.startswith("collect"):
            now = time.time()
            before = REQUEST_TIMEOUT_SECONDS + _GRACE_SECONDS if action == "kill" else TIMEOUT_SECONDS
            self.excuses.append(Window(0, now - before, now + _GRACE_SECONDS, f"{action} collect"))
        if action == "kill":
            program.kill()
        elif action == "restart":
            self._expect_zero(program)
        elif action == "freeze":
            program.send(signal.SIGSTOP)
        else:
            program.start()
        time.sleep(seconds)
        if action == "freeze":
            program.send(signal.SIGCONT)
        elif action == "join":
            self._expect_zero(program)
        else:
            program.start()

    def _expect_zero(self, program: Program) -> None:
        """Stop a program in order; another exit code is remembered."""
        code = program.stop()
        if code:
            self.problems.append(f"{program.name} ended with {code} at SIGTERM")

    def _trouble_broker(self, action: str, seconds: float) -> None:
        """Kill, restart or freeze the broker."""
        broker = self.crew.broker
        if action == "freeze":
            broker.pause()
            time.sleep(seconds)
            broker.resume()
            return
        if action == "kill":
            broker.kill()
        else:
            broker.stop()
        time.sleep(seconds)
        broker.start()

    def count_rebalances(self) -> int:
        """Give the rebalances that all processors told of."""
        return sum(self.rebalances.values())
