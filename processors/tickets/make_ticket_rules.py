"""settings -> the rules of tickets."""

from datetime import timedelta

from processors.ticket import TicketRules
from processors.tickets.hide import Quiet, Window
from schemas.settings_ticket_rules import TicketRuleSettings


def make_ticket_rules(settings: TicketRuleSettings) -> TicketRules:
    """Say how patient tickets are."""
    return TicketRules(
        close_after=timedelta(seconds=settings.close_after_seconds),
        reopen_window=timedelta(seconds=settings.reopen_window_seconds),
        grace=timedelta(seconds=settings.grace_seconds),
        new_for=timedelta(seconds=settings.new_for_seconds),
        calm_after=timedelta(seconds=settings.calm_after_seconds),
        archive_factor=settings.archive_factor,
    )


def make_quiet(settings: TicketRuleSettings) -> Quiet:
    """Say when sinks are told nothing."""
    windows = (Window(one.service, one.begin, one.end, one.reason) for one in settings.maintenance)
    return Quiet(settings.off, tuple(windows), settings.tickets_per_service, settings.tickets)
