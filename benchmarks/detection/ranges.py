"""Every parameter that is drawn, with its range. `draw` says how: evenly, or by its logarithm where the range is wide.

Hours are the recording's, places the instances at one time, `per_minute` a leak's goroutines on one instance. A leak's
recording is as long as its rule says (leaks.py), so its hours are the least.
"""

from collections.abc import Mapping

Range = tuple[float, float]

COMMON: Mapping[str, Range] = {
    "hours": (10, 18),
    "places": (1, 5),
    "daily": (0.05, 0.5),
    "wander": (0.03, 0.15),
    "peaks_per_hour": (0.02, 0.5),
    "peak_factor": (1.3, 4),
    "uneven": (0.03, 0.3),
    "failure_share": (0.0005, 0.02),
    "handlers": (4, 10),
    "pools": (1, 4),
    "singles": (8, 22),
    "begin_hours": (2.6, 5),
    "per_minute": (0.1, 20),
    "requests_mean": (0.05, 8),
    "keep_alive_mean": (5, 120),
    "session_mean": (10, 300),
}

HARMLESS: Mapping[str, Mapping[str, Range]] = {
    "stationary_noise": {"daily": (0, 0.05), "wander": (0.02, 0.3)},
    "daily_waves": {"hours": (30, 50), "daily": (0.4, 0.8), "places": (1, 2)},
    "weekly_waves": {"hours": (190, 240), "daily": (0.3, 0.6), "weekly": (0.2, 0.6), "places": (1, 2)},
    "deploy_ramp": {"tau_minutes": (5, 60), "warm_goroutines": (30, 800), "wave_minutes": (1, 60)},
    "cache_warmup": {"tau_minutes": (20, 180), "warm_goroutines": (40, 2000)},
    "one_step": {"step": (10, 400), "staggered_minutes": (0.1, 5)},
    "several_steps": {"step": (8, 120), "steps": (2, 5)},
    "autoscaling": {"hours": (20, 26), "daily": (0.4, 0.75), "places": (2, 4)},
    "pools_follow_traffic": {"daily": (0.4, 0.8), "pool": (30, 400), "hours": (18, 28), "places": (1, 3)},
    "spike_and_recovery": {"spike_factor": (3, 12), "spike_minutes": (5, 40), "spikes": (1, 4)},
    "slow_walk": {"walk_mean": (20, 600), "walk_hours": (0.5, 5), "hours": (20, 28), "places": (1, 3)},
    "batch_sawtooth": {"batch": (20, 600), "period_minutes": (20, 240)},
    "traffic_growth": {"hours": (48, 84), "growth_factor": (1.4, 3), "places": (1, 2)},
    "endpoint_growth": {"growth_factor": (2, 12), "growth_hours": (2, 10)},
    "refactor": {"moved": (20, 300)},
    "go_upgrade": {"moved": (20, 200)},
    "label_explosion": {"label_values": (20, 400)},
    "vanishing_instances": {"places": (3, 6)},
    "websockets": {"session_mean": (50, 2000), "session_minutes": (5, 180), "hours": (20, 28), "places": (1, 3)},
    "pool_resize": {"step": (20, 400)},
    "staggered_config": {"step": (5, 60), "staggered_minutes": (20, 240), "places": (3, 7)},
    "slow_downstream": {"episode_minutes": (10, 40), "episodes": (1, 3), "per_minute": (2, 60)},
    "scrape_outage": {"outage_minutes": (15, 180)},
}

LEAKS: Mapping[str, Mapping[str, Range]] = {
    "leak_linear": {"hours": (8, 10), "per_minute": (0.1, 60)},
    "leak_load": {"hours": (10, 14), "per_minute": (0.2, 20), "daily": (0.2, 0.6)},
    "leak_bursty": {"hours": (10, 14), "per_minute": (0.3, 10), "batch": (3, 30)},
    "leak_exponential": {"hours": (8, 10), "per_minute": (0.1, 1), "doubling_hours": (0.7, 2.5)},
    "leak_midrun": {"hours": (10, 14), "per_minute": (0.2, 20), "begin_hours": (4, 7)},
    "leak_canary": {"hours": (9, 12), "places": (4, 10), "per_minute": (0.3, 15)},
    "leak_slow": {"hours": (14, 18), "places": (12, 40), "per_minute": (0.03, 0.045)},
    "leak_noisy_peak": {
        "hours": (12, 18),
        "per_minute": (0.5, 10),
        "peaks_per_hour": (0.5, 2),
        "noisy_mean": (10, 80),
        "places": (1, 4),
    },
    "leak_spread": {"hours": (8, 12), "per_minute": (0.5, 15), "split": (2, 6)},
    "leak_restarts": {"hours": (30, 50), "period_hours": (4, 24), "per_minute": (0.3, 10), "places": (1, 3)},
    "leak_tiny": {"hours": (9, 12), "per_minute": (0.1, 3), "places": (1, 2)},
    "leak_huge": {"hours": (8, 9), "per_minute": (5, 60), "places": (1, 2), "crowd": (150_000, 300_000)},
    "leak_connections": {"hours": (10, 14), "per_minute": (0.4, 10), "daily": (0, 0.1)},
    "leak_lock": {"hours": (8, 10), "per_minute": (1, 30)},
    "leak_two": {"hours": (9, 12), "per_minute": (0.4, 10)},
    "leak_lockstep": {"hours": (8, 12), "per_minute": (0.4, 15)},
    "leak_first_scrape": {"hours": (10, 16), "per_minute": (0.2, 15)},
}

RANGES: Mapping[str, Mapping[str, Range]] = {**HARMLESS, **LEAKS}
