"""What the store knows -> the answers about growth: leak or load, which stack, since when, on which instances."""

from leakstream.answers import Answer
from leakstream.known import Known, count, instant, moment, text
from processors.blame import Blame, Change, VersionSeen, blame
from processors.change_mind import change_mind
from processors.evidence_kinds import KIND_OF
from processors.findings_text import read_findings, rows_of_findings
from schemas.model import Finding, State, Verdict


def answer_leak_or_load(known: Known) -> Answer:
    """Give the verdict with its reason, what requests explain, and what would change its mind."""
    findings = findings_of(known)
    verdict = Verdict(known.verdict or Verdict.SUSPECT)
    mind = change_mind(State(known.state), verdict, findings)
    reason = text(known.transitions[0], "reason") if known.transitions else text(known.growth, "reason")
    state = f"{known.state}" + (f" ({known.verdict})" if known.verdict else "")
    against = [KIND_OF[one.name].fails for one in findings if one.name in KIND_OF and not one.passed]
    sentences = (
        f"{state}: {reason or 'it never grew'}",
        _describe_load(findings),
        *((f"against it: {'; '.join(against)}",) if against else ()),
        f"would change its mind: {mind}",
    )
    data = {"state": known.state, "verdict": known.verdict or None, "reason": reason, "change_mind": mind}
    return Answer(sentences, {**data, "findings": rows_of_findings(findings)})


def findings_of(known: Known) -> tuple[Finding, ...]:
    """Give the findings of the newest evaluation; where it asked nothing, those of the newest change of state."""
    newest = read_findings(text(known.growth, "findings"))
    return newest or read_findings(text(known.transitions[0], "findings") if known.transitions else "")


def _describe_load(findings: tuple[Finding, ...]) -> str:
    """Say how the rise stands to requests and to noise."""
    values = {finding.name: finding for finding in findings}
    load, noise = values.get("load"), values.get("noise")
    if load is None:
        return "requests: not compared, for nothing rose in the newest windows"
    beyond = f"requests: {max(load.value, 0):,.0f} goroutines rose beyond them, {load.limit:,.0f} are enough"
    return beyond + (f"; growth is {noise.value:.1f} times its noise" if noise else "")


def answer_which_stack(known: Known) -> Answer:
    """Give what it is known by: operation and site, entry function, and where it stands among others."""
    stack = known.stack
    sentences = (
        f"{text(stack, 'operation')} at {text(stack, 'site')}",
        f"entered by {text(stack, 'origin')}; beside others: leakstream top",
    )
    return Answer(sentences, {key: stack[key] for key in ("fingerprint", "operation", "site", "origin")})


def answer_since_when(known: Known) -> Answer:
    """Give the begin, and the deploy that is to blame."""
    since = moment(known.transitions[0], "since") if known.transitions else "unknown"
    blamed = blame_of(known)
    first = moment(known.stack, "first_seen")
    seen = f"first seen {first} on {text(known.stack, 'first_instance')}"
    sentences = (
        f"grows since {since}; {seen}",
        blamed.sentence,
        *((blamed.also_changed,) if blamed.also_changed else ()),
    )
    data = {
        "since": known.transitions[0]["since"] if known.transitions else None,
        "first_seen": known.stack["first_seen"],
        "first_version": blamed.version or None,
        "version_before": blamed.previous or None,
        "also_changed": [dict(row) for row in known.deploy] if blamed.previous else [],
    }
    return Answer(sentences, data)


def blame_of(known: Known) -> Blame:
    """Ask what is to blame."""
    versions = [
        VersionSeen(
            version=text(row, "version"),
            begun=instant(row, "begun"),
            instances=count(row, "instances"),
            growing_instances=count(row, "growing_instances"),
            gained=count(row, "gained"),
        )
        for row in known.versions
    ]
    changes = [
        Change(
            change=text(row, "change"),
            fingerprint=text(row, "fingerprint"),
            operation=text(row, "operation"),
            site=text(row, "site"),
            goroutines=count(row, "goroutines"),
            changes=count(row, "changes"),
        )
        for row in known.deploy
    ]
    return blame(text(known.stack, "first_version"), versions, changes)


def answer_which_instances(known: Known) -> Answer:
    """Give how many grow, which is worst, and how versions differ."""
    grown, target, blamed = known.growth, known.target, blame_of(known)
    worst = text(target, "instance")
    held = f"{count(target, 'goroutines'):,} of its {count(target, 'process_goroutines'):,} goroutines"
    growing = f"growing on {count(grown, 'growing_instances')} of {count(grown, 'instances')}"
    sentences = [growing + (f"; worst {worst}: {held}" if worst else "")]
    if blamed.by_version:
        sentences.append(f"by version: {blamed.by_version}")
    data = {
        "growing_instances": count(grown, "growing_instances"),
        "instances": count(grown, "instances"),
        "worst_instance": worst or None,
        "by_version": [dict(row) for row in known.versions],
    }
    return Answer(tuple(sentences), data)
