"""What the texts of reminders are filled with, and what a reminder brings along to pay with."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from portal.banking.queries.account import pix_account
from portal.banking.rules.boleto import BoletoState
from portal.banking.rules.pix import br_code, txid_of
from portal.checkout.queries import find_boleto
from portal.contracts.queries.reading import breakdown_of, load_contract
from portal.dunning.models import DunningMessage
from portal.dunning.queries.calling import Paying
from portal.dunning.queries.offers import cheaper_terms
from portal.dunning.queries.previewing import find_examples
from portal.dunning.rules.steps import Step
from portal.dunning.rules.texts import fill
from portal.invoices.models import Invoice
from portal.invoices.queries.late_charges import DueToday, due_on_day
from portal.invoices.queries.reading import load_invoice
from portal.invoices.queries.recipients import helper_of
from portal.referrals.pages import referral_offer
from portal.shared.brazil import format_date, format_money
from portal.subscriptions.queries.reading import find_subscription


def fields_of(session: Session, invoice: Invoice, due: DueToday, *, name: str, today: date) -> dict[str, str]:
    """The fields (`rules.texts.FIELDS`) about a loaded invoice, as things stand on a day."""
    return {
        "nome": name,
        "fatura": invoice.label,
        "valor": format_money(due.total_cents),
        "vencimento": format_date(invoice.due_on),
        "dias": str(max((today - invoice.due_on).days, 0)),
        "servico": _service_of(session, invoice),
        "parceiro": helper_of(invoice).name,
    }


def _service_of(session: Session, invoice: Invoice) -> str:
    """The plan; of a contract that its first payment makes active, as it was signed."""
    subscription = find_subscription(session, invoice.contract_id)
    if subscription is not None:
        return subscription.plan_name
    return breakdown_of(load_contract(session, invoice.contract_id)).lines[0].label


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


def real_examples(session: Session, steps: Sequence[Step], *, today: date) -> Sequence[Example]:
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
        values = fields_of(session, invoice, due_on_day(session, invoice, day), name=name, today=day)
        whose = f"{invoice.customer.display_name}, fatura {invoice.label}"
        found.append(Example(whose, fill(step.subject, values), fill(step.body, values)))
    return found


class InHand(NamedTuple):
    """What pays an invoice without opening a page: the Pix of today, and the line of a registered boleto."""

    pix: str
    line: str


def in_hand(session: Session, invoice: Invoice, due: DueToday) -> InHand:
    """The Pix to copy of an open invoice with the day's charges in it, and its boleto's line or ""."""
    boleto = find_boleto(session, invoice.id)
    is_taken = boleto is not None and boleto.state is BoletoState.REGISTERED
    pix = br_code(pix_account(session), amount_cents=due.total_cents, txid=txid_of(invoice.id))
    return InHand(pix, boleto.line if boleto is not None and is_taken else "")


class ScriptPart(NamedTuple):
    """A part of what to say on the phone."""

    heading: str
    words: str


def call_script(
    session: Session,
    message: DunningMessage,
    invoice: Invoice,
    paying: Paying,
    values: dict[str, str],
    *,
    today: date,
) -> Sequence[ScriptPart]:
    """What to say about a loaded reminder: greeting by name, reason, help, and an offer where one fits."""
    first_name = values["nome"].partition(" ")[0]
    thanks = (
        " Você sempre paga em dia, e agradecemos por isso."
        if paying.paid and paying.in_time == paying.paid
        else ""
    )
    offers = [
        f"No plano {saving.term.label.lower()}, o mesmo sai por {format_money(saving.monthly_cents)} "
        f"por mês: {format_money(saving.saved_in_term_cents)} a menos em {saving.term.months} meses."
        for saving in cheaper_terms(session, invoice.contract_id, today=today)
    ]
    referral = referral_offer(session, invoice.customer_id)
    if referral is not None:
        offers.append(
            f"Quem indica ganha {referral.amount} de desconto, e quem chega também. "
            f"O código deste cliente é {referral.code}."
        )
    parts = [
        ScriptPart("Cumprimento", f"Olá, {first_name}! Aqui é da equipe de {values['parceiro']}.{thanks}"),
        ScriptPart("Motivo", fill(message.step.body, values)),
        ScriptPart(
            "Ajuda",
            "Posso mandar agora o Pix e o boleto por e-mail ou WhatsApp e esperar na linha. Se for melhor, "
            "combinamos um dia ou dividimos em partes.",
        ),
    ]
    return [*parts, *([ScriptPart("Oferta", " ".join(offers))] if offers else [])]
