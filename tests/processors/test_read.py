"""What a reader promises about what it remembers."""

import gzip
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.measured_read import MeasuredRead
from processors.read import Memory, Reader
from processors.reading import Way
from processors.spread_key import spread_key
from schemas.limits import ProfileLimits
from schemas.model import Fingerprint
from schemas.raw_stack import RawStack
from tests.doubles import RecordingTelemetry
from tests.fuzz.law import KEY, SMALL, identify, make_reader, outcome_of, outcome_of_oracle
from tests.fuzz.mutate import Mutator
from tests.fuzz.pprof import load_profiles
from tests.pprof_maker import make_profile

PROFILES = Path(__file__).parents[1] / "fuzz" / "profiles"
WALKS = [gzip.decompress((PROFILES / f"walks-{number}.pb.gz").read_bytes()) for number in (0, 1)]
"""Two scrapes of one build, which has a build id."""
LYING = WALKS[0].replace(b"example.com/service/p0.T0.M0", b"example.com/service/p0.T9.M9")
"""The same addresses, and another name."""


@dataclass
class Naming:
    """Names stacks, and remembers which."""

    named: list[RawStack] = field(default_factory=list)

    def __call__(self, raw: RawStack) -> Fingerprint:
        """Name one."""
        self.named.append(raw)
        return identify(raw)


def ways(reader: Reader, *profiles: bytes, service: str = "s") -> list[str]:
    """Read profiles; give how."""
    return [reader.read(service, profile).way.value for profile in profiles]


def test_known_build_is_read_by_its_addresses() -> None:
    """The second scrape of a build needs no names, and gives what decoding gives."""
    reader = make_reader()
    assert ways(reader, WALKS[0], WALKS[0]) == ["names", "known_build"]
    assert outcome_of(reader.read("s", WALKS[0])) == outcome_of_oracle(WALKS[0])


def test_gzip_and_plain_give_the_same() -> None:
    """Both forms that Go programs serve."""
    reader = make_reader()
    plain, packed = reader.read("s", WALKS[0]), reader.read("s", gzip.compress(WALKS[0], mtime=0))
    assert outcome_of(plain) == outcome_of(packed)


def test_build_is_remembered_for_its_service_alone() -> None:
    """Another service with the same build id is read by names first: its targets may lie."""
    reader = make_reader()
    ways(reader, WALKS[0])
    assert ways(reader, WALKS[0], WALKS[0], service="other") == ["names", "known_build"]


def test_profile_without_a_build_id_is_never_remembered_by_address() -> None:
    """Builds made with -buildid= would share one memory."""
    nameless = make_profile([(("runtime.gopark", "main.a"), 2)], compress=False)
    assert ways(make_reader(), nameless, nameless) == ["names", "names"]


def test_lie_is_found_out_within_the_scrapes_of_a_recheck_and_is_never_believed_again() -> None:
    """A build that contradicts itself is read by names from then on; every profile after that is right."""
    reader = make_reader(memory=replace(SMALL, recheck_every=4))
    ways(reader, WALKS[0])
    seen = [reader.read("s", LYING) for _ in range(4)]
    assert [reading.way for reading in seen] == [Way.KNOWN_BUILD, Way.KNOWN_BUILD, Way.NAMES, Way.NAMES]
    assert (outcome_of(seen[2]), reader.builds.contradicted) == (outcome_of_oracle(LYING), 1)
    assert outcome_of(reader.read("s", WALKS[0])) == outcome_of_oracle(WALKS[0])


def test_lie_costs_its_own_service_alone() -> None:
    """What a liar taught is not used for others, and neither are the names of its stacks."""
    reader = make_reader()
    for _ in range(3):
        reader.read("liar", LYING)
        reader.read("liar", WALKS[1])
    assert outcome_of(reader.read("honest", WALKS[0])) == outcome_of_oracle(WALKS[0])
    assert outcome_of(reader.read("honest", WALKS[1])) == outcome_of_oracle(WALKS[1])


def test_reader_that_rechecks_always_trusts_nothing() -> None:
    """With recheck_every 1 addresses are never believed."""
    reader = make_reader(memory=replace(SMALL, recheck_every=1))
    assert ways(reader, WALKS[0], WALKS[0]) == ["names", "names"]


