"""What one side of the town owes and has paid, for `tests/factories/town.py`."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.banking.models.boleto import Boleto
from portal.banking.models.fault import BankFileFault
from portal.banking.models.statement import StatementLine
from portal.banking.operations.joint_pix import join_invoices
from portal.banking.operations.remittances import make_remittance
from portal.banking.operations.statements import match_some, take_statement
from portal.banking.rules.boleto import BoletoState
from portal.invoices.models import Invoice
from portal.receipts.models.payment import ParkedPayment
from portal.receipts.models.refund import Refund
from portal.receipts.models.ted import TedTransfer
from portal.receipts.operations.refunding import ask_refund
from portal.receipts.operations.ted import announce_ted, confirm_ted
from portal.receipts.rules.receiving import Payer
from portal.receipts.rules.refunds import Destination, Wanted
from portal.receipts.rules.ted import TedState
from portal.sandbox_bank.rules.returns import ReturnLine, return_file
from portal.shared import tokens
from portal.shared.auth import Actor, Role
from portal.shared.clock import day_of
from portal.shared.tokens import Purpose
from tests.factories.bank_files import bring
from tests.factories.invoices import make_invoice
from tests.factories.payments import ACCOUNT, pay
from tests.factories.quotes import NOON, House
from tests.factories.statements import Entry, ofx
from tests.factories.users import actor_of, make_user

LONG = timedelta(days=36_500)
PROOF = b"%PDF-1.7 a proof"


def money_of(session: Session, word: str, house: House) -> dict[str, str]:
    """An invoice behind a link with a registered boleto, TEDs in both states, parked money, a return."""
    invoice = make_invoice(session, house=house)
    boleto = session.scalars(select(Boleto).where(Boleto.invoice_id == invoice.id)).one()
    boleto.state, boleto.registered_at = BoletoState.REGISTERED, NOON
    token = tokens.issue(session, purpose=Purpose.INVOICE, subject_id=invoice.id, now=NOON, valid_for=LONG)
    payment = pay(session, invoice_id=None, now=NOON, payer=Payer(name=f"Padaria {word} Ltda"))
    parked = select(ParkedPayment.id).where(ParkedPayment.payment_id == payment.id)
    paid = ReturnLine(
        code="06",
        number=boleto.number,
        on=day_of(NOON),
        due_on=boleto.due_on,
        title_cents=boleto.amount_cents,
        paid_cents=boleto.amount_cents,
    )
    content = return_file(ACCOUNT, [paid], made_at=NOON, number=boleto.number)
    name = f"{word.upper()}.RET"
    damaged = content.replace(b"000003", b"000009")
    desk = actor_of(make_user(session, role=Role.FINANCE))
    back = bring(session, content, name=name, actor=desk, now=NOON)
    broken = bring(session, damaged, name=f"DEFEITO{name}", actor=desk, now=NOON)
    fault = select(BankFileFault).where(BankFileFault.file_id == broken.id)
    sent = make_remittance(session, account=ACCOUNT, actor=desk, now=NOON)
    return {
        "paying": token.secret(),
        "payable": str(invoice.id),
        "joint_pix": str(_joint(session, house, invoice)),
        "parked": str(session.scalars(parked).one()),
        "return": str(back.id),
        "damaged": str(broken.id),
        "fault": str(session.scalars(fault).one().id),
        "remittance": str(sent.id),
        "ted": str(_ted(session, house).id),
        "refund": str(_refund(session, house).id),
        **_statement(session, word, house, desk),
        "ted_once": str(_ted(session, house, once=True).id),
    }


def _refund(session: Session, house: House) -> Refund:
    """A boleto that a person is asked to give back in part."""
    invoice = make_invoice(session, house=house, payment_method="ted")
    payer = Payer(name=invoice.payer_name, document=invoice.payer_document)
    payment = pay(session, invoice_id=invoice.id, source="boleto", now=NOON, payer=payer)
    return ask_refund(
        session,
        payment_id=payment.id,
        wanted=Wanted(
            key=f"{payment.id:032x}",
            amount_cents=20_00,
            reason="Cobrado a mais",
            destination=Destination(
                holder_name=invoice.payer_name,
                holder_document=invoice.payer_document,
                bank="341 Itaú",
                branch="0057",
                account="12345-7",
            ),
        ),
        actor=actor_of(make_user(session, role=Role.FINANCE)),
        now=NOON,
    )


def _statement(session: Session, word: str, house: House, desk: Actor) -> dict[str, str]:
    """A statement with an entry that is no TED, and one that may be a TED which a person confirmed."""
    invoice = make_invoice(session, house=house, payment_method="ted")
    transfer = announce_ted(session, invoice_id=invoice.id, proof=PROOF, now=NOON)
    cents, day = invoice.open_cents, day_of(NOON) - timedelta(days=len(word))  # a day of its own
    confirm_ted(session, transfer=transfer, amount_cents=cents, credited_on=day, actor=desk, now=NOON)
    entries = (
        Entry(fitid=f"{word}1", on=day, amount="1.00", memo=f"RENDIMENTO {word}"),
        Entry(fitid=f"{word}2", on=day, amount=f"{cents / 100:.2f}", memo=f"TED RECEBIDA {word}"),
    )
    found = take_statement(session, name=f"{word}.ofx", content=ofx(entries), actor=desk, now=NOON)
    match_some(session, statement_id=found.id, now=NOON)
    lines = session.scalars(
        select(StatementLine).filter_by(statement_id=found.id).order_by(StatementLine.line)
    ).all()
    return {"statement": str(found.id), "entry": str(lines[0].id), "doubt": str(lines[1].credit_id)}


def _joint(session: Session, house: House, invoice: Invoice) -> int:
    """One Pix for an invoice and another of the same customer."""
    other = make_invoice(session, house=house)
    return join_invoices(session, customer=house.customer, invoice_ids=[invoice.id, other.id], now=NOON).id


def _ted(session: Session, house: House, *, once: bool = False) -> TedTransfer:
    invoice = make_invoice(session, house=house, payment_method="ted")
    transfer = announce_ted(session, invoice_id=invoice.id, proof=PROOF, now=NOON)
    if once:
        first = make_user(session, role=Role.FINANCE)
        transfer.state, transfer.needs_two = TedState.CONFIRMED_ONCE, True
        transfer.amount_cents, transfer.credited_on = invoice.open_cents, day_of(NOON)
        transfer.confirmed_by_id, transfer.confirmed_at = first.id, NOON
    session.flush()
    return transfer
