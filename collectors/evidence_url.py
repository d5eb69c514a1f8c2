"""The address that a target is scraped at -> the one that gives evidence. Pure.

Parameters that are not pprof's own stay: a gateway may want them.
"""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from schemas.model import Kind

_PROFILE = "/goroutine"
_OURS = frozenset(("debug", "seconds", "gc"))
_ASKED = {
    Kind.GOROUTINE: ("goroutine", "0"),
    Kind.TEXT: ("goroutine", "2"),
    Kind.LEAK: ("goroutineleak", "0"),
    Kind.HEAP: ("heap", "1"),
}
"""The last part of the path, and the value of `debug`. `gc` is asked of nobody."""


def make_evidence_url(url: str, kind: Kind) -> str | None:
    """Give the address; None where the path does not end as pprof's does: what lies beside it is not known.

    Example input: http://10.0.0.7:6060/debug/pprof/goroutine?debug=0, goroutineleak
    Example output: http://10.0.0.7:6060/debug/pprof/goroutineleak?debug=0
    """
    parts = urlsplit(url)
    if not parts.path.endswith(_PROFILE):
        return None
    name, debug = _ASKED[kind]
    path = parts.path.removesuffix(_PROFILE) + f"/{name}"
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in _OURS]
    query = urlencode([*kept, ("debug", debug)])
    return urlunsplit((parts.scheme, parts.netloc, path, query, ""))