def test_stacks_are_named_once() -> None:
    """A stack that was met is not named again, whatever its count, its labels and its build."""
    naming = Naming()
    reader = Reader(naming, KEY, ProfileLimits(), SMALL)
    for count in (1, 2, 3):
        reader.read("s", make_profile([(("main.a", "main.b"), count), (("main.b", "main.a"), 1)]))
    assert [raw.frames[0].function for raw in naming.named] == ["main.a", "main.b"]


def test_oldest_stacks_are_forgotten() -> None:
    """Memory is bounded: so many stacks in each of both generations, and what is forgotten is named anew."""
    reader = make_reader(memory=replace(SMALL, stacks=1_024))
    for number in range(40):
        samples = [((f"main.f{number}", f"main.g{depth}"), 1) for depth in range(100)]
        profile = make_profile(samples)
        assert outcome_of(reader.read("s", profile)) == outcome_of_oracle(profile)
    assert len(reader.stacks.named) <= 2 * 1_024
    assert reader.stacks.evicted >= 40 * 100 - 2 * 1_024


def test_oldest_builds_are_forgotten() -> None:
    """The memory of builds is bounded by its slots; the build that was not met for the longest time goes."""
    reader = make_reader(memory=replace(SMALL, build_slots=3 * 2_048))
    for number in range(5):
        reader.read(f"s{number}", WALKS[0])
    assert ([key[0] for key in reader.builds.known], reader.builds.evicted) == (["s2", "s3", "s4"], 2)


def test_stack_that_is_too_deep_keeps_both_ends() -> None:
    """What is left out of the middle is said, and every way leaves out the same."""
    naming = Naming()
    limits = ProfileLimits(frames=5)
    reader = Reader(naming, KEY, limits, SMALL)
    profile = make_profile([(tuple(f"main.f{number}" for number in range(9)), 1)])
    assert outcome_of(reader.read("s", profile)) == outcome_of_oracle(profile, limits)
    [raw] = naming.named
    kept = [frame.function for frame in raw.frames]
    assert (kept, raw.elided) == (["main.f0", "main.f1", "main.f6", "main.f7", "main.f8"], 4)


def test_key_makes_identities_unforeseeable() -> None:
    """Another secret, other numbers for everything."""
    assert not np.intersect1d(spread_key(bytes(32)), spread_key(b"\1" * 32)).size


def test_telemetry_tells_ways_and_memory() -> None:
    """Profiles by way are counted, and what a limit refused."""
    telemetry = RecordingTelemetry()
    read = MeasuredRead(make_reader(ProfileLimits(stacks=45)), telemetry)
    crowd = make_profile([((f"main.f{number}",), 1) for number in range(60)])
    for profile in (WALKS[0], WALKS[0], crowd, crowd):
        read("s", profile)
    assert {key: number for key, number in telemetry.counted.items() if number} == {
        ("leakstream_profiles_read_total", "names"): 1,
        ("leakstream_profiles_read_total", "known_build"): 1,
        ("leakstream_profiles_read_total", "other"): 2,
        ("leakstream_profiles_over_limit_total", "stacks"): 2,
    }


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32))
def test_mutants_give_what_protobuf_gives(seed: int) -> None:
    """On any bytes the machine code and protobuf's parser agree; tests/fuzz/pprof.py tries millions."""
    mutator = Mutator(load_profiles(), seed)
    mutant = mutator.mutate(mutator.pick())
    assert outcome_of(TRUSTING_NOTHING.read("s", mutant)) == outcome_of_oracle(mutant)


TRUSTING_NOTHING = make_reader(memory=Memory(SMALL.stacks, SMALL.build_slots, 1))


@pytest.mark.parametrize("name", sorted(path.name for path in PROFILES.glob("*.pb.gz")))
def test_real_profile_gives_what_protobuf_gives(name: str) -> None:
    """As Go wrote it, the first time and after."""
    data = (PROFILES / name).read_bytes()
    reader = make_reader()
    assert {outcome_of(reader.read("s", data)) for _ in range(20)} == {outcome_of_oracle(data)}
