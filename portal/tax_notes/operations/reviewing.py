"""Notes that somebody is to look at: rejected ones, and those whose invoice did not stay as it was."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.invoices.models import Invoice
from portal.invoices.rules.states import invoice_label
from portal.shared.auth import Role
from portal.shared.brazil import format_money, format_month
from portal.tasks.operations import open_task
from portal.tasks.rules import TaskKind, end_of_day
from portal.tax_notes.models import TaxNote
from portal.tax_notes.rules.states import NoteState
from portal.tax_notes.rules.troubles import trouble_of_refusal

WITHIN = timedelta(days=2)


def ask_to_mend(session: Session, note: TaxNote, *, now: datetime) -> None:
    """Open a task about a note that was rejected: one for each code and month, however many notes it met."""
    trouble = trouble_of_refusal(note.trouble_code, note.trouble)
    open_task(
        session,
        key=f"tax-notes:{note.month:%Y-%m}:{note.trouble_code}",
        kind=TaskKind.TAX_NOTE,
        team=Role.FINANCE,
        title=f"Notas fiscais rejeitadas em {format_month(note.month)}: {note.trouble_code or 'sem código'}",
        detail=f"{trouble.why} {trouble.advice} Outras notas do mês podem ter o mesmo problema.",
        subject=note,
        due_at=end_of_day(now),
        now=now,
    )


def ask_to_review(session: Session, invoice_id: int, *, now: datetime) -> None:
    """Open a task about the notes in force of an invoice that was voided, credited or given back; once."""
    many, cents = session.execute(
        select(func.count(), func.coalesce(func.sum(TaxNote.amount_cents), 0)).where(
            TaxNote.invoice_id == invoice_id, TaxNote.state == NoteState.AUTHORIZED
        )
    ).one()
    if not many:
        return
    invoice = session.get_one(Invoice, invoice_id)
    noun = "nota fiscal emitida" if many == 1 else "notas fiscais emitidas"
    open_task(
        session,
        key=f"tax-notes:{invoice_id}",
        kind=TaskKind.TAX_NOTE,
        team=Role.FINANCE,
        title=f"Rever {many} {noun} da fatura {invoice_label(invoice.number)}",
        detail=f"A fatura mudou depois da emissão, e as notas dela somam {format_money(int(cents))}. "
        "Cancele as notas do que não foi prestado, ou substitua as que estão erradas.",
        subject=invoice,
        due_at=end_of_day(now + WITHIN),
        now=now,
    )
