"""Money that goes back: of a payment, wholly or in part, whoever asked for it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.invoices.models import Invoice
from portal.invoices.operations.ledger import post, post_of_invoice
from portal.invoices.operations.reopening import Return, reopen_invoice, return_late_charges
from portal.invoices.queries.reading import lock_invoice
from portal.invoices.rules.ledger import Account, PostingKind
from portal.receipts.models.credit_use import CreditUse
from portal.receipts.models.payment import CustomerCredit, Payment
from portal.receipts.models.returning import CreditReturn, PaymentReturn
from portal.receipts.queries.returns import (
    Made,
    charges_paid_by,
    credits_of,
    find_return,
    openable_cents,
    returned_cents,
    unused_cents,
    uses_left,
    what_is_left,
)
from portal.receipts.rules.receiving import PaymentOutcome
from portal.receipts.rules.returning import (
    Back,
    MoreThanLeft,
    NowhereToTake,
    ReturnCause,
    StillParked,
    spread_back,
)
from portal.shared import audit
from portal.shared.auth import Actor
from portal.shared.brazil import format_money


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What goes back and why. `key` is what its source calls it: told again, nothing more happens.

    `is_done`: it went already, so that what is left of the payment is what counts, and never more.
    """

    cause: ReturnCause
    key: str
    amount_cents: int
    reason: str
    is_done: bool = True


def take_payment_back(
    session: Session, *, payment_id: int, asked: Asked, actor: Actor | None, now: datetime
) -> PaymentReturn | None:
    """Let money of a payment go back, with all that came of it; None when nothing is left of the payment.

    Of the payment goes back: its payer's credit that nobody used, surplus, charges, then the face value,
    whose invoice is owed again; where credit was used, the invoices it paid are.

    Raises:
        StillParked: nobody said yet whose the payment is.
        MoreThanLeft: more than is left, and it did not go yet.
        NowhereToTake: the books have no place it could come from.
    """
    payment = session.get_one(Payment, payment_id)
    audit.lock_streams(session, [payment.customer_id] if payment.customer_id else [])
    invoice = lock_invoice(session, payment.invoice_id) if payment.invoice_id else None
    session.flush()
    payment = session.get_one(Payment, payment.id, with_for_update=True, populate_existing=True)
    if payment.outcome not in (PaymentOutcome.SETTLED, PaymentOutcome.CREDITED):
        raise StillParked
    if (known := find_return(session, payment.id, asked.key)) is not None:
        return known
    left = payment.amount_cents - returned_cents(session, payment.id)
    if asked.amount_cents > left and not asked.is_done:
        raise MoreThanLeft(left)
    cents = min(asked.amount_cents, left)
    return _Returning(session, payment, invoice, asked, now).carry_out(cents, actor) if cents else None


