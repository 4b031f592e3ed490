"""How one Pix is shared by the invoices it is for, and how it goes back. Pure."""

from collections.abc import Sequence

from portal.shared.refusals import Refusal


class FewerThanTwo(Refusal):
    """There is nothing to pay together."""

    def __init__(self) -> None:
        super().__init__("Escolha pelo menos duas faturas em aberto para pagar juntas.", field="invoices")


def parts_of(amount_cents: int, asked: Sequence[tuple[int, int]]) -> Sequence[tuple[int, int]]:
    """(invoice, centavos) for each that gets something, of `asked`: (invoice, what it costs), in order.

    The parts add up to the amount. What is left over goes with the last that asks for something or, where
    none does, with the last of all.
    """
    parts: list[tuple[int, int]] = []
    rest = amount_cents
    for invoice_id, cents in asked:
        part = min(rest, cents)
        if part > 0:
            parts.append((invoice_id, part))
            rest -= part
    if rest and parts:
        invoice_id, cents = parts[-1]
        parts[-1] = (invoice_id, cents + rest)
    elif rest:
        parts.append((asked[-1][0], rest))
    return parts


def parts_back(amount_cents: int, parts: Sequence[tuple[str, int]]) -> Sequence[tuple[str, int]]:
    """(payment, centavos) of what goes back of a Pix whose `parts` came in as (payment, centavos), in order.

    All of it is each by its part. Of less, what came for the last due goes first: that is owed for the
    shortest time.
    """
    back: list[tuple[str, int]] = []
    rest = amount_cents
    for payment, cents in reversed(parts):
        part = min(rest, cents)
        if part > 0:
            back.append((payment, part))
            rest -= part
    return back[::-1]
