"""The only file that asks what time it is."""

from datetime import UTC, datetime


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """Give the time, UTC and aware."""
        return datetime.now(UTC)
