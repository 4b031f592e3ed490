"""What the texts of a policy look like for customers."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from portal.dunning.pages.fields import fields_of, in_hand
from portal.dunning.queries.previewing import find_examples
from portal.dunning.rules.steps import Channel, Step
from portal.dunning.rules.texts import fill
from portal.dunning.rules.ways import in_words, step_template
from portal.invoices.queries.late_charges import due_on_day
from portal.invoices.queries.reading import load_invoice


class Example(NamedTuple):
    """A step's text as a customer would read it; `whose` names the customer and the invoice."""

    whose: str
    subject: str
    body: str


MADE_UP = {
    "nome": "Maria Souza",
    "fatura": "000123",
    "valor": "R$ 204,50",
    "vencimento": "15/07/2026",
    "dias": "9",
    "servico": "Hiper Gestão",
    "parceiro": "Sul Sistemas",
}


def made_up_examples(texts: Sequence[tuple[str, str]]) -> Sequence[Example]:
    """Subjects and bodies filled with a customer there is not."""
    return [
        Example("um cliente inventado", fill(subject, MADE_UP), fill(body, MADE_UP))
        for subject, body in texts
    ]


def real_examples(
    session: Session, steps: Sequence[Step], *, supplier: str, today: date
) -> Sequence[Example]:
    """Each step's text for a real customer it is for, as of the step's day; for a made up one without."""
    found: list[Example] = []
    for step, invoice_id in zip(steps, find_examples(session, steps, today=today), strict=True):
        if invoice_id is None:
            found += made_up_examples([(step.subject, step.body)])
            continue
        invoice = load_invoice(session, invoice_id)
        day = invoice.due_on + timedelta(days=step.days)
        name = (
            invoice.customer.signatory.name if invoice.customer.signatory else invoice.customer.display_name
        )
        due = due_on_day(session, invoice, day)
        values = fields_of(session, invoice, due, name=name, today=day)
        whose = f"{invoice.customer.display_name}, fatura {invoice.label}"
        body = fill(step.body, values)
        if step.channel is Channel.WHATSAPP:
            chat = values | {"pix": in_hand(session, invoice, due).pix}
            body = in_words(step_template(step.body, supplier), chat)
        found.append(Example(whose, fill(step.subject, values), body))
    return found
