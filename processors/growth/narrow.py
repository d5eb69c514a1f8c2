"""What rises -> what rises beyond its noise: of all else no answer is worth telling, so nothing more is asked of it.

Most of what rises is noise, and twelve questions cost more than one.
"""

import numpy as np

from processors.growth.describe import Numbers, Span, State
from processors.growth.measure import score


def narrow(state: State, span: Span, rows: Numbers, sums: Numbers, least: float) -> tuple[Numbers, Numbers]:
    """Give the rows, and the numbers of the sums, of all stacks of which one rises by so many standard deviations.

    Load is taken for none, which makes every rise the larger: what is left out rises too little by any load.
    """
    ids = state.series.ids[rows]
    floors, added = span.floors[rows], span.sums[sums]
    own = score(floors, np.ones(len(rows)), state.noise.spread(span.scale, ids, floors[:, -1]))
    numbers = sums.astype(np.int32)
    total = score(added, np.ones(len(sums)), state.noise_of_sums.spread(span.scale, numbers, added[:, -1]))
    worth = np.zeros(len(state.roster), dtype=np.bool_)
    worth[ids[own >= least]] = True
    worth[sums[total >= least]] = True
    return rows[worth[ids]], sums[worth[sums]]
