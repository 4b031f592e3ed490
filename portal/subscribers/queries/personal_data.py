"""Everything kept about a customer and its people, for themselves (LGPD, art. 18)."""

from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.customers.models import Contact, Customer, Signatory
from portal.documents.models import StoredFile
from portal.invoices.models import Invoice
from portal.overdue.models import OverdueNotice
from portal.receipts.models.payment import Payment
from portal.shared.brazil import format_document, format_money
from portal.subscribers.models import SubscriberSession
from portal.subscribers.queries.account import SHOWN
from portal.subscriptions.models import FreeMonth, SubscriptionPause
from portal.subscriptions.queries.free_months import has_moved
from portal.subscriptions.rules import BilledTo
from portal.whatsapp.models import WhatsAppReceived


def personal_data(session: Session, customer: Customer, *, email: str) -> dict[str, Any]:
    """The data of a customer loaded with its people, in words of the screen.

    What only concerns a person, a CPF and where somebody signed in from, is that of the address that asks.
    """
    return {
        "cadastro": _registration(customer),
        "responsavel": _person(customer.signatory, email) if customer.signatory else None,
        "contatos": [_person(each, email) for each in customer.contacts],
        "contratos": [_contract(each) for each in _of(session, Contract, customer)],
        "pausas": [
            {"de": each.paused_from, "ate": each.paused_until}
            for each in _of(session, SubscriptionPause, customer)
            if each.is_kept
        ],
        "meses_gratis": [
            {"de": each.starts_on, "ate": each.ends_on}
            for each in _of(session, FreeMonth, customer, ~has_moved())
        ],
        "faturas": [_invoice(each) for each in _of(session, Invoice, customer) if _is_own(each)],
        "pagamentos": [_payment(each) for each in _payments(session, customer)],
        "avisos_de_atraso": [
            {"avisado_em": notice.noticed_at, "motivo": notice.reason}
            for notice in _of(session, OverdueNotice, customer)
        ],
        "mensagens_recebidas_por_whatsapp": [
            {"escrita_em": each.wrote_at, "texto": each.text}
            for each in _of(session, WhatsAppReceived, customer)
        ],
        "documentos": [
            {"titulo": file.title, "guardado_em": file.created_at}
            for file in _of(session, StoredFile, customer)
        ],
        "acessos": [
            {"email": each.email, "desde": each.created_at, "aparelho": each.device, "rede": each.address}
            for each in _of(session, SubscriberSession, customer)
            if each.email == email
        ],
    }


def _contract(contract: Contract) -> dict[str, Any]:
    return {
        "numero": contract.label,
        "situacao": contract.state.label,
        "inicio": contract.starts_on,
        "fim": contract.ends_on,
        "assinado_em": contract.signed_at,
    }


def _is_own(invoice: Invoice) -> bool:
    return invoice.billed_to is BilledTo.CUSTOMER and invoice.state in SHOWN


def _invoice(invoice: Invoice) -> dict[str, Any]:
    return {
        "numero": invoice.label,
        "vencimento": invoice.due_on,
        "valor": format_money(invoice.amount_cents),
        "situacao": invoice.state.label,
        "paga_em": invoice.paid_at,
    }


def _payment(payment: Payment) -> dict[str, Any]:
    return {
        "forma": payment.source.label,
        "valor": format_money(payment.amount_cents),
        "pago_em": payment.paid_at,
        "pagador": payment.payer_name,
    }


def _registration(customer: Customer) -> dict[str, Any]:
    return {
        "documento": format_document(customer.document),
        "nome": customer.name,
        "nome_fantasia": customer.trade_name,
        "email": customer.email,
        "telefone": customer.phone,
        "cep": customer.postal_code,
        "rua": customer.street,
        "numero": customer.street_number,
        "complemento": customer.complement,
        "bairro": customer.district,
        "cidade": customer.city,
        "uf": customer.state,
        "observacoes": customer.notes,
        "atendido_por": customer.partner.trade_name,
        "desde": customer.created_at,
    }


def _person(person: Contact | Signatory, email: str) -> dict[str, Any]:
    named = {"nome": person.name, "email": person.email, "telefone": person.phone}
    if isinstance(person, Contact):
        return named | {"cargo": person.position}
    return named | ({"cpf": person.cpf} if person.email == email else {})


def _of(session: Session, table: Any, customer: Customer, *narrowed: ColumnElement[bool]) -> Any:
    own = select(table).where(table.customer_id == customer.id, *narrowed)
    return session.scalars(own.order_by(table.id))


def _payments(session: Session, customer: Customer) -> Any:
    own = select(Invoice.id).where(Invoice.customer_id == customer.id, Invoice.billed_to == BilledTo.CUSTOMER)
    return session.scalars(select(Payment).where(Payment.invoice_id.in_(own)).order_by(Payment.id))
