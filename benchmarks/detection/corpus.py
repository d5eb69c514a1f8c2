"""Every class of harmless growth and of leaks, by name, and the scenarios that are drawn of each."""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

from benchmarks.detection import harmless_changes as changes
from benchmarks.detection import harmless_episodes as episodes
from benchmarks.detection import harmless_waves as waves
from benchmarks.detection import leaks, leaks_groups
from benchmarks.detection.draft import Draft
from benchmarks.detection.nouns import HELD_OUT, TUNING, Scenario, Truth
from benchmarks.detection.world import Plan

SEEDS = range(24, 48)
"""Of each class. Those below were looked at, one by one, while the detector was made: they stand in no table."""

CLASSES: Mapping[str, Callable[[Draft], None]] = {
    "stationary_noise": waves.stationary_noise,
    "daily_waves": waves.daily_waves,
    "weekly_waves": waves.weekly_waves,
    "autoscaling": waves.autoscaling,
    "pools_follow_traffic": waves.pools_follow_traffic,
    "spike_and_recovery": waves.spike_and_recovery,
    "traffic_growth": waves.traffic_growth,
    "endpoint_growth": waves.endpoint_growth,
    "websockets": waves.websockets,
    "deploy_ramp": changes.deploy_ramp,
    "cache_warmup": changes.cache_warmup,
    "one_step": changes.one_step,
    "several_steps": changes.several_steps,
    "staggered_config": changes.staggered_config,
    "pool_resize": changes.pool_resize,
    "refactor": changes.refactor,
    "go_upgrade": changes.go_upgrade,
    "label_explosion": changes.label_explosion,
    "vanishing_instances": changes.vanishing_instances,
    "slow_walk": episodes.slow_walk,
    "batch_sawtooth": episodes.batch_sawtooth,
    "slow_downstream": episodes.slow_downstream,
    "scrape_outage": episodes.scrape_outage,
    "leak_linear": leaks.leak_linear,
    "leak_load": leaks.leak_load,
    "leak_bursty": leaks.leak_bursty,
    "leak_exponential": leaks.leak_exponential,
    "leak_midrun": leaks.leak_midrun,
    "leak_canary": leaks.leak_canary,
    "leak_slow": leaks.leak_slow,
    "leak_noisy_peak": leaks.leak_noisy_peak,
    "leak_restarts": leaks.leak_restarts,
    "leak_tiny": leaks.leak_tiny,
    "leak_huge": leaks.leak_huge,
    "leak_first_scrape": leaks.leak_first_scrape,
    "leak_spread": leaks_groups.leak_spread,
    "leak_connections": leaks_groups.leak_connections,
    "leak_lock": leaks_groups.leak_lock,
    "leak_lockstep": leaks_groups.leak_lockstep,
    "leak_two": leaks_groups.leak_two,
}


def scenarios(half: str | None = None) -> Iterator[Scenario]:
    """Give the scenarios of a half (`tuning`, `held_out`; None is all), class by class. Nothing is simulated yet."""
    for klass in CLASSES:
        for seed in SEEDS:
            if half in (None, half_of(seed)):
                yield make_scenario(klass, seed)


def half_of(seed: int) -> str:
    """Say to which half a seed belongs."""
    return HELD_OUT if seed % 2 else TUNING


def make_scenario(klass: str, seed: int) -> Scenario:
    """Draw a scenario of a class."""
    plan, truths = draw_plan(klass, seed)
    return Scenario(
        f"{klass}/{seed}",
        klass,
        seed,
        half_of(seed),
        plan.interval_seconds,
        plan.stacks,
        truths,
        plan.places,
        plan.seconds / 3600,
    )


@lru_cache(maxsize=64)
def draw_plan(klass: str, seed: int) -> tuple[Plan, tuple[Truth, ...]]:
    """Draw what a scenario is made of, and what is true of it."""
    draft = Draft(klass, seed)
    CLASSES[klass](draft)
    return draft.finish(), tuple(draft.truths)
