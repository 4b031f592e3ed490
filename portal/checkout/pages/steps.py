"""How far invoice, boleto and TED are, for the contract's page."""

from datetime import date

from sqlalchemy.orm import Session

from portal.banking.rules.boleto import BoletoState
from portal.checkout.queries import find_boleto, find_latest_ted
from portal.contracts.pages.progress import StepsToPayment
from portal.contracts.rules.progress import Step, StepAction
from portal.invoices.models import Invoice
from portal.invoices.queries.due_dates import payable_until
from portal.invoices.queries.reading import find_first_invoice
from portal.invoices.rules.states import InvoiceState
from portal.receipts.rules.ted import TedState
from portal.shared.brazil import format_date, format_money
from portal.shared.clock import day_of

_BOLETO = {
    BoletoState.ISSUED: ("Aguardando registro no banco. Até lá o cliente pode pagar por Pix", "waiting"),
    BoletoState.REGISTERED: ("Registrado no banco, com vencimento em {due}", "waiting"),
    BoletoState.REJECTED: ("Recusado pelo banco. O cliente é levado a outra forma de pagamento", "needs"),
    BoletoState.PAID_UNSETTLED: ("Pago. O banco ainda está compensando", "waiting"),
    BoletoState.PAID: ("Pago", "good"),
    BoletoState.WRITE_OFF_ASKED: ("Não é mais preciso; o banco ainda confirma a baixa", "neutral"),
    BoletoState.WRITTEN_OFF: ("Baixado: não é mais preciso", "neutral"),
    BoletoState.UNDONE: ("O banco desfez o pagamento. O financeiro está vendo", "needs"),
}
_BOLETO_OF_VOID = _BOLETO | {
    BoletoState.REJECTED: ("Não é mais preciso", "neutral"),
}
_TED = {
    TedState.WAITING: ("Aguardando o financeiro conferir o extrato", "waiting"),
    TedState.CONFIRMED_ONCE: ("Confirmada por uma pessoa do financeiro; falta a segunda", "waiting"),
    TedState.CONFIRMED: ("Confirmada pelo financeiro", "good"),
    TedState.REFUSED: ("Não encontrada no extrato: {reason}", "needs"),
}


def bank_steps(session: Session, asked: StepsToPayment) -> list[Step]:
    """What the first payment waits for at the bank and at finance; nothing when neither is asked for it."""
    contract, now = asked.contract, asked.now
    invoice = find_first_invoice(session, contract.id)
    if invoice is None:
        return []
    steps = (
        _invoice_step(session, invoice, today=day_of(now)),
        _boleto_step(session, invoice),
        _ted_step(session, invoice.id),
    )
    return [step for step in steps if step is not None]


def _invoice_step(session: Session, invoice: Invoice, *, today: date) -> Step | None:
    """What is asked of the payer, and where it is sent again; a draft nobody has to pay yet is no step."""
    if invoice.issued_at is None:
        return None
    is_late = today > payable_until(session, invoice.due_on)
    due = f"{'venceu' if is_late else 'vence'} em {format_date(invoice.due_on)}"
    words, since, tone = {
        InvoiceState.PAID: ("Paga", invoice.paid_at, "good"),
        InvoiceState.VOID: ("Anulada", invoice.voided_at, "neutral"),
    }.get(
        invoice.state,
        (f"{format_money(invoice.open_cents)}, {due}", invoice.issued_at, "needs" if is_late else "waiting"),
    )
    return Step(
        title=f"Fatura {invoice.label}",
        state_words=words,
        since=since,
        tone=tone,
        action=StepAction(
            label="Abrir fatura", endpoint="invoices.show", values={"invoice_id": invoice.id}, opens=True
        ),
    )


def _boleto_step(session: Session, invoice: Invoice) -> Step | None:
    boleto = find_boleto(session, invoice.id)
    if boleto is None:
        return None
    words, tone = (_BOLETO_OF_VOID if invoice.state is InvoiceState.VOID else _BOLETO)[boleto.state]
    since = boleto.paid_at or boleto.registered_at or boleto.issued_at
    return Step(
        title=f"Boleto {boleto.our_number}",
        state_words=words.format(due=format_date(boleto.due_on)),
        since=since,
        tone=tone,
    )


def _ted_step(session: Session, invoice_id: int) -> Step | None:
    ted = find_latest_ted(session, invoice_id)
    if ted is None:
        return None
    words, tone = _TED[ted.state]
    since = ted.refused_at or ted.second_confirmed_at or ted.confirmed_at or ted.announced_at
    return Step(title="TED", state_words=words.format(reason=ted.refusal), since=since, tone=tone)
