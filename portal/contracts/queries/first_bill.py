"""When a contract's first payment is due, for its document and for the invoice that follows it."""

from datetime import date, timedelta

from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.contracts.queries.reading import bills_customer, breakdown_of, payment_methods_of
from portal.contracts.rules.states import ContractKind
from portal.settings.queries import value
from portal.settings.rules.names import Name
from portal.shared.payment_methods import Way


def planned_start(contract: Contract, *, today: date) -> date:
    """The day a contract was planned for, never in the past."""
    return max(breakdown_of(contract).payments[0].due_on, today)


def first_bill_due_on(session: Session, contract: Contract, *, today: date) -> date:
    """When the first invoice is due if the document is generated today: after the days of the setting.

    Not before the planned start, except the difference of an amendment, which is owed from its signature.
    """
    due_on = today + timedelta(days=value(session, Name.FIRST_PAYMENT_DAYS))
    if contract.kind is ContractKind.AMENDMENT:
        return due_on
    return max(due_on, planned_start(contract, today=today))


def is_charged_to_card(contract: Contract) -> bool:
    """Whether the vendor charges the first payment to a card, as soon as card and signature are there."""
    return bills_customer(contract) and payment_methods_of(contract)[0] == Way.CARD
