"""Reads of the contracts room. Pages ask with the person asking; reactions and errands by id alone."""

from portal.contracts.queries.coverage import PaidTime, paid_time
from portal.contracts.queries.first_bill import first_bill_due_on, is_charged_to_card, planned_start
from portal.contracts.queries.listing import (
    contract_list_request,
    list_contracts,
    list_contracts_of_customer,
    list_for_export,
)
from portal.contracts.queries.paper import Change, contract_paper
from portal.contracts.queries.progress import steps_of
from portal.contracts.queries.reading import (
    bills_customer,
    breakdown_of,
    facts_of,
    find_contract_of_envelope,
    find_current_template,
    first_charge_of,
    first_template,
    get_contract,
    get_template,
    list_followers,
    list_templates,
    load_contract,
    lock_contract,
    number_followed,
    payment_methods_of,
)
from portal.contracts.queries.requests import (
    change_of,
    find_open_change_of,
    find_request_of_quote,
    get_change,
    list_open_changes,
)
from portal.contracts.queries.situation import situation_of_customer

__all__ = [
    "Change",
    "PaidTime",
    "bills_customer",
    "breakdown_of",
    "change_of",
    "contract_list_request",
    "contract_paper",
    "facts_of",
    "find_contract_of_envelope",
    "find_current_template",
    "find_open_change_of",
    "find_request_of_quote",
    "first_bill_due_on",
    "first_charge_of",
    "first_template",
    "get_change",
    "get_contract",
    "get_template",
    "is_charged_to_card",
    "list_contracts",
    "list_contracts_of_customer",
    "list_followers",
    "list_for_export",
    "list_open_changes",
    "list_templates",
    "load_contract",
    "lock_contract",
    "number_followed",
    "paid_time",
    "payment_methods_of",
    "planned_start",
    "situation_of_customer",
    "steps_of",
]
