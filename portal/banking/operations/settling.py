"""Payments of boletos between the bank's word and its credit."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from portal.banking.models.boleto import Boleto, BoletoSettlement
from portal.banking.operations.return_sets import settle_usual
from portal.banking.rules.boleto import BoletoState
from portal.banking.rules.return_reading import Occurrence
from portal.banking.rules.settlement import facts_of, paid_at_of
from portal.receipts.operations.receiving import receive_payment
from portal.receipts.rules.receiving import CURRENCY, Payer, PaymentSource
from portal.shared import audit

AT_ONCE = 500


def await_credit(
    session: Session, boleto: Boleto, one: Occurrence, *, external_id: str, now: datetime
) -> None:
    """Keep what a line says was paid until the bank credits it; its boleto is locked."""
    boleto.state, boleto.paid_at, boleto.rejection = BoletoState.PAID_UNSETTLED, paid_at_of(one), ""
    session.add(
        BoletoSettlement(
            boleto=boleto,
            external_id=external_id,
            amount_cents=one.paid_cents,
            fee_cents=one.fee_cents,
            paid_at=paid_at_of(one),
            settles_on=one.credited_on,
            facts=facts_of(one),
            told_at=now,
        )
    )
    session.flush()


def settle_boletos(session: Session, *, today: date, now: datetime, in_sets: bool = True) -> int:
    """Book what the banks credit today or credited before; how many, at most `AT_ONCE`.

    What a bank undid between its word and its credit is not booked. Usual ones go together, unless not
    `in_sets`: both ways lead to the same rows.
    """
    due = (
        select(BoletoSettlement.id, Boleto.customer_id)
        .join(Boleto, Boleto.id == BoletoSettlement.boleto_id)
        .where(
            BoletoSettlement.settled_at.is_(None),
            BoletoSettlement.settles_on <= today,
            Boleto.state.in_((BoletoState.PAID_UNSETTLED, BoletoState.PAID)),
        )
        .order_by(BoletoSettlement.settles_on, BoletoSettlement.id)
        .limit(AT_ONCE)
    )
    found = session.execute(due).all()
    audit.lock_streams(session, (customer_id for _id, customer_id in found))
    waiting = (
        select(BoletoSettlement)
        .join(BoletoSettlement.boleto)
        .where(
            BoletoSettlement.id.in_([settlement_id for settlement_id, _customer in found]),
            BoletoSettlement.settled_at.is_(None),
            Boleto.state.in_((BoletoState.PAID_UNSETTLED, BoletoState.PAID)),
        )
        .options(contains_eager(BoletoSettlement.boleto))
        .order_by(Boleto.id, BoletoSettlement.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    settlements = session.scalars(waiting).all()
    _settle_all(session, settlements, in_sets=in_sets, now=now)
    return len(settlements)


def _settle_all(
    session: Session, settlements: Sequence[BoletoSettlement], *, in_sets: bool, now: datetime
) -> None:
    """The usual ones together, the others one by one; of an invoice with several, each by itself."""
    often = Counter(each.boleto.customer_id for each in settlements)
    alone = [each for each in settlements if in_sets and often[each.boleto.customer_id] == 1]
    booked = settle_usual(session, alone, now=now)
    for each in settlements:
        if each.id in booked:
            each.boleto.state, each.settled_at = BoletoState.PAID, now
        else:
            _settle(session, each, now=now)
    session.flush()


def _settle(session: Session, settlement: BoletoSettlement, *, now: datetime) -> None:
    boleto = settlement.boleto
    boleto.state, settlement.settled_at = BoletoState.PAID, now
    session.flush()
    receive_payment(
        session,
        source=PaymentSource.BOLETO,
        external_id=settlement.external_id,
        invoice_id=boleto.invoice_id,
        amount_cents=settlement.amount_cents,
        fee_cents=settlement.fee_cents,
        currency=CURRENCY,
        paid_at=settlement.paid_at,
        payer=Payer(name=boleto.payer_name, document=boleto.payer_document),
        facts=settlement.facts,
        now=now,
    )
