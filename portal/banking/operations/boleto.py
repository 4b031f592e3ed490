"""Boletos: issued for an invoice, withdrawn when it is paid or void otherwise."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from portal.banking.models.boleto import Boleto, BoletoSeries
from portal.banking.queries.boletos import boletos_being_settled
from portal.banking.rules.accounts import BoletoAccount
from portal.banking.rules.boleto import (
    LIVE,
    BoletoState,
    CannotIssueBoleto,
    Charging,
    SeriesExhausted,
    charging_of_bank,
    codes_of,
)
from portal.customers.models import Customer
from portal.invoices.models import Invoice
from portal.invoices.queries.late_charges import FREE_INSTALLMENT, due_on_day, face_within
from portal.invoices.queries.reading import lock_invoice, lock_open_invoices
from portal.invoices.queries.recipients import payer_of
from portal.invoices.rules.states import InvoiceState
from portal.receipts.queries.credits import has_credit
from portal.settings.queries import value
from portal.settings.rules.names import Name
from portal.shared import audit
from portal.shared.brazil import next_bank_day
from portal.shared.clock import day_of
from portal.shared.payment_methods import Way
from portal.shared.queueing import insert_once, insert_rows
from portal.subscriptions.rules import BilledTo

OF_INVOICE = (
    "id", "partner_id", "customer_id", "due_on", "payer_name", "payer_document", "installment_number",
    "amount_cents", "carried_cents", "paid_cents", "late_fee_basis_points", "late_interest_basis_points",
    "charges_first",
)  # fmt: skip
OF_PAYER = ("street", "street_number", "complement", "district", "postal_code", "city", "state")
BANKS_WANT = ("street", "postal_code", "city", "state")


def issue_boleto(session: Session, *, invoice_id: int, account: BoletoAccount, now: datetime) -> Boleto:
    """Give an open invoice its boleto; the one it has, when it has one that can still be paid.

    An invoice past its due date gets one for the next bank day, for what it costs then; of any other the
    bank is told to charge late fee and interest by itself.

    Raises:
        CannotIssueBoleto: the invoice is not open, or its payer has no whole address, which banks ask for.
        SeriesExhausted: the bank's agreement has no number left.
    """
    invoice = lock_invoice(session, invoice_id)
    if invoice is None or invoice.state is not InvoiceState.OPEN:
        raise CannotIssueBoleto("Esta fatura não está em aberto.")
    living = session.scalar(select(Boleto).where(Boleto.invoice_id == invoice.id, Boleto.state.in_(LIVE)))
    if living is not None:
        return living
    if session.scalar(boletos_being_settled().where(Boleto.invoice_id == invoice.id)) is not None:
        raise CannotIssueBoleto("O boleto desta fatura já foi pago; o banco ainda está compensando.")
    payer = _payer(session, invoice)
    (number,) = _take_numbers(session, account, 1)
    due_on = _due_on(session, invoice, today=day_of(now))
    asked = _asked(session, invoice, due_on)
    boleto = Boleto(**_row(invoice, account, asked, number=number, due_on=due_on, payer=payer, now=now))
    session.add(boleto)
    session.flush()
    _write_down(session, boleto, invoice, now=now)
    return boleto


def issue_boletos(session: Session, *, chunk_id: int, account: BoletoAccount, now: datetime) -> int:
    """Give all invoices of a billing chunk their boletos at once; how many. Done again, it does the rest.

    As `issue_boleto`, for those that are open, paid by boleto and owed by a customer with a whole address.
    They are in no log: their rows never change.

    Raises:
        SeriesExhausted: the bank's agreement has no numbers left.
    """
    wanted: Sequence[Any] = session.execute(_lacking_boletos(chunk_id)).all()
    if not wanted:
        return 0
    today, rows = day_of(now), []
    numbers = _take_numbers(session, account, len(wanted))
    for number, one in zip(numbers, wanted, strict=True):
        due_on = _due_on(session, one, today=today)
        asked, payer = _asked(session, one, due_on), _as_banks_want(one, one)
        rows.append(_row(one, account, asked, number=number, due_on=due_on, payer=payer, now=now))
    insert_rows(session, Boleto, rows)
    return len(rows)


def issue_boletos_of(
    session: Session, *, invoice_ids: Collection[int], account: BoletoAccount, now: datetime
) -> int:
    """Give several invoices of one payer their boletos, as `issue_boleto` does one; how many got one.

    In as many statements for many, but for a line of each in the log. One whose boleto is paid and on its
    way gets none. Raises as `issue_boleto`.
    """
    found = lock_open_invoices(session, invoice_ids)
    if not found:
        raise CannotIssueBoleto("Estas faturas não estão mais em aberto.")
    taken = select(Boleto.invoice_id).where(
        Boleto.invoice_id.in_(invoice_ids), Boleto.state.in_((*LIVE, BoletoState.PAID_UNSETTLED))
    )
    has_one = set(session.scalars(taken))
    lacking = [invoice for invoice in found if invoice.id not in has_one]
    if not lacking:
        return 0
    payer, today = _payer(session, lacking[0]), day_of(now)
    numbers = _take_numbers(session, account, len(lacking))
    boletos = []
    for number, invoice in zip(numbers, lacking, strict=True):
        due_on = _due_on(session, invoice, today=today)
        own = payer | {"payer_name": invoice.payer_name, "payer_document": invoice.payer_document}
        asked = _asked(session, invoice, due_on)
        row = _row(invoice, account, asked, number=number, due_on=due_on, payer=own, now=now)
        boletos.append((Boleto(**row), invoice))
    session.add_all(boleto for boleto, _invoice in boletos)
    session.flush()
    for boleto, invoice in boletos:
        _write_down(session, boleto, invoice, now=now)
    return len(boletos)


def withdraw_boletos(session: Session, *, invoice_id: int, now: datetime) -> None:
    """Take back what need not be paid: at once if the bank knows nothing of it, else by the next file.

    What was paid stays, credited yet or not.
    """
    statement = select(Boleto).where(Boleto.invoice_id == invoice_id, Boleto.state.in_(LIVE))
    for boleto in session.scalars(statement.with_for_update()):
        if boleto.remittance_id is None and boleto.state is BoletoState.ISSUED:
            boleto.state = BoletoState.WRITTEN_OFF
        else:
            boleto.state, boleto.withdraw_asked_at = BoletoState.WRITE_OFF_ASKED, now
    session.flush()


def _write_down(session: Session, boleto: Boleto, invoice: Invoice, *, now: datetime) -> None:
    audit.record(
        session,
        action="boleto_issued",
        summary=f"Boleto {boleto.our_number} emitido para a fatura {invoice.label}",
        subject=boleto,
        actor=None,
        now=now,
    )


def _due_on(session: Session, invoice: Invoice, *, today: date) -> date:
    if invoice.due_on >= today:
        return invoice.due_on
    works = value(session, Name.BANKS_WORK_ON_LAST_DAY) == 1
    return next_bank_day(today + timedelta(days=1), last_of_year=works)


def _asked(session: Session, invoice: Invoice, due_on: date) -> Charging:
    """What a boleto that falls due on a day asks for."""
    if due_on > invoice.due_on:
        due = due_on_day(session, invoice, due_on)
        if due.charges_cents:
            return Charging(due.total_cents, charges_cents=due.charges_cents)
    is_free = invoice.installment_number == FREE_INSTALLMENT
    return charging_of_bank(
        amount_cents=invoice.open_cents,
        price_cents=0 if is_free else face_within(invoice, invoice.open_cents),
        late_fee_basis_points=invoice.late_fee_basis_points,
        late_interest_basis_points=invoice.late_interest_basis_points,
    )


def _take_numbers(session: Session, account: BoletoAccount, count: int) -> range:
    before_first = {"name": account.series, "last_number": account.first_number - 1}
    insert_once(session, BoletoSeries, key="name", values=before_first)
    series = session.get_one(BoletoSeries, account.series, with_for_update=True, populate_existing=True)
    first = max(series.last_number + 1, account.first_number)
    if first + count - 1 > account.most_number:
        raise SeriesExhausted
    series.last_number = first + count - 1
    session.flush()
    return range(first, first + count)


def _lacking_boletos(chunk_id: int) -> Select[*tuple[Any, ...]]:
    """What a boleto needs of the invoices of a chunk that are to get one, locked in one order.

    Columns, as entities would take longer than all the rest.
    """
    has_one = exists().where(Boleto.invoice_id == Invoice.id, Boleto.state.in_(LIVE))
    return (
        select(
            *(getattr(Invoice, name) for name in OF_INVOICE),
            (Invoice.amount_cents - Invoice.paid_cents).label("open_cents"),
            *(getattr(Customer, name) for name in OF_PAYER),
        )
        .join(Customer, Customer.id == Invoice.customer_id)
        .where(
            Invoice.chunk_id == chunk_id,
            Invoice.state == InvoiceState.OPEN,
            Invoice.payment_method == Way.BOLETO,
            Invoice.billed_to == BilledTo.CUSTOMER,
            *(getattr(Customer, part) != "" for part in BANKS_WANT),
            ~has_one,
            ~has_credit(),  # a boleto for the rest follows when that is used
        )
        .order_by(Invoice.id)
        .with_for_update(of=Invoice)
    )


def _payer(session: Session, invoice: Invoice) -> dict[str, str]:
    payer = payer_of(invoice)
    if payer.is_partner:  # whose address nobody registers; the customer's is not theirs
        raise CannotIssueBoleto(
            "Esta fatura é do parceiro, e não há boleto para ela. Use Pix, TED ou cartão."
        )
    customer = session.get_one(Customer, payer.customer_id)
    if not all(getattr(customer, part) for part in BANKS_WANT):
        raise CannotIssueBoleto("Falta o endereço completo de quem paga, e o banco o exige em boletos.")
    return _as_banks_want(invoice, customer)


def _as_banks_want(invoice: Invoice, customer: Customer) -> dict[str, str]:
    """Name, document and address."""
    street = " ".join(filter(None, (customer.street, customer.street_number, customer.complement)))
    return {
        "payer_name": invoice.payer_name,
        "payer_document": invoice.payer_document,
        "payer_street": street,
        "payer_district": customer.district,
        "payer_postal_code": customer.postal_code,
        "payer_city": customer.city,
        "payer_state": customer.state,
    }


def _row(
    invoice: Invoice,
    account: BoletoAccount,
    asked: Charging,
    *,
    number: int,
    due_on: date,
    payer: Mapping[str, str],
    now: datetime,
) -> dict[str, Any]:
    codes = codes_of(account, number=number, amount_cents=asked.amount_cents, due_on=due_on)
    return {
        "series": account.series,
        "number": number,
        "invoice_id": invoice.id,
        "partner_id": invoice.partner_id,
        "customer_id": invoice.customer_id,
        **asked._asdict(),
        "due_on": due_on,
        "bar_code": codes.bar_code,
        "line": codes.line,
        "our_number": codes.our_number,
        "issued_at": now,
        "state": BoletoState.ISSUED,
        "rejection": "",
        **payer,
    }
