"""Reads of the partners room: who is asking, which partners and people that person may see."""

from portal.partners.queries.actors import find_actor, visible_to
from portal.partners.queries.partners import (
    BusinessOfPartner,
    details_of,
    find_last_change,
    get_partner,
    list_account_managers,
    list_active_admins,
    list_history,
    list_names,
    list_partner_names,
    list_partners,
    list_partners_looked_after,
    list_team,
    partner_list,
)
from portal.partners.queries.people import get_person, list_people, people_list
from portal.partners.queries.searching import ACTIVE, DISABLED, INVITED

__all__ = [
    "ACTIVE",
    "DISABLED",
    "INVITED",
    "BusinessOfPartner",
    "details_of",
    "find_actor",
    "find_last_change",
    "get_partner",
    "get_person",
    "list_account_managers",
    "list_active_admins",
    "list_history",
    "list_names",
    "list_partner_names",
    "list_partners",
    "list_partners_looked_after",
    "list_people",
    "list_team",
    "partner_list",
    "people_list",
    "visible_to",
]
