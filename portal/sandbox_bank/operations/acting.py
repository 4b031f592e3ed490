"""The bank of the tests pays: it tells us so by the same signed bytes, to the same webhook."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.banking.models.boleto import Boleto
from portal.banking.operations.bank_notices import accept_notice
from portal.banking.queries.account import account_of_series, as_boleto_account
from portal.banking.rules.accounts import BANKS
from portal.banking.rules.bank_notices import sign
from portal.banking.rules.pix import txid_of
from portal.invoices.models import Invoice
from portal.receipts.rules.receiving import Payer
from portal.sandbox_bank.operations.contesting import contest_body
from portal.sandbox_bank.rules.acts import BankAct, Manner, Transfer, code_of, notice
from portal.sandbox_bank.rules.returns import ReturnLine, return_file
from portal.shared.clock import at_sao_paulo, day_of
from portal.shared.refusals import Refusal

LATE = timedelta(days=10)
FEE_CENTS = 3_33  # what the bank keeps of each boleto paid
STRANGER = Payer(name="Carla Nunes", document="52998224725")  # who pays for somebody else
_CODES = {BankAct.REGISTER: "02", BankAct.REJECT: "03", BankAct.BOLETO: "06"}


def act_as_bank(
    session: Session,
    *,
    act: BankAct,
    manner: Manner,
    invoice: Invoice,
    boleto: Boleto | None,
    amount_cents: int | None,
    mark: str,
    secret: str,
    now: datetime,
    size: int | None = None,
) -> None:
    """Do to an open invoice what a bank would, as a tester asks.

    `mark` makes what the bank calls this payment its own. `amount_cents` is for `OTHER_AMOUNT` and
    `OTHER_PAYER`. `size` is how many positions a return's lines have, 400 or 240; without it as many as in
    the bank's remittances.

    Raises:
        Refusal: the act needs a boleto, or the manner an amount.
    """
    if act.needs_boleto and boleto is None:
        raise Refusal("Esta fatura não tem boleto.", field="act")
    if manner is Manner.OTHER_AMOUNT and not amount_cents:
        raise Refusal("Escreva o valor que o banco recebe.", field="amount")
    is_written = manner in (Manner.OTHER_AMOUNT, Manner.OTHER_PAYER)
    paid = amount_cents if is_written and amount_cents else _owed(invoice, boleto)
    at = at_sao_paulo(invoice.due_on, 12) + LATE if manner is Manner.LATE else now
    if act.needs_boleto and boleto is not None:
        account = as_boleto_account(account_of_series(session, boleto.series))
        size = size or BANKS[account.bank].remittance_size
        code = code_of(act, account.bank, size)
        lines = _lines(act, manner, boleto, paid, at=at, code=code)
        body = return_file(account, lines, made_at=now, number=int(mark[:4], 16), size=size)
    elif act.is_contest:
        body = contest_body(session, act=act, invoice=invoice, now=now)
    else:
        body = notice(act, _transfers(act, manner, invoice, paid_cents=paid, mark=mark, at=at))
    for _time in range(2 if manner is Manner.TOLD_TWICE else 1):
        accept_notice(
            session,
            body=body,
            signature=sign(body, secret=secret, at=now),
            is_file=act.needs_boleto,
            secret=secret,
            now=now,
        )


def _owed(invoice: Invoice, boleto: Boleto | None) -> int:
    """What somebody pays who pays all; a paid one's boleto once more."""
    charges = boleto.charges_cents if boleto else 0
    return invoice.open_cents + charges if invoice.open_cents else boleto.amount_cents if boleto else 0


def _lines(
    act: BankAct, manner: Manner, boleto: Boleto, paid_cents: int, *, at: datetime, code: str
) -> list[ReturnLine]:
    line = ReturnLine(
        code=code,
        number=boleto.number,
        on=day_of(at),
        due_on=boleto.due_on,
        title_cents=boleto.amount_cents,
        paid_cents=paid_cents if act.brings_money else 0,
        fee_cents=min(FEE_CENTS, paid_cents - 1) if act.brings_money else 0,
        reasons="08" if act is BankAct.REJECT else "",
        pix=txid_of(boleto.invoice_id) if manner is Manner.WITH_PIX else "",
    )
    return [line] * (2 if act.brings_money and manner is Manner.PAID_TWICE else 1)


def _transfers(
    act: BankAct, manner: Manner, invoice: Invoice, *, paid_cents: int, mark: str, at: datetime
) -> list[Transfer]:
    return [
        Transfer(
            external_id=f"{'E' if act is BankAct.PIX else 'T'}{mark[:24]}{number}",
            reference=txid_of(invoice.id) if act is BankAct.PIX else invoice.label,
            amount_cents=paid_cents,
            at=at,
            payer_name=STRANGER.name if manner is Manner.OTHER_PAYER else invoice.payer_name,
            payer_document=STRANGER.document if manner is Manner.OTHER_PAYER else invoice.payer_document,
        )
        for number in range(2 if manner is Manner.PAID_TWICE else 1)
    ]
