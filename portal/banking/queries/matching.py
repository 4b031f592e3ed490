"""Which invoice money is for: the payer's document decides, a number only among that payer's invoices.

And which one somebody looks for by the number of its boleto.
"""

from sqlalchemy import Select, false, select
from sqlalchemy.orm import Session

from portal.banking.models.boleto import Boleto
from portal.banking.rules.bank_notices import Credit
from portal.banking.rules.boleto import BAR_CODE, LARGEST_NUMBER, TYPED_LINE, bar_code_of
from portal.banking.rules.statement import invoice_numbers_in
from portal.invoices.models import Invoice
from portal.invoices.queries.listing import InvoicesByNumber
from portal.invoices.rules.states import OWED
from portal.shared.db import LARGEST_ID


def find_invoice_of_ted(session: Session, credit: Credit) -> int | None:
    """The payer's own invoice that its text names; else its only open one for exactly this amount.

    None where the payer is unknown or more than one would do: that is for a person to say (invariant M17).
    """
    if not credit.payer.document:
        return None
    of_payer = select(Invoice.id).where(Invoice.payer_document == credit.payer.document)
    fits = Invoice.state.in_(OWED) & (Invoice.amount_cents - Invoice.paid_cents == credit.amount_cents)
    numbers = [number for number in invoice_numbers_in(credit.reference) if number <= LARGEST_ID]
    named = of_payer.where(Invoice.number.in_(numbers))
    for wanted in (named, named.where(fits), of_payer.where(fits)):
        found = session.scalars(wanted.limit(2)).all()
        if len(found) == 1:
            return found[0]
    return None


def invoices_by_number(_session: Session, asked: InvoicesByNumber) -> Select[int]:
    """The invoices whose boleto has this number at the bank, this bar code, or this typed line."""
    digits = asked.number
    found = select(Boleto.invoice_id)
    if len(digits) == TYPED_LINE:
        return found.where(Boleto.bar_code == bar_code_of(digits))
    if len(digits) == BAR_CODE:
        return found.where(Boleto.bar_code == digits)
    return found.where(Boleto.number == int(digits) if int(digits) <= LARGEST_NUMBER else false())