@dataclass(frozen=True, slots=True)
class _Returning:
    """One return under its locks."""

    session: Session
    payment: Payment
    invoice: Invoice | None  # none of what finance made credit of
    asked: Asked
    now: datetime

    def carry_out(self, cents: int, actor: Actor | None) -> PaymentReturn:
        """Spread it, write it down, book it."""
        made = what_is_left(self.session, self.payment)
        credits_found = credits_of(self.session, self.payment)
        unused = {credit: unused_cents(self.session, credit) for credit in credits_found}
        back = spread_back(
            cents,
            credit_cents=sum(unused.values()),
            surplus_cents=made.surplus_cents,
            charges_cents=made.charges_cents,
            face_cents=min(made.face_cents, openable_cents(self.session, self.invoice))
            if self.invoice
            else 0,
        )
        row = self._write(cents, back, made, actor)
        self._book_own(row)
        self._take_unused(row, unused, back.credit_cents)
        if back.rest_cents:
            self._undo_uses(row, [credit.id for credit in credits_found], back.rest_cents)
        return row

    def _write(self, cents: int, back: Back, made: Made, actor: Actor | None) -> PaymentReturn:
        row = PaymentReturn(
            payment_id=self.payment.id,
            invoice_id=self.payment.invoice_id,
            partner_id=self.payment.partner_id,
            customer_id=self.payment.customer_id,
            cause=self.asked.cause,
            cause_key=self.asked.key,
            amount_cents=cents,
            credit_cents=back.credit_cents + back.rest_cents,
            surplus_cents=back.surplus_cents,
            charges_cents=back.charges_cents,
            face_cents=back.face_cents,
            short_cents=made.short_cents if back.face_cents and back.face_cents == made.face_cents else 0,
            parked_cents=0,
            reason=self.asked.reason,
            returned_at=self.now,
            recorded_by_id=actor.user_id if actor else None,
        )
        self.session.add(row)
        self.session.flush()
        amount = f"{format_money(cents)} de {format_money(self.payment.amount_cents)}"
        of_invoice = f", fatura {self.invoice.label}" if self.invoice else ", crédito"
        audit.record(
            self.session,
            action="payment_returned",
            summary=f"{self.payment.source.label}{of_invoice}: {amount} de volta ({row.cause.label.lower()})",
            subject=self.payment,
            owner=row,
            actor=actor,
            now=self.now,
            reason=self.asked.reason,
        )
        return row

    def _why(self, row: PaymentReturn) -> Return:
        return Return(cause=row.cause.value, key=str(row.id), reason=row.reason, now=self.now)

    def _book_own(self, row: PaymentReturn) -> None:
        """Surplus, charges and face value: what the payment itself brought."""
        if self.invoice is None:
            return
        cash = Account.cash_of(self.payment.key)
        if row.surplus_cents:
            post_of_invoice(
                self.session,
                self.invoice,
                kind=PostingKind.RETURNED,
                debit=Account.DIFFERENCES,
                credit=cash,
                amount_cents=row.surplus_cents,
                payment_key=self.payment.key,
                part=f"surplus:{row.id}",
                now=self.now,
            )
        if row.charges_cents:
            return_late_charges(
                self.session,
                self.invoice,
                payment_key=self.payment.key,
                amount_cents=row.charges_cents,
                source=cash,
                why=self._why(row),
            )
        if row.face_cents:
            reopen_invoice(
                self.session,
                self.invoice,
                payment_key=self.payment.key,
                amount_cents=row.face_cents,
                short_cents=row.short_cents,
                source=cash,
                why=self._why(row),
            )

    def _take_unused(self, row: PaymentReturn, unused: dict[CustomerCredit, int], cents: int) -> None:
        for credit, left in unused.items():
            part = min(left, cents)
            if part:
                self._take_credit(row, credit.id, None, part)
                cents -= part

    def _undo_uses(self, row: PaymentReturn, credit_ids: list[int], cents: int) -> None:
        """What credit paid is owed again: the newest first, of each its charges before the face value.

        Raises:
            NowhereToTake: that is not so much.
        """
        account = Account.credit_of(row.customer_id)
        for use, left in uses_left(self.session, credit_ids):
            invoice = lock_invoice(self.session, use.invoice_id)
            if invoice is None:
                continue
            of_charges = charges_paid_by(self.session, use)
            charges = min(cents, of_charges)
            if charges:
                return_late_charges(
                    self.session,
                    invoice,
                    payment_key=use.key,
                    amount_cents=charges,
                    source=account,
                    why=self._why(row),
                )
            face = min(cents - charges, left - of_charges, openable_cents(self.session, invoice))
            if face:
                reopen_invoice(
                    self.session,
                    invoice,
                    payment_key=use.key,
                    amount_cents=face,
                    source=account,
                    why=self._why(row),
                )
            if charges + face:
                self._take_credit(row, use.credit_id, use, charges + face)
            cents -= charges + face
        if cents:
            raise NowhereToTake

    def _take_credit(self, row: PaymentReturn, credit_id: int, use: CreditUse | None, cents: int) -> None:
        self.session.add(
            CreditReturn(
                return_id=row.id,
                credit_id=credit_id,
                credit_use_id=use.id if use else None,
                amount_cents=cents,
            )
        )
        part = f"credit:{row.id}:{credit_id}:{use.id if use else ''}"
        post(
            self.session,
            kind=PostingKind.RETURNED,
            debit=Account.credit_of(row.customer_id),
            credit=Account.cash_of(self.payment.key),
            amount_cents=cents,
            payment_key=self.payment.key,
            partner_id=row.partner_id,
            customer_id=row.customer_id,
            part=part,
            now=self.now,
        )


def find_payment(session: Session, *, source: str, external_id: str) -> Payment | None:
    """The payment that its source calls so."""
    return session.scalar(select(Payment).where(Payment.source == source, Payment.external_id == external_id))
