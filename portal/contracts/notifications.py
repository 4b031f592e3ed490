"""What this room writes to people. Every mail has the key of its cause, so it is queued once."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.contracts.models import Contract, ContractRequest
from portal.contracts.queries.coverage import paid_time
from portal.contracts.queries.reading import bills_customer, breakdown_of, load_contract
from portal.contracts.rules.states import IN_FORCE, ContractKind, ContractState
from portal.customers.models import Customer
from portal.customers.queries.reading import recipient_of
from portal.partners.models import Partner
from portal.partners.notifications import kind_of_news, tell_seller
from portal.partners.queries.partners import list_active_admins
from portal.shared.brazil import format_date, format_document, format_money
from portal.shared.mail import absolute_url, queue_notice
from portal.shared.mail_rows import MailMessage
from portal.shared.notices import Letter, NoticeKind

CONTRACT_UPDATE = kind_of_news("contract_update")
NOTHING_CAME_OF_IT = {
    ContractState.DECLINED: "recusou a assinatura do contrato",
    ContractState.EXPIRED: "não assinou o contrato no prazo",
}


def contract_active(session: Session, *, contract: Contract, now: datetime) -> None:
    """Welcome the signatory, once, and tell the reseller."""
    _queue_welcome(session, contract, now=now)
    _tell_owner(
        session,
        contract,
        key=f"contract-active:{contract.id}:owner",
        what="ativo",
        opening=f"{contract.customer.name} assinou e o primeiro pagamento entrou: o contrato está ativo."
        if contract.needs_payment
        else f"{contract.customer.name} assinou: a mudança está registrada como combinado.",
        now=now,
    )


def contract_came_to_nothing(session: Session, *, contract: Contract, now: datetime) -> None:
    """Tell the reseller that the signatory declined, or let the time pass."""
    reason = [("Motivo", contract.close_reason)] if contract.close_reason else []
    _tell_owner(
        session,
        contract,
        key=f"contract-{contract.state}:{contract.id}",
        what=contract.state.label.lower(),
        opening=f"{contract.customer.name} {NOTHING_CAME_OF_IT[contract.state]}. "
        "Converse com o cliente; na página do contrato você pode gerar um novo.",
        facts=reason,
        now=now,
    )


def generation_failed(session: Session, *, contract: Contract, now: datetime) -> None:
    """Tell the reseller that the document could not be made as asked."""
    _tell_owner(
        session,
        contract,
        key=f"contract-not-generated:{contract.id}:{now.isoformat()}",
        what="não gerado",
        opening="O cadastro do cliente ficou sem responsável enquanto o documento era preparado. "
        "Complete o cadastro e gere de novo.",
        now=now,
    )


def customer_passes_over(
    session: Session, *, request: ContractRequest, partner: Partner, now: datetime
) -> None:
    """Tell the people who run the new partner; without any, the partner's own address."""
    people = [(admin.email, admin.name) for admin in list_active_admins(session, partner.id)]
    if not people and partner.email:
        people = [(partner.email, partner.trade_name)]
    for number, (address, name) in enumerate(people, 1):
        queue_notice(
            session,
            kind="customer_passes_over",
            subject_id=request.id,
            key=f"partner-change:{request.id}:{number}",
            to=address,
            to_name=name,
            now=now,
            partner_id=partner.id,
        )


def contract_passed_on(session: Session, *, contract: Contract, last_day: date, now: datetime) -> None:
    """Tell the former partner that its customer is another's now."""
    _tell_owner(
        session,
        contract,
        key=f"contract-passed-on:{contract.id}",
        what="encerrado",
        opening=f"{contract.customer.name} passou para outro parceiro. O contrato vale até "
        f"{format_date(last_day)}; depois disso o repasse não é mais de vocês.",
        now=now,
    )


def _waits_for_proposal(session: Session, notice: MailMessage, _now: datetime) -> bool:
    request = session.get(ContractRequest, notice.subject_id)
    return request is not None and request.quote_id is None


