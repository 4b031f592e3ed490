"""The usual lines of a return, carried out together: registered, paid in full, paid and not yet credited.

A chunk takes as many statements as a line. What is odd (less or more, paid twice, after a write-off, of a
boleto nobody knows) is left for one by one; so is all of a customer with several lines in a chunk, in order.
Rows bear no entry of the log each.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import DateTime, bindparam, text
from sqlalchemy.orm import Session

from portal.banking.models.boleto import Boleto, BoletoSettlement
from portal.banking.queries.boletos import PlainBoleto
from portal.banking.rules.bank_files import Effect
from portal.banking.rules.boleto import BoletoState
from portal.banking.rules.return_reading import Occurrence
from portal.banking.rules.settlement import facts_of, paid_at_of
from portal.receipts.operations.receiving_sets import Incoming, receive_usual
from portal.receipts.rules.receiving import Payer, PaymentSource
from portal.shared.arrays import IDS, TEXTS
from portal.shared.queueing import forget, insert_rows

NOTHING = frozenset({Effect.KNOWN, Effect.UNKNOWN, Effect.NOTED})
CHANGE = text(
    "UPDATE boletos SET state = :state, paid_at = CAST(told.at AS timestamptz), rejection = ''"
    " FROM unnest(:ids, :ats) AS told (id, at) WHERE boletos.id = told.id"
).bindparams(bindparam("ids", type_=IDS), bindparam("ats", type_=TEXTS))
REGISTER = text(
    "UPDATE boletos SET state = 'registered', registered_at = :now, rejection = '' WHERE id = ANY(:ids)"
).bindparams(bindparam("ids", type_=IDS), bindparam("now", type_=DateTime(timezone=True)))


class Usual(NamedTuple):
    """A line with its boleto, locked, what it does, and what its payment is called."""

    one: Occurrence
    boleto: PlainBoleto
    effect: Effect
    external_id: str


def carry_out_usual(session: Session, lines: Sequence[Usual], *, now: datetime) -> dict[int, Effect]:
    """Do what the usual ones of some lines of a file say; what each of these did, by its line number."""
    often = Counter(line.boleto.customer_id for line in lines)
    alone = [line for line in lines if often[line.boleto.customer_id] == 1]
    noted = [line for line in alone if line.effect in NOTHING]
    registered = [line for line in alone if line.effect is Effect.REGISTER]
    awaited = [line for line in alone if line.effect is Effect.AWAIT]
    paid = _pay([line for line in alone if line.effect is Effect.PAY], session, now=now)
    if registered:
        session.execute(REGISTER, {"ids": [line.boleto.id for line in registered], "now": now})
    if awaited:
        insert_rows(session, BoletoSettlement, [_settlement(line, now=now) for line in awaited])
        _change(session, awaited, BoletoState.PAID_UNSETTLED)
    changed = [*registered, *awaited, *paid]
    forget(session, Boleto, [line.boleto.id for line in changed])
    return {line.one.line: line.effect for line in (*noted, *changed)}


def settle_usual(session: Session, settlements: Iterable[BoletoSettlement], *, now: datetime) -> set[int]:
    """Book the usual ones of payments that their banks credit now; which they are, by id.

    They are locked, with their boletos, one for an invoice.
    """
    rows = {each.external_id: each for each in settlements}
    incoming = [
        Incoming(
            external_id=each.external_id,
            invoice_id=each.boleto.invoice_id,
            amount_cents=each.amount_cents,
            fee_cents=each.fee_cents,
            paid_at=each.paid_at,
            payer=Payer(name=each.boleto.payer_name, document=each.boleto.payer_document),
            facts=each.facts,
        )
        for each in rows.values()
    ]
    booked = receive_usual(session, incoming, source=PaymentSource.BOLETO, now=now)
    return {rows[external_id].id for external_id in booked}


def _pay(lines: Sequence[Usual], session: Session, *, now: datetime) -> list[Usual]:
    """Of lines that bring money those whose boletos are now paid, and the money received."""
    fresh = [line for line in lines if line.boleto.state in (BoletoState.ISSUED, BoletoState.REGISTERED)]
    incoming = [
        Incoming(
            external_id=line.external_id,
            invoice_id=line.boleto.invoice_id,
            amount_cents=line.one.paid_cents,
            fee_cents=line.one.fee_cents,
            paid_at=paid_at_of(line.one),
            payer=Payer(name=line.boleto.payer_name, document=line.boleto.payer_document),
            facts=facts_of(line.one),
        )
        for line in fresh
    ]
    booked = receive_usual(session, incoming, source=PaymentSource.BOLETO, now=now)
    paid = [line for line in fresh if line.external_id in booked]
    if paid:
        _change(session, paid, BoletoState.PAID)
    return paid


def _change(session: Session, lines: Sequence[Usual], state: BoletoState) -> None:
    values = {
        "ids": [line.boleto.id for line in lines],
        "state": state.value,
        "ats": [paid_at_of(line.one).isoformat() for line in lines],
    }
    session.execute(CHANGE, values)


def _settlement(line: Usual, *, now: datetime) -> dict[str, object]:
    return {
        "boleto_id": line.boleto.id,
        "external_id": line.external_id,
        "amount_cents": line.one.paid_cents,
        "fee_cents": line.one.fee_cents,
        "paid_at": paid_at_of(line.one),
        "settles_on": line.one.credited_on,
        "facts": facts_of(line.one),
        "told_at": now,
        "settled_at": None,
    }
