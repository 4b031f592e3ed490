"""A boleto as it is printed."""

from sqlalchemy.orm import Session

from portal.banking.models.boleto import Boleto
from portal.banking.queries.account import account_of_series, as_boleto_account
from portal.banking.rules.accounts import BANKS, printed_account
from portal.banking.rules.bar_code import bars, width_of
from portal.checkout.pages.invoice_page import pix_code
from portal.config import Settings
from portal.documents.rules.slip import BoletoSlip
from portal.invoices.models import Invoice
from portal.invoices.queries.due_dates import payable_until
from portal.shared.brazil import format_date, format_document, format_money, format_postal_code, format_rate
from portal.shared.clock import day_of


def slip_of(session: Session, boleto: Boleto, invoice: Invoice, settings: Settings) -> BoletoSlip:
    """The printed boleto of a loaded, open invoice, with its Pix beside it."""
    company, account = settings.company, account_of_series(session, boleto.series)
    bank = BANKS[account.bank]
    town = f"{boleto.payer_city}/{boleto.payer_state}, CEP {format_postal_code(boleto.payer_postal_code)}"
    pix = pix_code(session, invoice, boleto.amount_cents)
    lines = [(line.label, format_money(line.amount_cents)) for line in invoice.lines]
    if boleto.charges_cents:
        lines.append((f"Multa e juros até {format_date(boleto.due_on)}", format_money(boleto.charges_cents)))
    return BoletoSlip(
        bank_name=bank.name,
        bank_code=bank.printed_code,
        line=boleto.line,
        bars=tuple(bars(boleto.bar_code)),
        bars_width=width_of(boleto.bar_code),
        our_number=boleto.our_number,
        wallet=account.wallet,
        branch_account=printed_account(as_boleto_account(account)),
        company_name=company.name,
        company_document=format_document(company.document),
        company_address=company.address_line,
        payer_name=boleto.payer_name,
        payer_document=format_document(boleto.payer_document),
        payer_address=", ".join(filter(None, (boleto.payer_street, boleto.payer_district, town))),
        issued_on=format_date(day_of(boleto.issued_at)),
        due_on=format_date(boleto.due_on),
        amount=format_money(boleto.amount_cents),
        invoice=invoice.label,
        instructions=_instructions(session, boleto),
        lines=tuple(lines),
        pix_picture=str(pix.picture).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1),
    )


def _instructions(session: Session, boleto: Boleto) -> str:
    """What whoever takes the money does after the due date: as the bank was told."""
    rates = (
        ("multa de {}", boleto.late_fee_basis_points),
        ("juros de {} ao mês, por dia", boleto.late_interest_basis_points),
    )
    said = " e ".join(words.format(format_rate(rate)) for words, rate in rates if rate)
    if said:
        last = format_date(payable_until(session, boleto.due_on))
        return f"Pago depois de {last}, cobrar {said}."
    if boleto.charges_cents:
        return "O valor já tem a multa e os juros. Não cobrar outros encargos."
    return (
        "Não cobrar multa nem juros no caixa: depois do vencimento, os encargos vão na fatura seguinte ou "
        "são pagos por Pix."
    )
