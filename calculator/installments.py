"""Steps 5 to 7: the payments of a term, when they fall due, how they are made and how far they cover."""

from datetime import date

from calculator.breakdown import Payment
from calculator.catalog_items import Term
from calculator.money import equal_parts
from calculator.payment_methods import METHODS, PAYMENT_METHODS, PaymentMethod
from calculator.periods import day_in_month, last_day, month_number
from calculator.refusals import RefusalCode, SelectionRefused, invalid_selection, quoted
from calculator.selection import Selection

FIRST_YEAR, LAST_YEAR = 1900, 2999
"""Activation days outside these years are slips of the keyboard."""


def payment_method_for(selection: Selection, term: Term) -> PaymentMethod:
    """The payment method, once it is known to allow the installments wanted.

    Raises `invalid_selection` for an impossible activation year, `unknown_payment_method`,
    `installments_need_card`, `installments_out_of_range`.
    """
    method = METHODS.get(selection.payment_method)
    if method is None:
        message = (
            f"A forma de pagamento {quoted(selection.payment_method)} não existe. "
            f"Escolha entre: {', '.join(PAYMENT_METHODS)}."
        )
        raise SelectionRefused(RefusalCode.UNKNOWN_PAYMENT_METHOD, message, field="payment_method")
    if not FIRST_YEAR <= selection.on.year <= LAST_YEAR:
        message = f"O ano da ativação precisa estar entre {FIRST_YEAR} e {LAST_YEAR}."
        raise invalid_selection(message, "on")
    _check_installments(selection.installments, method, term)
    return method


def schedule(
    *, on: date, months: int, total: int, setup: int, installments: int, method: PaymentMethod, due_day: int
) -> tuple[Payment, ...]:
    """The payments of the first term of a contract activated on `on`; `total` and `setup` in centavos.

    Number 1 is due on the activation day, number i on the due day i − 1 months later. Payment i covers to the
    end of the month that lies ⌊months × i / installments⌋ months after the activation's.
    """
    month = month_number(on)
    first, *others = equal_parts(total, installments)
    payments = [Payment(1, on, method.first, first, setup, last_day(month + months // installments))]
    for number, amount in enumerate(others, 2):
        due_on = day_in_month(month + number - 1, due_day)
        covers_until = last_day(month + months * number // installments)
        payments.append(Payment(number, due_on, method.later, amount, 0, covers_until))
    return tuple(payments)


def _check_installments(installments: int, method: PaymentMethod, term: Term) -> None:
    if installments == 1:
        return
    if installments > 1 and not method.uses_card:
        message = "Para parcelar, escolha uma forma de pagamento com cartão."
        raise SelectionRefused(RefusalCode.INSTALLMENTS_NEED_CARD, message, field="installments")
    if not 1 < installments <= term.max_card_installments:
        allowed = (
            "só 1 parcela"
            if term.max_card_installments == 1
            else f"de 1 a {term.max_card_installments} parcelas"
        )
        message = f"O prazo {term.label} permite {allowed}."
        raise SelectionRefused(RefusalCode.INSTALLMENTS_OUT_OF_RANGE, message, field="installments")
