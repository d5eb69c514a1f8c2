"""Where evidence is found, from where a target is scraped."""

import pytest

from collectors.evidence_url import make_evidence_url
from schemas.model import Kind


@pytest.mark.parametrize(
    ("url", "kind", "made"),
    [
        ("http://a:1/debug/pprof/goroutine?debug=0", Kind.TEXT, "http://a:1/debug/pprof/goroutine?debug=2"),
        ("http://a:1/debug/pprof/goroutine?debug=0", Kind.LEAK, "http://a:1/debug/pprof/goroutineleak?debug=0"),
        ("http://a:1/debug/pprof/goroutine?debug=0", Kind.HEAP, "http://a:1/debug/pprof/heap?debug=1"),
        ("http://a:1/x/goroutine?gc=1", Kind.HEAP, "http://a:1/x/heap?debug=1"),
        ("https://a:1/x/goroutine", Kind.LEAK, "https://a:1/x/goroutineleak?debug=0"),
        (
            "http://a:1/goroutine?token=a+b&debug=0&seconds=5&gc=1&empty=",
            Kind.TEXT,
            "http://a:1/goroutine?token=a+b&empty=&debug=2",
        ),
        ("http://a:1/goroutines?debug=0", Kind.TEXT, None),
        ("http://a:1/", Kind.LEAK, None),
        ("http://a:1/goroutines", Kind.HEAP, None),
    ],
)
def test_evidence_lies_beside_the_profile(url: str, kind: Kind, made: str | None) -> None:
    """Parameters that are not pprof's stay; a path that is not pprof's has nothing beside it."""
    assert make_evidence_url(url, kind) == made
