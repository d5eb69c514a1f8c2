"""What becomes of labels: gone but for the keys that may stay, and nothing else of the profile changes."""

from hashlib import blake2b

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.strip_labels import LabelRule, LabelValues, strip_labels
from schemas.limits import ProfileLimits
from schemas.wire.pprof import NotPprofError, parse_pprof
from schemas.wire.pprof_labels import TooManyPartsError
from schemas.wire.profile_labels_pb2 import Label, LabelledProfile, LabelledSample
from tests.labelled_profile import Labels, make_labelled
from tests.pprof_maker import Sample, make_profile

KEY = b"0123456789abcdef"
NOTHING, TENANT = LabelRule(), LabelRule(frozenset({b"tenant"}))
HASHED = LabelRule(frozenset({b"tenant"}), LabelValues.HASH, KEY)
HIDDEN = LabelRule(frozenset({b"tenant"}), LabelValues.REDACT)

FRAMES = st.lists(st.sampled_from(["runtime.gopark", "main.work", "main.main", "net/http.serve"]), min_size=1)
SAMPLES = st.lists(st.tuples(FRAMES, st.integers(1, 99)), min_size=1, max_size=6)
CANARIES = st.text("0123456789ABCDEF", min_size=12, max_size=20).map("canary-".__add__)
LABELS = st.lists(
    st.dictionaries(st.sampled_from(["tenant", "secret-route", "secret-user"]), CANARIES, max_size=3), max_size=6
)


def seen(raw: bytes) -> list[tuple[tuple[str, ...], int, dict[str, str]]]:
    """Give frames, count and labels of every sample, in order."""
    stacks = parse_pprof(raw, ProfileLimits()).stacks
    return [(tuple(frame.function for frame in stack.frames), stack.count, dict(stack.labels)) for stack in stacks]


@given(SAMPLES, LABELS, st.sampled_from([NOTHING, TENANT, HIDDEN]))
def test_stripping_twice_is_stripping_once(samples: list[Sample], labels: list[Labels], rule: LabelRule) -> None:
    """What came through once passes untouched."""
    once = strip_labels(make_labelled(samples, labels), rule).raw
    again = strip_labels(once, rule)
    assert (again.raw is once, again.removed) == (True, 0)


@given(SAMPLES, LABELS, st.sampled_from([NOTHING, TENANT]))
def test_frames_and_counts_stay_and_so_do_labels_that_may(
    samples: list[Sample], labels: list[Labels], rule: LabelRule
) -> None:
    """Sample by sample, in order; samples that are equal now are not merged."""
    raw = make_labelled(samples, labels)
    stripped = strip_labels(raw, rule)
    expected = [
        (frames, count, {key: value for key, value in given.items() if key.encode() in rule.keep})
        for frames, count, given in seen(raw)
    ]
    gone = sum(len(given) for _, _, given in seen(raw)) - sum(len(given) for _, _, given in expected)
    assert (seen(stripped.raw), stripped.removed) == (expected, gone)


@given(SAMPLES, LABELS, st.sampled_from([NOTHING, TENANT, HASHED, HIDDEN]))
def test_nothing_of_a_removed_label_is_left_anywhere(
    samples: list[Sample], labels: list[Labels], rule: LabelRule
) -> None:
    """Neither its key nor its value stands in the bytes, unless another label may show it."""
    raw = make_labelled(samples, labels)
    stripped = strip_labels(raw, rule).raw
    plain = rule is TENANT
    allowed = {given["tenant"] for _, _, given in seen(raw) if plain and "tenant" in given}
    values = {value for _, _, given in seen(raw) for value in given.values()} - allowed
    left = [value for value in values if value.encode() in stripped and not any(value in other for other in allowed)]
    assert (left, b"secret-" in stripped) == ([], False)


@given(SAMPLES)
def test_profile_without_labels_is_the_same_object(samples: list[Sample]) -> None:
    """Byte for byte, whatever else stands in it."""
    raw = make_profile(samples, compress=False)
    assert strip_labels(raw, NOTHING).raw is raw


def test_profile_without_labels_goes_on_however_broken_the_rest_is() -> None:
    """It hides nothing in samples; whoever cannot read it keeps its bytes as a dead letter."""
    raw = b"\x0a\x01\xff" + make_profile([(["main.work"], 3)], compress=False)
    assert strip_labels(raw, NOTHING).raw is raw


