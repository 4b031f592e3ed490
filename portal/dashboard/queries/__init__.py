"""Reads of the home and operations pages: a fixed number of statements, bounded however much there is."""

from portal.dashboard.queries.happenings import Happening, list_newest_happenings
from portal.dashboard.queries.health import Health, health_of_operations
from portal.dashboard.queries.money import MoneyNeeds, money_needs
from portal.dashboard.queries.needs import NeedEntry, list_needs
from portal.dashboard.queries.outbox import (
    MAIL_FILTERS,
    OutboxFigures,
    list_mails,
    mail_list_request,
    outbox_figures,
)
from portal.dashboard.queries.partners import (
    PERIODS,
    PartnerActivity,
    list_partner_activity,
    partner_list_request,
)
from portal.dashboard.queries.repasse import MonthlyRepasse, expected_repasse
from portal.dashboard.queries.requests import QueueAges, queue_ages
from portal.dashboard.queries.results import Results, recent_results

__all__ = [
    "MAIL_FILTERS",
    "PERIODS",
    "Happening",
    "Health",
    "MoneyNeeds",
    "MonthlyRepasse",
    "NeedEntry",
    "OutboxFigures",
    "PartnerActivity",
    "QueueAges",
    "Results",
    "expected_repasse",
    "health_of_operations",
    "list_mails",
    "list_needs",
    "list_newest_happenings",
    "list_partner_activity",
    "mail_list_request",
    "money_needs",
    "outbox_figures",
    "partner_list_request",
    "queue_ages",
    "recent_results",
]
