"""One service's growth: what is remembered of it, and the moment a slot is closed.

`Growing` is what a processor keeps per service. It changes by `begin`, `observe`, `end` and `close` alone; the same
calls in the same order leave the same state, so it can be rebuilt from what is stored.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from processors.growth.answer import Answer
from processors.growth.crests import Crests
from processors.growth.evaluate import Moment, evaluate_scale
from processors.growth.load import Load
from processors.growth.lookup import Places, Values
from processors.growth.noise import Noise
from processors.growth.questions import Asking
from processors.growth.roster import Roster
from processors.growth.series import Life, Series
from processors.growth.waves import Waves
from processors.growth.windows import count_closing
from schemas.model import Fingerprint

_SECONDS_PER_HOUR = 3600
_MOST_COUNTED = np.iinfo(np.uint32).max - 1
_FLATTEN_SCALE = 6
"""Still rows are let go when a window of this scale ends: every three hours at one scrape a minute."""


@dataclass(slots=True)
class Growing:
    """All that growth is computed from."""

    roster: Roster = field(default_factory=Roster)
    series: Series = field(default_factory=Series)
    load: Load = field(default_factory=Load)
    waves: Waves = field(default_factory=Waves)
    mature: NDArray[np.uint32] = field(default_factory=lambda: np.zeros(0, dtype=np.uint32))
    noise: Noise = field(default_factory=Noise)
    noise_of_sums: Noise = field(default_factory=Noise)
    crests: Crests = field(default_factory=Crests)
    crests_of_sums: Crests = field(default_factory=Crests)
    answers: dict[int, dict[int, Answer]] = field(default_factory=dict)

    def meet(self, values: Values, goroutines: NDArray[np.uint64], name_of: Callable[[int], Fingerprint]) -> Places:
        """Number the fingerprints of a profile."""
        numbers, sums = self.roster.meet(values, goroutines, name_of)
        for total, part in sums:
            self.series.become_sum(total, part)
        return numbers

    def begin(self, life: Life, numbers: Places, goroutines: NDArray[np.uint64]) -> int:
        """Take in the first scrape of a life; give its place."""
        counts = self._spread_out([numbers], [goroutines])
        self._add_load(counts)
        return self.series.begin(life, counts[0])

    def observe(self, places: Places, numbers: Sequence[Places], goroutines: Sequence[NDArray[np.uint64]]) -> None:
        """Take in another scrape of each of some lives, all of them different."""
        counts = self._spread_out(numbers, goroutines)
        self._add_load(counts)
        self.series.observe(places, counts)

    def close(self, moment: Moment, asking: Asking) -> bool:
        """Close a slot; True when windows ended with it and `answers` are new."""
        self.load.end_slot()
        self.waves.end_slot(int(moment.number * moment.interval_seconds // _SECONDS_PER_HOUR))
        closing = count_closing(moment.number)
        if not closing:
            return False
        self.load.end_window()
        for closed in self.series.close(closing):
            found = evaluate_scale(self, closed, moment, asking)
            self._replace(closed.scale, found)
        if closing > _FLATTEN_SCALE:
            self.series.flatten()
        return True

    def _replace(self, scale: int, found: Mapping[int, Answer]) -> None:
        """Put the answers of a scale in the place of its former ones."""
        for number in [number for number, scales in self.answers.items() if scale in scales and number not in found]:
            del self.answers[number][scale]
            if not self.answers[number]:
                del self.answers[number]
        for number, answer in found.items():
            self.answers.setdefault(number, {})[scale] = answer

    def _spread_out(self, numbers: Sequence[Places], goroutines: Sequence[NDArray[np.uint64]]) -> NDArray[np.uint32]:
        """Give a line for each scrape, one count for each number of the roster, sums of entries included."""
        layout = self.roster.layout
        counts = np.zeros((len(numbers), layout.wide), dtype=np.uint32)
        begins = np.repeat(np.arange(len(numbers)) * layout.wide, [len(part) for part in numbers])
        counts.reshape(-1)[np.concatenate(numbers) + begins] = np.minimum(np.concatenate(goroutines), _MOST_COUNTED)
        if len(layout.members):
            counts[:, layout.entries] = np.add.reduceat(counts[:, layout.members], layout.starts, axis=1)
        return counts

    def _add_load(self, counts: NDArray[np.uint32]) -> None:
        """Let scrapes count for load and for the usual waves."""
        self.waves.add(counts)
        self.load.add(self.roster.layout.serving, counts)
