"""Puts pprof labels into a made-up profile, as Go would: strings in the table, each once."""

from collections.abc import Mapping, Sequence

from schemas.wire.profile_labels_pb2 import LabelledProfile
from tests.pprof_maker import Sample, make_profile

Labels = Mapping[str, str | bytes]


def make_labelled(samples: Sequence[Sample], labels: Sequence[Labels]) -> bytes:
    """Give an inflated profile of these samples, each with its labels; samples beyond the labels have none."""
    profile = LabelledProfile.FromString(make_profile(samples, compress=False))
    for sample, given in zip(profile.sample, labels, strict=False):
        for key, value in given.items():
            sample.label.add(key=_place_of(profile, key), str=_place_of(profile, value))
    return profile.SerializeToString()


def _place_of(profile: LabelledProfile, text: str | bytes) -> int:
    """Give the index of a string, which is added where it is missing."""
    wanted = text.encode() if isinstance(text, str) else text
    if wanted not in profile.string_table:
        profile.string_table.append(wanted)
    return list(profile.string_table).index(wanted)
