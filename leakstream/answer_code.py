"""What the store knows -> the answers about the code: blocked on what, created by whom, whose, and what to do."""

from collections.abc import Sequence

from leakstream.answer_growth import blame_of
from leakstream.answer_speed import describe_restart
from leakstream.answers import Answer
from leakstream.known import Known, Row, count, moment, names, text, words
from schemas.model import Advice, Kind

_OWNERS = ("owner", "team")
_COMMITS = ("commit", "revision", "git_commit", "git_sha")


def answer_blocked_on(known: Known, profiles: Sequence[Row]) -> Answer:
    """Give the operation, and how long its goroutines had waited in the newest dump."""
    operation = text(known.stack, "operation")
    dump = newest_dump(profiles)
    data: dict[str, object] = {"operation": operation, "median_wait_minutes": None, "longest_wait_minutes": None}
    if dump is None:
        return Answer((f"{operation}; for how long is not known: {_explain_absence(profiles)}",), data)
    waits = {key: dump[key] for key in ("median_wait_minutes", "longest_wait_minutes")}
    where = f"in a dump of {text(dump, 'instance')} at {moment(dump, 'taken_at')}"
    if waits["longest_wait_minutes"] is None:
        return Answer((f"{operation}; no waits are written {where}",), data)
    median, longest = waits.values()
    said = f"{operation}, for {median} minutes in the median and {longest} at most, {where}"
    return Answer((said,), {**data, **waits, "dump_taken_at": dump["taken_at"]})


def answer_created_by(known: Known, profiles: Sequence[Row]) -> Answer:
    """Give who began the goroutines as a dump says it, else the entry function."""
    origin = text(known.stack, "origin")
    made = creators_of(profiles)
    data = {"creators": made, "origin": origin}
    if not made:
        return Answer((f"no dump names who began them; their entry function is {origin or 'unknown'}",), data)
    first, *others = made
    more = f" and {len(others)} others" if others else ""
    return Answer((f"{first}{more}, entry function {origin or 'unknown'}",), data)


def creators_of(profiles: Sequence[Row]) -> dict[str, int]:
    """Give the creators of the newest dump that names any, most goroutines first."""
    for profile in profiles:
        made = words(profile, "creators")
        if made:
            return {name: int(goroutines) for name, goroutines in made.items()}
    return {}


def newest_dump(profiles: Sequence[Row]) -> Row | None:
    """Give the newest dump that shows the stack."""
    kind = Kind.TEXT.value
    return next((row for row in profiles if row["kind"] == kind and row["ok"] and count(row, "goroutines")), None)


def answer_whose_code(known: Known) -> Answer:
    """Give the first own function, its package, and what labels of the target say of owner and commit."""
    frames, own = names(known.stack, "frames"), count(known.stack, "own") if text(known.stack, "own") else -1
    mine = frames[own] if 0 <= own < len(frames) else ""
    labels = words(known.target, "labels")
    owner, commit = _first(labels, _OWNERS), _first(labels, _COMMITS)
    version = text(known.target, "version")
    code = f"{mine} in package {package_of(mine)}" if mine else "no function of the service's own is on the stack"
    whose = f"owner {owner or 'unknown (label owner)'}, commit {commit or 'unknown (label commit)'}"
    sentences = (code, whose + (f", version {version}" if version else ""))
    data = {"function": mine or None, "package": package_of(mine) or None, "owner": owner or None}
    return Answer(sentences, {**data, "commit": commit or None, "version": version or None})


def package_of(function: str) -> str:
    """Give the package of a function.

    Example input: example.com/shop/cart.(*Cart).add
    Example output: example.com/shop/cart
    """
    folder, slash, rest = function.rpartition("/")
    return f"{folder}{slash}{rest.partition('.')[0]}"


def answer_what_to_do(known: Known, advice: Advice) -> Answer:
    """Give what holds the damage back, what usually causes such a stack, and where the fix stands."""
    blamed, restart = blame_of(known), describe_restart(known)
    back = (f"roll back to {blamed.previous}, which never showed it",) if blamed.previous else ()
    sentences = (*back, restart, f"cause: {advice.pattern}. {advice.cause}", f"fix: {' '.join(advice.fix.split())}")
    data = {"roll_back_to": blamed.previous or None, "restart": restart}
    return Answer(sentences, {**data, "pattern": advice.pattern, "cause": advice.cause, "fix": advice.fix})


def _first(labels: dict[str, str] | Row, keys: Sequence[str]) -> str:
    """Give the first label that is there."""
    return next((str(labels[key]) for key in keys if labels.get(key)), "")


def _explain_absence(profiles: Sequence[Row]) -> str:
    """Say why there is no dump."""
    failed = next((row for row in profiles if row["kind"] == Kind.TEXT.value and not row["ok"]), None)
    return text(failed, "error") or text(failed, "reason") or "no dump was taken of it"
