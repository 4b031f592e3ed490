"""Many payments at once, as a bank's file brings them: the usual ones together, the others left as they are.

The verdict about each is that of `match_payment`, as in `receiving`; what follows is written in sets.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from calculator import LateCharges
from portal.invoices.operations.settling_sets import (
    WholePayment,
    lateness_on,
    lock_plain_invoices,
    settle_invoices,
)
from portal.invoices.queries.plain import PlainInvoice
from portal.invoices.queries.recipients import payer_of
from portal.receipts.models.payment import Payment
from portal.receipts.rules.allocation import Allocation
from portal.receipts.rules.receiving import (
    COLLECTED,
    CURRENCY,
    Owed,
    Payer,
    PaymentOutcome,
    PaymentSource,
    match_payment,
)
from portal.settings.queries import value
from portal.settings.rules.names import Name
from portal.shared.queueing import insert_rows


class Incoming(NamedTuple):
    """A payment in reais that nobody told of before, for an invoice; amounts in centavos."""

    external_id: str
    invoice_id: int
    amount_cents: int
    fee_cents: int
    paid_at: datetime
    payer: Payer
    facts: Mapping[str, Any]


def receive_usual(
    session: Session, incoming: Sequence[Incoming], *, source: PaymentSource, now: datetime
) -> set[str]:
    """Receive those payments that pay all of a plain invoice; which they are, by their external ids.

    At most one for an invoice, whose customer's log is locked. The others are as they were: what is less or
    more, late beyond, for something paid or void goes through `receive_payment`.
    """
    invoices = lock_plain_invoices(session, [each.invoice_id for each in incoming])
    wanted = [each for each in incoming if each.invoice_id in invoices]
    late = lateness_on(session, [(invoices[each.invoice_id], each.paid_at) for each in wanted])
    tolerance_cents = value(session, Name.TOLERANCE_CENTS)
    usual = [
        (each, whole)
        for each, lateness in zip(wanted, late, strict=True)
        if (whole := _whole(each, invoices[each.invoice_id], lateness, tolerance_cents, source=source))
        is not None
    ]
    insert_rows(session, Payment, [_row(each, whole, source, now=now) for each, whole in usual])
    settle_invoices(session, [whole for _each, whole in usual], now=now)
    return {each.external_id for each, _whole in usual}


def _whole(
    each: Incoming, invoice: PlainInvoice, late: LateCharges, tolerance_cents: int, *, source: PaymentSource
) -> WholePayment | None:
    """The payment spread over its invoice; None where it is not all of it, or more."""
    spread = match_payment(
        amount_cents=each.amount_cents,
        currency=CURRENCY,
        payer=each.payer,
        owed=Owed(
            state=invoice.state.value,
            customer_id=invoice.customer_id,
            payer_document=invoice.payer_document,
            currency=invoice.currency,
            open_cents=invoice.open_cents,
            charges_cents=late.total_cents,
            tolerance_cents=tolerance_cents,
            charges_first=invoice.charges_first,
            days_late=late.days_late,
        ),
        collected_cents=each.facts.get(COLLECTED, 0),
    )
    if not isinstance(spread, Allocation) or spread.credit_cents:
        return None
    if spread.face_cents + spread.short_face_cents != invoice.open_cents:
        return None
    return WholePayment(
        invoice=invoice,
        payment_key=f"{source.value}:{each.external_id}",
        at=each.paid_at,
        late=late,
        face_cents=spread.face_cents,
        short_face_cents=spread.short_face_cents,
        charges_cents=spread.charges_cents,
        short_charges_cents=spread.short_charges_cents,
        surplus_cents=spread.surplus_cents,
        fee_cents=each.fee_cents,
    )


def _row(each: Incoming, whole: WholePayment, source: PaymentSource, *, now: datetime) -> dict[str, Any]:
    payer = payer_of(whole.invoice)
    return {
        "source": source,
        "external_id": each.external_id,
        "amount_cents": each.amount_cents,
        "fee_cents": each.fee_cents,
        "credited_cents": each.amount_cents - each.fee_cents,
        "currency": CURRENCY,
        "paid_at": each.paid_at,
        "received_at": now,
        "payer_name": each.payer.name,
        "payer_document": each.payer.document,
        "facts": dict(each.facts),
        "outcome": PaymentOutcome.SETTLED,
        "partner_id": payer.partner_id,
        "customer_id": payer.customer_id,
        "invoice_id": whole.invoice.id,
    }
