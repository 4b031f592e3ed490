"""What a registered card will be charged and when, as label and sentence. Pure."""

from collections.abc import Sequence

from portal.shared.brazil import format_money
from portal.shared.payment_methods import Way


def charge_plan(
    *, first_method: str, first_cents: int, installments: Sequence[int], months: int, is_signed: bool
) -> list[tuple[str, str]]:
    """The charges of a contract. `installments`: what each payment of the term is without the setup fee."""
    plan = []
    if first_method == Way.CARD and first_cents:
        when = "assim que o cartão for cadastrado" if is_signed else "assim que o contrato for assinado"
        plan.append(("Primeira cobrança", f"{format_money(first_cents)}, {when}"))
    elif first_cents:
        plan.append(
            (
                "Primeiro pagamento",
                f"{format_money(first_cents)} {Way(first_method).by}, fora do cartão",
            )
        )
    later = installments[1:]
    if later:
        count = "1 parcela" if len(later) == 1 else f"{len(later)} parcelas"
        plan.append(("Depois", f"{count} de {format_money(max(later))}, no dia 15 de cada mês"))
    elif months == 1:
        plan.append(("Depois", f"{format_money(installments[0])} por mês, no dia 15"))
    else:
        plan.append(("Depois", f"{format_money(installments[0])} a cada {months} meses, no dia 15"))
    return plan


def invoice_plan(*, label: str, open_cents: int) -> list[tuple[str, str]]:
    """The charge of an invoice that a customer pays by registering a card."""
    return [("Cobrança", f"{format_money(open_cents)} da fatura {label}, assim que o cartão for cadastrado")]
