"""Failures of the store by name."""

import pytest

from schemas.store.failures import BY_CODE, Course, name_failure


@pytest.mark.parametrize(
    ("code", "text", "connected", "name"),
    [
        (252, "Too many parts", True, "too_many_parts"),
        (241, "", True, "memory_limit"),
        (1, "", True, "refused"),
        (1001, "std::exception: No space left on device", True, "disk_full"),
        (None, "[Errno 28] No space left on device", False, "disk_full"),
        (None, "Connection refused", False, "server_away"),
        (None, "HTTP driver received HTTP status 502, server response: x", True, "proxy_error"),
        (None, "HTTP driver received HTTP status 504", False, "proxy_error"),
        (None, "HTTP driver received HTTP status 401", True, "wrong_password"),
        (None, "HTTP driver received HTTP status 403", True, "no_rights"),
        (None, "HTTP driver received HTTP status 413", True, "refused"),
        (None, "said HTTP status 502 in a text", True, "refused"),
    ],
)
def test_failure_has_its_name(code: int | None, text: str, connected: bool, name: str) -> None:  # noqa: FBT001 data
    """By code, by status where there is none, by the connection."""
    assert name_failure(code, text, connected=connected).name == name


def test_each_name_has_one_course_and_a_sentence() -> None:
    """Retried or stopped, never both, and never without advice."""
    kinds = set(BY_CODE.values())
    assert len({kind.name for kind in kinds}) == len(kinds)
    assert all(kind.advice and kind.course in Course for kind in kinds)
