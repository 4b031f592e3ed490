"""Faults to plant in the portal, of different kinds, which the lives must find."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import ModuleType
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.banking.operations import bank_files, ted_credits
from portal.cards import jobs as card_jobs
from portal.gateways.cards.messages import ChargeOrder
from portal.invoices.models import Invoice
from portal.invoices.operations import billing_sets, covering, issuing, reopening
from portal.invoices.rules.ledger import PostingKind
from portal.payouts import reactions as payout_reactions
from portal.payouts.operations import accruing
from portal.receipts import reactions as receipt_reactions
from portal.receipts.models.ted_credit import TedCredit
from portal.receipts.operations import allocating, receiving
from portal.receipts.operations.ted import pending_of
from portal.subscriptions.models import Subscription
from portal.subscriptions.operations import billing

type Plant = Callable[[pytest.MonkeyPatch], None]
type Guards = Callable[[Session], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """`where` it is and what is `broken`; `in_code` plants it in the process, `in_database` in each world."""

    where: str
    broken: str
    in_code: Plant | None = None
    in_database: Guards | None = None


def _used_by(module: ModuleType, name: str) -> Callable[..., Any]:
    """What a module calls by a name that it imported."""
    used: Callable[..., Any] = getattr(module, name)
    return used


def _slip_has_no_name(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(bank_files, "payment_id_of", lambda account, _one: f"{account.series}:{uuid4().hex}")


def _second_ted_takes_the_place(patch: pytest.MonkeyPatch) -> None:
    usual = _used_by(ted_credits, "await_ted")

    def take_over(session: Session, ted: TedCredit, invoice: Invoice, *, now: datetime) -> Any:
        transfer = pending_of(session, invoice, now=now)
        session.flush()
        transfer.bank_reference = None
        for earlier in session.scalars(select(TedCredit).filter_by(transfer_id=transfer.id)):
            earlier.transfer_id = None
        session.flush()
        return usual(session, ted, invoice, now=now)

    patch.setattr(ted_credits, "await_ted", take_over)


class _Forgetful:
    """A processor that is asked for every charge under another key."""

    def __init__(self, cards: Any) -> None:
        self._cards = cards

    def charge(self, order: ChargeOrder) -> Any:
        """As if nobody had asked before."""
        return self._cards.charge(replace(order, key=uuid4().hex, look_only=False))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cards, name)


def _card_is_asked_under_a_new_key(patch: pytest.MonkeyPatch) -> None:
    usual = card_jobs._ask
    patch.setattr(card_jobs, "_ask", lambda call: usual(lambda cards: call(_Forgetful(cards))))


def _fee_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    usual = _used_by(receiving, "post")

    def post(session: Session, **values: Any) -> Any:
        return None if values["kind"] is PostingKind.FEE else usual(session, **values)

    patch.setattr(receiving, "post", post)


def _charges_stay_open(patch: pytest.MonkeyPatch) -> None:
    usual = _used_by(allocating, "pay_late_charges")

    def pay(session: Session, invoice: Any, **values: Any) -> None:
        usual(session, invoice, **values)
        session.execute(
            text("UPDATE late_charges SET paid_cents = 0 WHERE invoice_id = :id"), {"id": invoice.id}
        )

    patch.setattr(allocating, "pay_late_charges", pay)


def _partner_gets_a_centavo_more(patch: pytest.MonkeyPatch) -> None:
    usual = _used_by(accruing, "expected_lines")

    def lines(*arguments: Any) -> Any:
        first, *others = usual(*arguments)
        dearer = first._replace(cost_cents=first.cost_cents - 1, repasse_cents=first.repasse_cents + 1)
        return [dearer, *others]

    patch.setattr(accruing, "expected_lines", lines)


def _service_begins_a_day_late(patch: pytest.MonkeyPatch) -> None:
    usual = _used_by(covering, "cover_time")

    def cover(session: Session, *, covers_from: Any, **values: Any) -> Any:
        return usual(session, covers_from=covers_from + timedelta(days=1), **values)

    patch.setattr(covering, "cover_time", cover)


def _run_leaves_a_month_out(patch: pytest.MonkeyPatch) -> None:
    usual = billing_sets.bill

    def bill(session: Session, chunk: Any, due: Any, *, size: int, now: datetime) -> tuple[int, int]:
        made = usual(session, chunk, due, size=size, now=now)
        billed = select(Invoice.contract_id).where(Invoice.chunk_id == chunk.id)
        session.execute(billing.advancing(Subscription.contract_id.in_(billed)))
        return made

    patch.setattr(billing_sets, "bill", bill)


def _number_is_lost(patch: pytest.MonkeyPatch) -> None:
    usual = issuing._next_number

    def after_one_that_is_lost(session: Session) -> int:
        usual(session)
        return usual(session)

    patch.setattr(issuing, "_next_number", after_one_that_is_lost)


def _note_gives_nothing_back(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(receipt_reactions, "keep_credit_of_note", lambda _session, **_values: None)


def _partner_keeps_what_went_back(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(payout_reactions, "reverse_beyond", lambda _session, **_values: None)


def _time_stays_paid(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(reopening, "take_back_time", lambda _session, **_values: ())


def _ledger_shaves_a_centavo(session: Session) -> None:
    session.execute(
        text(
            "CREATE FUNCTION shave() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " IF NEW.kind = 'paid' THEN NEW.amount_cents := NEW.amount_cents - 1; END IF;"
            " RETURN NEW; END $$"
        )
    )
    session.execute(
        text("CREATE TRIGGER a_shave BEFORE INSERT ON postings FOR EACH ROW EXECUTE FUNCTION shave()")
    )


FAULTS: Mapping[str, Fault] = {
    "duplicate": Fault(
        where="banking.operations.bank_files.payment_id_of",
        broken="a slip's payment told in another file is another payment",
        in_code=_slip_has_no_name,
    ),
    "lost money": Fault(
        where="banking.operations.ted_credits.note_ted_credit",
        broken="a second TED takes the place of the first that waits",
        in_code=_second_ted_takes_the_place,
    ),
    "retry": Fault(
        where="cards.jobs",
        broken="a charge whose answer got lost is asked for under another key",
        in_code=_card_is_asked_under_a_new_key,
    ),
    "cash": Fault(
        where="receipts.operations.receiving",
        broken="what the bank keeps is not booked",
        in_code=_fee_is_forgotten,
    ),
    "late charges": Fault(
        where="receipts.operations.allocating.pay_late_charges",
        broken="charges are paid in the ledger and stay open in their rows",
        in_code=_charges_stay_open,
    ),
    "rounding": Fault(
        where="payouts.operations.accruing",
        broken="the partner gets a centavo of the cost",
        in_code=_partner_gets_a_centavo_more,
    ),
    "calendar": Fault(
        where="invoices.operations.covering.cover_invoice",
        broken="what is paid is released a day late",
        in_code=_service_begins_a_day_late,
    ),
    "billing": Fault(
        where="invoices.operations.billing_sets.bill",
        broken="a run leaves the month after it out",
        in_code=_run_leaves_a_month_out,
    ),
    "numbers": Fault(
        where="invoices.operations.issuing",
        broken="a number is given out and borne by nothing",
        in_code=_number_is_lost,
    ),
    "credit": Fault(
        where="receipts.reactions.keep_credit_of_a_note",
        broken="a credit note is booked and gives no credit",
        in_code=_note_gives_nothing_back,
    ),
    "repasse": Fault(
        where="payouts.reactions.take_back_of_reopened",
        broken="the partner keeps its share of money that went back",
        in_code=_partner_keeps_what_went_back,
    ),
    "service": Fault(
        where="subscriptions.operations.covering.take_back_time",
        broken="the time of a payment that went back stays paid",
        in_code=_time_stays_paid,
    ),
    "ledger": Fault(
        where="the table postings",
        broken="a trigger takes a centavo of every payment",
        in_database=_ledger_shaves_a_centavo,
    ),
}