def test_labels_that_may_all_stay_leave_the_profile_as_it_is() -> None:
    """There is nothing to write anew."""
    raw = make_labelled([(["main.work"], 3)], [{"tenant": "7"}])
    assert strip_labels(raw, TENANT).raw is raw


def test_value_is_hashed_under_the_key() -> None:
    """Keyed BLAKE2b of the value, 8 bytes in hex: who has the key can look a known value up."""
    raw = make_labelled([(["main.work"], 3), (["main.work"], 4)], [{"tenant": "7"}, {"tenant": "7", "user": "x"}])
    digest = blake2b(b"7", digest_size=8, key=KEY).hexdigest()
    assert seen(strip_labels(raw, HASHED).raw) == [
        (("main.work",), 3, {"tenant": digest}),
        (("main.work",), 4, {"tenant": digest}),
    ]


def test_redacted_value_says_that_there_was_one() -> None:
    """The key stays."""
    raw = make_labelled([(["main.work"], 3)], [{"tenant": "7"}])
    assert seen(strip_labels(raw, HIDDEN).raw) == [(("main.work",), 3, {"tenant": "redacted"})]


@pytest.mark.parametrize(
    ("rule", "value"), [(HASHED, blake2b(b"42", digest_size=8, key=KEY).hexdigest()), (HIDDEN, "redacted")]
)
def test_number_is_hidden_like_a_string(rule: LabelRule, value: str) -> None:
    """By its decimal digits; its unit, which a program may name as it likes, goes."""
    profile = LabelledProfile.FromString(make_labelled([(["main.work"], 3)], [{"tenant": "secret-unit"}]))
    key, unit = profile.sample[0].label[0].key, profile.sample[0].label[0].str
    profile.sample[0].label[0].CopyFrom(Label(key=key, num=42, num_unit=unit))
    stripped = strip_labels(profile.SerializeToString(), rule).raw
    assert (seen(stripped), b"secret-unit" in stripped) == ([(("main.work",), 3, {"tenant": value})], False)


def test_number_that_may_be_seen_stays_a_number() -> None:
    """With its unit; under a key that is not kept it goes."""
    profile = LabelledProfile.FromString(make_labelled([(["main.work"], 3)], [{"tenant": "bytes", "other": "x"}]))
    [kept, lost] = profile.sample[0].label
    kept.CopyFrom(Label(key=kept.key, num=42, num_unit=kept.str))
    lost.CopyFrom(Label(key=lost.key, num=43))
    stripped = LabelledProfile.FromString(strip_labels(profile.SerializeToString(), TENANT).raw)
    assert list(stripped.sample[0].label) == [kept]


def test_plain_value_that_is_no_text_is_mended() -> None:
    """Go writes any bytes; readers of profiles refuse the whole for one string that is no UTF-8."""
    raw = make_labelled([(["main.work"], 3)], [{"tenant": b"a\xffb"}])
    with pytest.raises(NotPprofError):
        seen(raw)
    assert seen(strip_labels(raw, TENANT).raw) == [(("main.work",), 3, {"tenant": "a\ufffdb"})]
    assert seen(strip_labels(raw, NOTHING).raw) == [(("main.work",), 3, {})]


def test_value_that_is_also_the_name_of_a_function_stays_as_that() -> None:
    """The string belongs to the stack too."""
    raw = make_labelled([(["main.work"], 3)], [{"user": "main.work"}])
    assert seen(strip_labels(raw, NOTHING).raw) == [(("main.work",), 3, {})]


def test_label_that_points_outside_of_the_table_goes() -> None:
    """A kept one too: it must not come to mean a string that is appended."""
    profile = LabelledProfile.FromString(make_labelled([(["main.work"], 3)], [{"tenant": "7"}]))
    key = profile.sample[0].label[0].key
    for wrong in (len(profile.string_table), len(profile.string_table) + 5, -1):
        profile.sample[0].label.add(key=key, str=wrong)
        profile.sample[0].label.add(key=wrong, str=key)
    stripped = strip_labels(profile.SerializeToString(), HASHED)
    assert ([len(given) for _, _, given in seen(stripped.raw)], stripped.removed) == ([1], 6)


