"""A case on a customer's record, in mails and on its receipt."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from portal.cancellations.models import CancellationCase
from portal.cancellations.queries.cases import list_unsettled
from portal.cancellations.rules.cases import CaseState
from portal.cancellations.rules.settlement import Fate
from portal.config.company import CompanySettings
from portal.contracts.queries.reading import breakdown_of
from portal.customers.queries.reading import SituationOfCustomer
from portal.customers.rules import Need, Situation
from portal.documents.rules.cancellation import CancellationSheet
from portal.shared.brazil import format_date, format_document, format_money, format_phone
from portal.shared.clock import day_of
from portal.shared.filters import datetime_br


def situation_of_customer(session: Session, asked: SituationOfCustomer) -> Situation:
    """Open cases stand on top of the customer's record for everybody who opens it."""
    return Situation(needs=tuple(_need_of(case) for case in list_unsettled(session, asked.customer.id)))


def _need_of(case: CancellationCase) -> Need:
    when = datetime_br(case.requested_at)
    return Need(
        text=f"Pedido de cancelamento {case.protocol}, aberto por {case.opener} em {when}.",
        action="Atender o pedido",
        endpoint="cancellations.show",
        values={"case_id": case.id},
    )


def confirmed_lines(case: CancellationCase) -> Sequence[tuple[str, str]]:
    """What a closed case says, as pairs for mail and paper."""
    lines = [
        ("Protocolo", case.protocol),
        ("Pedido em", datetime_br(case.requested_at)),
        ("Contrato", case.contract.label),
    ]
    if case.services:
        lines.append(("Serviços", ", ".join(names_of_services(case))))
    if case.state is CaseState.CANCELED and case.last_day:
        lines.append(("Situação", "CANCELADO EM PARTE" if case.services else "CANCELADO"))
        lines.append(("Serviço até", format_date(case.last_day)))
        if case.refund_cents:
            lines.append(("A devolver", format_money(case.refund_cents)))
    return lines


def names_of_services(case: CancellationCase) -> Sequence[str]:
    """The services that a loaded case is about, in words; none where it is about all."""
    names = {line.code: line.label for line in breakdown_of(case.contract).lines}
    return [names.get(code, code) for code in case.services]


def receipt_sheet(case: CancellationCase, company: CompanySettings) -> CancellationSheet:
    """The receipt of a loaded, confirmed cancellation as it is printed."""
    day = format_date(day_of(case.closed_at or case.requested_at))
    kept = sum(fate == Fate.COLLECTED for fate in case.fates.values())
    dropped = sum(fate == Fate.DROPPED for fate in case.fates.values())
    notes = [_how_long(case)]
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
        company_address=company.address_line,
        company_contact=f"{company.email} · {format_phone(company.phone)}",
        place_and_day=f"{company.city}, {day}",
    )


def _how_long(case: CancellationCase) -> str:
    if case.last_day is None:
        return ""
    last_day = format_date(case.last_day)
    if case.services:
        return f"Terminam em {last_day}: {', '.join(names_of_services(case))}. O resto do contrato continua."
    return f"O serviço funciona até {last_day}."
