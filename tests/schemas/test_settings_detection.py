"""Rules on services and stacks that would mean nothing are refused at the start."""

import pytest

from schemas.settings_load import SettingsError, load_settings


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("services: [{service: pay}]", ["services[0]: changes nothing: name enabled, or a key of `detection`"]),
        (
            "services: [{service: '*', hold_slots: 3}, {service: pay, enabled: false}]",
            ["services[1]: never matches: services[0] matches before it"],
        ),
        (
            "patterns: [{enabled: false}]",
            ["patterns[0]: name which stacks: one of fingerprint, site, origin, operation, frame"],
        ),
        ("patterns: [{site: a}]", ["patterns[0]: changes nothing: name enabled, or a key of `detection`"]),
        (
            "patterns: [{site: a, minimum_growth: 7.0}]",
            ["patterns[0].minimum_growth: is less than detection.minimum_growth, 8: it would change nothing"],
        ),
        (
            "patterns: [{fingerprint: g1-12, enabled: false}]",
            ["patterns[0].fingerprint: not a fingerprint: 'g1-12' (expected g1- and 16 hex digits)"],
        ),
        ("services: [{services: pay}]", ["services[0].service: is required", "services[0].services: unknown key; did"]),
    ],
)
def test_rule_that_means_nothing_is_refused_with_its_place(text: str, problems: list[str]) -> None:
    """The sentence says what to do."""
    with pytest.raises(SettingsError) as refused:
        load_settings(f"detection: {{{text}}}", "f")
    found = [str(problem).removeprefix("f: detection.") for problem in refused.value.problems]
    assert [told[: len(problem)] for told, problem in zip(found, problems, strict=True)] == problems
