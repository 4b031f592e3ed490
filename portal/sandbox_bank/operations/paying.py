"""The day of the bank of the tests: what it registers and takes back, and who pays by habit."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.banking.models.boleto import Boleto
from portal.banking.operations.bank_notices import accept_notice
from portal.banking.queries.account import account_of_series, as_boleto_account
from portal.banking.rules.bank_notices import sign
from portal.banking.rules.pix import txid_of
from portal.customers.models import Customer
from portal.invoices.models import Invoice
from portal.invoices.queries.late_charges import due_on_day
from portal.sandbox_bank.models import SandboxPayer, SandboxPayment
from portal.sandbox_bank.operations.acting import FEE_CENTS
from portal.sandbox_bank.queries import list_asked_of_bank, list_to_pay
from portal.sandbox_bank.rules.acts import BankAct, Transfer, notice
from portal.sandbox_bank.rules.habits import PayingHabit, Payment, amount_of, payment_on
from portal.sandbox_bank.rules.returns import ReturnLine, return_file
from portal.shared.clock import at_sao_paulo, day_of

TITLES_A_FILE = 1_000


@dataclass(frozen=True, slots=True)
class ReturnFile:
    """A return to leave in the folder."""

    name: str
    content: bytes


@dataclass(slots=True)
class BankDay:
    """What the bank does on one day, gathered: lines of returns by the series of their account, transfers."""

    on: date
    lines: dict[str, list[ReturnLine]] = field(default_factory=lambda: defaultdict(list))
    transfers: dict[BankAct, list[Transfer]] = field(default_factory=lambda: defaultdict(list))
    paid: int = 0


def live_the_day(session: Session, *, secret: str, now: datetime) -> tuple[BankDay, list[ReturnFile]]:
    """Answer what was asked of the bank, and let customers pay by habit; each invoice once.

    Pix and TEDs are told by signed notices at once; the returns are the caller's to leave in the folder.
    """
    day = BankDay(day_of(now))
    for asked, code in list_asked_of_bank(session, limit=TITLES_A_FILE):
        day.lines[asked.series].append(_line(asked, code, on=day.on))
    for invoice, payer, boleto in list_to_pay(session, today=day.on, limit=TITLES_A_FILE):
        payment = payment_on(
            payer.habit,
            method=invoice.payment_method,
            boleto=boleto.state if boleto is not None else None,
            due_on=invoice.due_on,
            days_late=payer.days_late,
            today=day.on,
        )
        if payment and _is_first(session, invoice, now=now):
            _pay(session, day, payment, invoice, boleto)
    for act, transfers in day.transfers.items():
        _tell(session, notice(act, transfers), is_file=False, secret=secret, now=now)
    return day, _returns(session, day)


def tell_by_notice(session: Session, file: ReturnFile, *, secret: str, now: datetime) -> None:
    """Send a return to the webhook, where there is no folder to leave it in."""
    _tell(session, file.content, is_file=True, secret=secret, now=now)


def set_habit(session: Session, *, customers: Sequence[Customer], habit: PayingHabit, days_late: int) -> None:
    """Let customers pay so from now on; `days_late` counts for `LATE` alone."""
    days = days_late if habit is PayingHabit.LATE else 0
    rows = [{"customer_id": each.id, "habit": habit, "days_late": days} for each in customers]
    if rows:
        statement = insert(SandboxPayer)
        again = {"habit": statement.excluded.habit, "days_late": statement.excluded.days_late}
        session.execute(statement.on_conflict_do_update(index_elements=["customer_id"], set_=again), rows)


def _is_first(session: Session, invoice: Invoice, *, now: datetime) -> bool:
    once = insert(SandboxPayment).values(invoice_id=invoice.id, acted_at=now).on_conflict_do_nothing()
    return session.scalar(once.returning(SandboxPayment.invoice_id)) is not None


def _pay(session: Session, day: BankDay, payment: Payment, invoice: Invoice, boleto: Boleto | None) -> None:
    asked = due_on_day(session, invoice, day.on)
    day.paid += payment.times
    if payment.act is BankAct.BOLETO and boleto is not None:
        line = _line(boleto, "06", on=day.on, paid_cents=asked.total_cents, charges_cents=asked.charges_cents)
        day.lines[boleto.series] += [line] * payment.times
        return
    whole = asked.face_cents if payment.act is BankAct.TED else asked.total_cents
    for number in range(payment.times):
        mark = hashlib.sha256(f"{invoice.id} {day.on} {number}".encode()).hexdigest()
        day.transfers[payment.act].append(
            Transfer(
                external_id=f"{'E' if payment.act is BankAct.PIX else 'T'}{mark[:31]}",
                reference=txid_of(invoice.id) if payment.act is BankAct.PIX else invoice.label,
                amount_cents=amount_of(payment, whole),
                at=at_sao_paulo(day.on, 6),
                payer_name=invoice.payer_name,
                payer_document=invoice.payer_document,
            )
        )


def _line(boleto: Boleto, code: str, *, on: date, paid_cents: int = 0, charges_cents: int = 0) -> ReturnLine:
    return ReturnLine(
        code=code,
        number=boleto.number,
        on=on,
        due_on=boleto.due_on,
        title_cents=boleto.amount_cents,
        paid_cents=paid_cents,
        fee_cents=FEE_CENTS if paid_cents else 0,
        charges_cents=charges_cents,
    )


def _returns(session: Session, day: BankDay) -> list[ReturnFile]:
    files = []
    for series, lines in sorted(day.lines.items()):
        row = account_of_series(session, series)
        content = return_file(
            as_boleto_account(row), lines, made_at=at_sao_paulo(day.on, 6), number=day.on.toordinal()
        )
        files.append(ReturnFile(f"{day.on:%Y%m%d}-{row.bank}-{row.id}.ret", content))
    return files


def _tell(session: Session, body: bytes, *, is_file: bool, secret: str, now: datetime) -> None:
    signature = sign(body, secret=secret, at=now)
    accept_notice(session, body=body, signature=signature, is_file=is_file, secret=secret, now=now)
