"""What pages, mails and the receipt say of a cancellation."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from portal.cancellations.models import CancellationCase
from portal.cancellations.queries import list_unsettled
from portal.cancellations.rules.cases import CaseState
from portal.cancellations.rules.settlement import Facts, Fate, OpenInvoice, Settlement
from portal.config.company import CompanySettings
from portal.customers.queries.reading import SituationOfCustomer
from portal.customers.rules import Need, Situation
from portal.documents.rules.cancellation import CancellationSheet
from portal.shared.brazil import format_date, format_document, format_money, format_phone
from portal.shared.clock import day_of
from portal.shared.filters import datetime_br


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementWords:
    """What will happen, in sentences: to the service, to each invoice, to money that was paid."""

    service: str
    invoices: tuple[str, ...]
    money: str


def situation_of_customer(session: Session, asked: SituationOfCustomer) -> Situation:
    """Open cases stand on top of the customer's record for everybody who opens it."""
    return Situation(needs=tuple(_need_of(case) for case in list_unsettled(session, asked.customer.id)))


def _need_of(case: CancellationCase) -> Need:
    when = datetime_br(case.requested_at)
    return Need(
        text=f"Pedido de cancelamento {case.protocol}, aberto por {case.opened_by.name} em {when}.",
        action="Atender o pedido",
        endpoint="cancellations.show",
        values={"case_id": case.id},
    )


def words_of(settlement: Settlement, facts: Facts) -> SettlementWords:
    """A settlement before it is confirmed."""
    return SettlementWords(
        service=_service(settlement, facts),
        invoices=tuple(_fate(invoice, fate, settlement) for invoice, fate in settlement.fates),
        money=_money(settlement, facts),
    )


def _service(settlement: Settlement, facts: Facts) -> str:
    last_day = format_date(settlement.last_day)
    if settlement.is_withdrawal:
        return f"O cliente é pessoa física e desistiu em até 7 dias: o serviço termina hoje, {last_day}."
    if facts.covered_until and facts.covered_until >= facts.today:
        return f"O que foi pago é usado: o serviço funciona até {last_day} e depois o cliente fica inativo."
    if settlement.of(Fate.AWAITED):
        return f"Um pagamento está a caminho: o serviço funciona até {last_day}, o último dia que ele paga."
    return f"Não há período pago: o serviço termina hoje, {last_day}."


def _fate(invoice: OpenInvoice, fate: Fate, settlement: Settlement) -> str:
    what = f"Fatura {invoice.label}, {format_money(invoice.open_cents)}"
    match fate:
        case Fate.AWAITED:
            return f"{what}: o banco já avisou o pagamento, que ainda vai ser creditado. Fica como está."
        case Fate.COLLECTED:
            return (
                f"{what}: venceu há {invoice.days_late} dias, mais que 15. O serviço esteve à disposição, "
                "por isso ela continua a ser cobrada."
            )
        case _ if settlement.is_withdrawal:
            return f"{what}: anulada, o cliente não paga nada."
        case _:
            late = f"venceu há {invoice.days_late} dias" if invoice.days_late else "ainda não está em atraso"
            return f"{what}: {late}. É anulada e o boleto é baixado no banco; o financeiro confere."


def _money(settlement: Settlement, facts: Facts) -> str:
    if settlement.refund_cents:
        amount = format_money(settlement.refund_cents)
        return f"Tudo o que foi pago, {amount}, é devolvido; o financeiro recebe a tarefa."
    if facts.covered_until and facts.covered_until >= facts.today:
        return "Nada é devolvido: o período pago é usado até o fim."
    return "Nada é devolvido."


def repasse_words(settlement: Settlement) -> str:
    """What the end means for the partner's share."""
    if settlement.is_withdrawal and settlement.refund_cents:
        return "O repasse do que for devolvido é estornado no extrato."
    if settlement.of(Fate.COLLECTED):
        return "O repasse das faturas que continuam em cobrança é apurado quando elas forem pagas."
    return "O repasse já apurado não muda; das faturas anuladas não há repasse."


def confirmed_lines(case: CancellationCase) -> Sequence[tuple[str, str]]:
    """What a closed case says, as pairs for mail and paper."""
    lines = [
        ("Protocolo", case.protocol),
        ("Pedido em", datetime_br(case.requested_at)),
        ("Contrato", case.contract.label),
    ]
    if case.state is CaseState.CANCELED and case.last_day:
        lines.append(("Situação", "CANCELADO"))
        lines.append(("Serviço até", format_date(case.last_day)))
        if case.refund_cents:
            lines.append(("A devolver", format_money(case.refund_cents)))
    return lines


def receipt_sheet(case: CancellationCase, company: CompanySettings) -> CancellationSheet:
    """The receipt of a loaded, confirmed cancellation as it is printed."""
    day = format_date(day_of(case.closed_at or case.requested_at))
    kept = sum(fate == Fate.COLLECTED for fate in case.fates.values())
    dropped = sum(fate == Fate.DROPPED for fate in case.fates.values())
    notes = [f"O serviço funciona até {format_date(case.last_day)}." if case.last_day else ""]
    if dropped:
        notes.append(
            "As faturas que não são mais devidas foram anuladas."
            if dropped > 1
            else "A fatura que não é mais devida foi anulada."
        )
    if kept:
        notes.append("Faturas vencidas há mais de 15 dias continuam a ser cobradas.")
    if case.refund_cents:
        notes.append(f"A quantia de {format_money(case.refund_cents)} será devolvida.")
    return CancellationSheet(
        protocol=case.protocol,
        requested_at=datetime_br(case.requested_at),
        confirmed_on=day,
        contract=case.contract.label,
        customer_name=case.customer.name,
        customer_document=format_document(case.customer.document),
        notes=tuple(note for note in notes if note),
        company_name=company.name,
        company_document=format_document(company.document),
        company_address=f"{company.address}, {company.city}/{company.state}",
        company_contact=f"{company.email} · {format_phone(company.phone)}",
        place_and_day=f"{company.city}, {day}",
    )
