"""What the customer reads before giving a card."""

from sqlalchemy.orm import Session

from portal.cards.models.cards import CardRequest
from portal.cards.rules.plans import charge_plan, invoice_plan
from portal.contracts.models import Contract
from portal.contracts.queries.reading import breakdown_of, first_charge_of, payment_methods_of
from portal.invoices.queries.reading import find_first_invoice, load_invoice


def plan_of_contract(session: Session, contract: Contract) -> list[tuple[str, str]]:
    """The charges of a loaded contract, as label and sentence."""
    first = find_first_invoice(session, contract.id)
    breakdown = breakdown_of(contract)
    return charge_plan(
        first_method=payment_methods_of(contract)[0],
        first_cents=first.amount_cents if first else first_charge_of(contract),
        installments=[payment.amount_cents for payment in breakdown.payments],
        months=breakdown.term.months,
        is_signed=contract.signed_at is not None,
    )


def plan_of_request(session: Session, request: CardRequest, contract: Contract) -> list[tuple[str, str]]:
    """What registering a card leads to: the invoice it is to pay, or the charges of the contract."""
    if request.invoice_id is None:
        return plan_of_contract(session, contract)
    invoice = load_invoice(session, request.invoice_id)
    return invoice_plan(label=invoice.label, open_cents=invoice.open_cents)
