"""A settlement in sentences: for whom works on the case, and for the customer itself."""

from dataclasses import dataclass

from portal.cancellations.rules.settlement import Facts, Fate, OpenInvoice, Settlement
from portal.shared.brazil import format_date, format_money


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementWords:
    """What will happen, in sentences: to the service, to each invoice, to money that was paid."""

    service: str
    invoices: tuple[str, ...]
    money: str


def words_of(settlement: Settlement, facts: Facts) -> SettlementWords:
    """A settlement before it is confirmed."""
    return SettlementWords(
        service=_service(settlement, facts),
        invoices=tuple(_fate(invoice, fate, settlement) for invoice, fate in settlement.fates),
        money=_money(settlement, facts),
    )


def _service(settlement: Settlement, facts: Facts) -> str:
    last_day = format_date(settlement.last_day)
    if facts.is_partial:
        return _part_of_service(settlement, facts)
    if settlement.is_withdrawal:
        return f"O cliente é pessoa física e desistiu em até 7 dias: o serviço termina hoje, {last_day}."
    if facts.covered_until and facts.covered_until >= facts.today:
        return f"O que foi pago é usado: o serviço funciona até {last_day} e depois o cliente fica inativo."
    if settlement.of(Fate.AWAITED):
        return f"Um pagamento está a caminho: o serviço funciona até {last_day}, o último dia que ele paga."
    return f"Não há período pago: o serviço termina hoje, {last_day}."


def _part_of_service(settlement: Settlement, facts: Facts) -> str:
    last_day, which = format_date(settlement.last_day), "os serviços escolhidos"
    if settlement.is_withdrawal:
        return f"O cliente é pessoa física e desistiu em até 7 dias: {which} terminam hoje, {last_day}."
    if settlement.last_day > facts.today:
        how_long = f"O que foi pago é usado: {which} funcionam até {last_day}."
    else:
        how_long = f"Não há período pago: {which} terminam hoje, {last_day}."
    return f"{how_long} O resto do contrato continua."


def _fate(invoice: OpenInvoice, fate: Fate, settlement: Settlement) -> str:
    what = f"Fatura {invoice.label}, {format_money(invoice.open_cents)}"
    match fate:
        case Fate.REDUCED if invoice.share_cents:
            share = format_money(invoice.share_cents)
            return (
                f"{what}: continua a ser cobrada sem os serviços que terminam. {share} são abatidos por "
                "nota de crédito."
            )
        case Fate.REDUCED:
            return f"{what}: não tem os serviços que terminam e fica como está."
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
        what = "foi pago por esses serviços" if facts.is_partial else "foi pago"
        return f"Tudo o que {what}, {amount}, é devolvido; o financeiro recebe a tarefa."
    if facts.covered_until and facts.covered_until >= facts.today:
        return "Nada é devolvido: o período pago é usado até o fim."
    return "Nada é devolvido."


def repasse_words(settlement: Settlement) -> str:
    """What the end means for the partner's share."""
    if settlement.is_withdrawal and settlement.refund_cents:
        return "O repasse do que for devolvido é estornado no extrato."
    if settlement.of(Fate.REDUCED):
        return "O repasse do que for abatido ou não for mais cobrado deixa de ser apurado."
    if settlement.of(Fate.COLLECTED):
        return "O repasse das faturas que continuam em cobrança é apurado quando elas forem pagas."
    return "O repasse já apurado não muda; das faturas anuladas não há repasse."


def words_for_customer(settlement: Settlement, facts: Facts) -> SettlementWords:
    """The same, said to the customer."""
    return SettlementWords(
        service=_your_service(settlement, facts),
        invoices=tuple(_your_invoice(invoice, fate) for invoice, fate in settlement.fates),
        money=_your_money(settlement, facts),
    )


def _your_service(settlement: Settlement, facts: Facts) -> str:
    last_day = format_date(settlement.last_day)
    what = "Os serviços escolhidos funcionam" if facts.is_partial else "O serviço funciona"
    rest = " O resto do contrato continua." if facts.is_partial else ""
    if settlement.is_withdrawal:
        why = "Você contratou há até 7 dias e pode desistir (CDC, art. 49)."
        return f"{why} {what} só até hoje, {last_day}.{rest}"
    if settlement.last_day > facts.today:
        return f"{what} até {last_day}, o último dia pago.{rest}"
    return f"{what} só até hoje, {last_day}: não há período pago pela frente.{rest}"


def _your_invoice(invoice: OpenInvoice, fate: Fate) -> str:
    what = f"Fatura {invoice.label}, {format_money(invoice.open_cents)}"
    match fate:
        case Fate.AWAITED:
            return f"{what}: o banco já avisou o pagamento. Nada muda nela."
        case Fate.COLLECTED:
            return (
                f"{what}: venceu há {invoice.days_late} dias e continua a ser cobrada, "
                "porque o serviço esteve à disposição."
            )
        case Fate.REDUCED if invoice.share_cents:
            return f"{what}: {format_money(invoice.share_cents)} dos serviços cancelados são abatidos."
        case Fate.REDUCED:
            return f"{what}: fica como está."
        case _:
            return f"{what}: anulada, você não precisa pagar."


def _your_money(settlement: Settlement, facts: Facts) -> str:
    if settlement.refund_cents:
        what = "por esses serviços" if facts.is_partial else "até aqui"
        return f"Devolvemos {format_money(settlement.refund_cents)}, tudo o que você pagou {what}."
    if settlement.last_day > facts.today:
        return "Nada é devolvido: você usa o período pago até o fim."
    return "Nada é devolvido."
