"""jobs -> the targets of this moment: what stands in the settings and what the files name now. Blocks on the disk.

One process is scraped once, whatever names it: of targets that share (service, instance) the first in the order of the
jobs counts, the others are problems.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from collectors.discovery.file_sd import FileSd
from collectors.discovery.static import TargetGroup
from collectors.taken import Limits
from collectors.targets import Job, make_targets
from schemas.model import Problem, Target

Key = tuple[str, str]
"""(service, instance)."""

Assignment = tuple[Target, Limits]
"""What is scraped, and the most that is read of one answer."""


@dataclass(slots=True)
class _Source:
    """One job and its files. `read_at` is when they were last read whether they looked changed or not."""

    job: Job
    files: FileSd
    read_at: datetime | None = None

    def find(self, now: datetime) -> tuple[tuple[TargetGroup, ...], tuple[Problem, ...]]:
        """Give all groups of the job, and new problems of its files."""
        refresh = timedelta(seconds=self.job.refresh_interval_seconds)
        anew = self.read_at is None or abs(now - self.read_at) >= refresh
        if anew:
            self.read_at = now
        groups, problems = self.files.refresh(anew=anew)
        return (*self.job.groups, *groups), problems


class Finder:
    """Looks for targets, again and again; remembers what it found and what it said."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._sources = tuple(_Source(job, FileSd(job.files)) for job in jobs)
        self._groups: list[tuple[TargetGroup, ...]] = []
        self._doubles: frozenset[Problem] = frozenset()
        self._found: Mapping[Key, Assignment] = {}

    def find(self, now: datetime) -> tuple[Mapping[Key, Assignment], tuple[Problem, ...]]:
        """Give the targets, the same object while nothing changed, and the problems that are new."""
        looked = [source.find(now) for source in self._sources]
        problems = [problem for _, wrong in looked for problem in wrong]
        groups = [found for found, _ in looked]
        if groups != self._groups:
            self._groups = groups
            doubles = self._make()
            problems += [problem for problem in doubles if problem not in self._doubles]
            self._doubles = frozenset(doubles)
        return self._found, tuple(problems)

    def _make(self) -> list[Problem]:
        """Make the targets of the groups; give those that cannot be scraped as problems."""
        found: dict[Key, Assignment] = {}
        problems: list[Problem] = []
        for source, groups in zip(self._sources, self._groups, strict=True):
            job = source.job
            targets, wrong = make_targets(job, groups)
            problems += wrong
            limits = Limits(job.body_limit_bytes, job.inflated_limit_bytes, job.labels)
            for target in targets:
                key = (target.service, target.instance)
                if key in found:
                    what = "another job scrapes this instance already"
                    problems.append(Problem(f"job {job.job_name}", what, "/".join(key)))
                found.setdefault(key, (target, limits))
        self._found = found
        return problems
