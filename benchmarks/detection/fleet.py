"""Which processes live when: steady fleets, roll-outs by waves, canaries, scaling, restarts."""

from benchmarks.detection.draft import Draft
from benchmarks.detection.world import HOUR, Life

RESTARTED_SHARE = 0.2
"""So many fleets are restarted, by the same version, in the first hours of the recording."""
_LETTERS = "bcdfghjklmnpqrstvwxz2456789"


def start_fleet(draft: Draft, youngest_hours: float = 3.0) -> None:
    """Let every place have a process that has lived for some time: from one roll-out, or each from its own begin."""
    once = -HOUR * draft.rng.uniform(youngest_hours + 1, 96)
    apart = draft.chance(0.4)
    for place in range(draft.places):
        own = -HOUR * draft.rng.uniform(youngest_hours, 120)
        add_life(draft, place, 0, own if apart else once + HOUR * draft.rng.random())
    if draft.chance(RESTARTED_SHARE):
        roll_out(draft, HOUR * draft.rng.uniform(0.3, 2.0), HOUR * draft.rng.uniform(0.01, 0.4), release=0)


def add_life(draft: Draft, place: int, release: int, born: float) -> None:
    """Add a process that lives until something ends it."""
    if draft.stable_names:
        instance = f"10.{draft.seed % 200}.{place // 200}.{place % 200 + 1}:6060"
    else:
        suffix = "".join(draft.rng.choice(list(_LETTERS), 5))
        instance = f"{draft.service}-{release:x}{draft.seed:04x}-{suffix}:6060"
    draft.lives.append(Life(len(draft.lives), place, instance, release, born))


def end_life(draft: Draft, life: Life, at: float) -> None:
    """End a process."""
    draft.lives[life.number] = Life(life.number, life.place, life.instance, life.release, life.born, at)


def living(draft: Draft, at: float) -> list[Life]:
    """Give the processes that live at a moment."""
    return [life for life in draft.lives if life.born <= at < life.died]


def roll_out(
    draft: Draft, at: float, wave_seconds: float, *, places: frozenset[int] = frozenset(), release: int = -1
) -> float:
    """Replace the processes (of some places) by ones of the next release, one after another; give when it is done.

    Each is away for ten seconds to a minute and a half. With `release` they get that one (0 for a plain restart).
    """
    chosen = [life for life in living(draft, at) if not places or life.place in places]
    done = at
    for rank, life in enumerate(chosen):
        dies = at + wave_seconds * rank / max(len(chosen), 1) + 5 * draft.rng.random()
        end_life(draft, life, dies)
        born = dies + draft.rng.uniform(10, 90)
        add_life(draft, life.place, life.release + 1 if release < 0 else release, born)
        done = max(done, born)
    return done
