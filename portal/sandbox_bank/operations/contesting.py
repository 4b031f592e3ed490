"""The bank of the tests tells that a Pix is contested, kept or taken back."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.invoices.models import Invoice
from portal.sandbox_bank.operations.giving_back import as_transfer
from portal.sandbox_bank.queries import find_pix
from portal.sandbox_bank.rules.acts import BankAct, notice
from portal.sandbox_bank.rules.returned_pix import ReturnSaid, contest_notice, with_returns
from portal.shared.refusals import Refusal

STATUSES = {BankAct.CONTEST: "ABERTA", BankAct.KEEP: "REJEITADA"}


def contest_body(session: Session, *, act: BankAct, invoice: Invoice, now: datetime) -> bytes:
    """What the bank says of the newest Pix of an invoice.

    Raises:
        Refusal: no Pix was paid for it.
    """
    pix = find_pix(session, invoice.id)
    if pix is None:
        raise Refusal("Esta fatura não tem Pix pago.", field="act")
    contest_id = f"MED{pix.id:08d}"
    if act in STATUSES:
        return contest_notice(
            pix.external_id,
            contest_id=contest_id,
            amount_cents=pix.amount_cents,
            status=STATUSES[act],
            at=now,
        )
    taken = ReturnSaid(
        key=f"B{pix.id:08d}",
        amount_cents=pix.amount_cents,
        status="DEVOLVIDO",
        at=now,
        nature="MED_FRAUDE",
        contest_id=contest_id,
    )
    return with_returns(notice(BankAct.PIX, [as_transfer(pix)]), [taken])