def test_strings_that_something_else_points_to_stay() -> None:
    """Every field of the format that is a string, and fields that we have never heard of."""
    texts = [b"", b"type", b"unit", b"file", b"build", b"name", b"system", b"source", b"comment", b"drop", b"keep"]
    texts += [b"period", b"seconds", b"default", b"url", b"nobody's", b"user", b"alice", b"route", b"tenant", b"7"]
    at = texts.index
    profile = LabelledProfile(string_table=texts, comment=[at(b"comment")], location=[b"\x08\x01", b""])
    profile.sample_type.add(type=at(b"type"), unit=at(b"unit"))
    profile.mapping.add(filename=at(b"file"), build_id=at(b"build"))
    profile.function.add(name=at(b"name"), system_name=at(b"system"), filename=at(b"source"))
    profile.drop_frames, profile.keep_frames = at(b"drop"), at(b"keep")
    profile.period_type.type, profile.period_type.unit = at(b"period"), at(b"seconds")
    profile.default_sample_type, profile.doc_url = at(b"default"), at(b"url")
    profile.sample.append(LabelledSample.FromString(b"\x08\x01\x10\x05\xa2\x06\x03abc"))
    expected = LabelledProfile()
    expected.CopyFrom(profile)
    profile.sample[0].label.add(key=at(b"user"), str=at(b"alice"))
    profile.sample[0].label.add(key=at(b"route"), num=5)
    for place in range(at(b"nobody's"), len(texts)):
        expected.string_table[place] = b""
    unknown = b"\xa2\x06\x03xyz"  # field 100, which no version of the format has yet
    assert strip_labels(profile.SerializeToString() + unknown, NOTHING).raw == expected.SerializeToString() + unknown


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"\x0a\xff\xff", "not a pprof profile: the protobuf does not parse"),
        (b"\x12\x04\x1a\x02\x08\x07", "not a pprof profile: the string table does not begin with an empty string"),
        (b"\x12\x02\x1a\x00\x32\x01x", "not a pprof profile: the string table does not begin with an empty string"),
        (b"\x12\x00" * (3 * 2**20), "more than 2097152 samples, labels, functions and strings"),
        (b"\x13\x14" * (3 * 2**20), "more than 2097152 samples, labels, functions and strings"),
    ],
)
def test_what_labels_cannot_be_taken_out_of_is_refused(raw: bytes, sentence: str) -> None:
    """With the reason; the last two would need far more memory than they have bytes."""
    with pytest.raises(NotPprofError, match=f"^{sentence}$"):
        strip_labels(raw, NOTHING)


@given(st.binary(max_size=300), st.sampled_from([NOTHING, TENANT, HIDDEN]))
def test_any_bytes_are_stripped_or_refused(raw: bytes, rule: LabelRule) -> None:
    """Never another error; what comes back holds no label that may not stay."""
    try:
        stripped = strip_labels(raw, rule).raw
    except NotPprofError:
        return
    assert strip_labels(stripped, rule).raw is stripped


def test_so_many_labels_on_one_stack_are_refused() -> None:
    """A thousand is not yet too many."""
    profile = LabelledProfile.FromString(make_labelled([(["main.work"], 3)], [{"tenant": "7"}]))
    [label] = profile.sample[0].label
    profile.sample[0].label.extend([label] * 999)
    raw = profile.SerializeToString()
    assert (strip_labels(raw, NOTHING).removed, strip_labels(raw, HIDDEN).removed) == (1000, 0)
    profile.sample[0].label.append(label)
    with pytest.raises(TooManyPartsError, match=r"^more than 1000 labels on one stack$"):
        strip_labels(profile.SerializeToString(), NOTHING)


def test_more_labels_than_are_remembered_all_go() -> None:
    """A label of its own on each of a hundred thousand stacks."""
    profile = LabelledProfile.FromString(make_labelled([(["main.work"], 3)], [{"user": "x"}]))
    key = profile.sample[0].label[0].key
    for number in range(100_000):
        profile.sample.add().label.add(key=key, str=len(profile.string_table))
        profile.string_table.append(b"canary-%d" % number)
    stripped = strip_labels(profile.SerializeToString(), NOTHING)
    assert (stripped.removed, b"canary-" in stripped.raw) == (100_001, False)


def test_key_of_hashes_is_never_shown() -> None:
    """Not by who prints a rule."""
    assert KEY.decode() not in repr(HASHED)
