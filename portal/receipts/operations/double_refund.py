"""Money we took ourselves for what nobody owed any more: finance is asked whether it goes back twice."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.invoices.models import Invoice
from portal.invoices.rules.states import InvoiceState
from portal.receipts.models.payment import Payment
from portal.receipts.rules.receiving import PaymentOutcome
from portal.shared.auth import Role
from portal.shared.brazil import format_date, format_money
from portal.shared.clock import day_of
from portal.tasks.operations import open_task
from portal.tasks.rules import TaskKind, end_of_day

ANSWERED_WITHIN = timedelta(days=2)
LAW = (
    "Pelo art. 42, parágrafo único, do Código de Defesa do Consumidor, o consumidor cobrado em quantia "
    "indevida tem direito a receber em dobro o que pagou em excesso, com correção monetária e juros legais, "
    "salvo engano justificável. Decida se a devolução em dobro cabe e escreva o porquê no resultado."
)


def ask_for_double_refund(session: Session, payment: Payment, invoice: Invoice, *, now: datetime) -> None:
    """Ask finance, once for each payment, whether the law wants it back twice (CDC art. 42)."""
    what = f"{format_money(payment.amount_cents)} no cartão em {format_date(day_of(payment.paid_at))}"
    why = "tinha sido cancelada" if invoice.state is InvoiceState.VOID else "já estava paga"
    where = "O valor ficou como crédito de quem pagou."
    if payment.outcome is PaymentOutcome.PARKED:
        where = "O valor está em Pagamentos, A conferir."
    open_task(
        session,
        key=f"double-refund:{payment.id}",
        kind=TaskKind.DOUBLE_REFUND,
        team=Role.FINANCE,
        title=f"Devolução em dobro? Cobramos {format_money(payment.amount_cents)} da fatura {invoice.label}, "
        f"que {why}",
        detail=f"Nós cobramos {what} (pagamento {payment.external_id}) para a fatura {invoice.label}, "
        f"que {why}. {where} {LAW}",
        subject=payment,
        due_at=end_of_day(now + ANSWERED_WITHIN),
        now=now,
    )