def _passes_over(session: Session, notice: MailMessage, _now: datetime) -> Letter:
    request = session.get_one(ContractRequest, notice.subject_id)
    customer = session.get_one(Customer, request.customer_id)
    partner = session.get_one(Partner, request.partner_id)
    return Letter(
        template="contract_update",
        context={
            "subject": f"Cliente que passa para {partner.trade_name}: {customer.name}",
            "name": notice.to_name,
            "opening": f"{customer.name} passa para {partner.trade_name}. Faça a proposta, que começa "
            "com o que o cliente tem hoje. Quando ele assinar e pagar, contrato e repasse são de vocês.",
            "facts": [("Cliente", customer.name), ("CNPJ ou CPF", format_document(customer.document))],
            "button": "Ver o cliente",
            "url": absolute_url("contracts.taken_over", customer_id=customer.id),
        },
    )


def _queue_welcome(session: Session, contract: Contract, *, now: datetime) -> None:
    to = recipient_of(contract.customer)
    if to is None:
        return
    queue_notice(
        session,
        kind="contract_welcome",
        subject_id=contract.id,
        key=f"contract-active:{contract.id}",
        to=to.address,
        to_name=to.name,
        now=now,
        partner_id=contract.partner_id,
        reply_to=contract.customer.partner.email or None,
    )


def _is_in_force(session: Session, notice: MailMessage, _now: datetime) -> bool:
    contract = session.get(Contract, notice.subject_id)
    return contract is not None and contract.state in IN_FORCE


def _welcome(session: Session, notice: MailMessage, _now: datetime) -> Letter:
    contract = load_contract(session, notice.subject_id or 0)
    breakdown = breakdown_of(contract)
    facts = [
        ("Contrato", contract.label),
        ("Plano", breakdown.lines[0].label),
        ("Mensalidade", format_money(breakdown.monthly.negotiated_cents)),
    ]
    if contract.starts_on:
        facts.append(("Válido desde", format_date(contract.starts_on)))
    paid = paid_time(session, contract)
    if paid:
        facts.append(("Liberado até", format_date(paid.released_until)))
    if paid and paid.next_due_on:
        facts.append(("Próximo vencimento", format_date(paid.next_due_on)))
    return Letter(
        template="contract_welcome",
        context={
            "name": notice.to_name,
            "partner": contract.customer.partner.trade_name,
            "is_change": contract.kind is not ContractKind.ACTIVATION,
            "opening": _opening(contract),
            "facts": facts,
            "next_step": _next_step(contract),
        },
    )


def _opening(contract: Contract) -> str:
    if not contract.needs_payment:
        return "Recebemos sua assinatura. A mudança do seu contrato está registrada como combinado."
    thanks = "Recebemos sua assinatura e o primeiro pagamento."
    match contract.kind:
        case ContractKind.ACTIVATION:
            return f"{thanks} Seu contrato está ativo e o acesso, liberado."
        case ContractKind.AMENDMENT:
            return f"{thanks} Seu aditivo está valendo."
        case _:
            return f"{thanks} {contract.kind.label} concluída: está tudo valendo."


def _next_step(contract: Contract) -> str:
    """What the customer has to do now: mostly nothing."""
    partner = contract.customer.partner.trade_name
    if not bills_customer(contract):
        return f"Você não precisa fazer nada agora. As próximas cobranças vêm de {partner}."
    return "Você não precisa fazer nada agora. Avisamos por e-mail antes de cada vencimento."


def _tell_owner(
    session: Session,
    contract: Contract,
    *,
    key: str,
    what: str,
    opening: str,
    now: datetime,
    facts: Sequence[tuple[str, str]] = (),
) -> None:
    """A mail to who wrote the quote; to the partner's address when that person left."""
    tell_seller(
        session,
        seller=contract.quote.owner,
        partner=contract.customer.partner,
        key=key,
        kind=CONTRACT_UPDATE.name,
        about=contract.id,
        subject=f"Contrato {contract.label} {what}: {contract.customer.name}",
        opening=opening,
        facts=[
            ("Cliente", contract.customer.name),
            ("Mensalidade", format_money(contract.version.negotiated_cents)),
            *facts,
        ],
        url=absolute_url("contracts.show", contract_id=contract.id),
        now=now,
    )


NOTICES = (
    NoticeKind(name="contract_welcome", is_needed=_is_in_force, write=_welcome),
    NoticeKind(name="customer_passes_over", is_needed=_waits_for_proposal, write=_passes_over),
    CONTRACT_UPDATE,
)
