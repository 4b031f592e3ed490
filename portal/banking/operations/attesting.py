"""Who may apply what a person brought."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.banking.models.account import BankAccount
from portal.banking.models.bank_file import BankFile, BankFileLine
from portal.banking.models.boleto import Boleto
from portal.invoices.models import Invoice
from portal.receipts.queries.four_eyes import limit_reais
from portal.receipts.rules.four_eyes import UploaderMayNotApply, needs_two
from portal.shared.auth import Actor


def require_another(session: Session, file: BankFile, actor: Actor | None) -> None:
    """What a person brings is attested by that person alone: from the set amount on another one applies it.

    What counts is the larger of an invoice's amount and all the file says was paid of its boleto.

    Raises:
        UploaderMayNotApply: by who brought the file.
    """
    if actor is None or file.created_by_id != actor.user_id:
        return
    paid = (
        select(BankFileLine.number, func.sum(BankFileLine.amount_cents).label("cents"))
        .where(BankFileLine.file_id == file.id, BankFileLine.amount_cents > 0)
        .group_by(BankFileLine.number)
        .cte("paid")
    )
    asked = (
        select(func.max(Invoice.amount_cents))
        .join(Boleto, Boleto.invoice_id == Invoice.id)
        .join(BankAccount, BankAccount.series == Boleto.series)
        .join(paid, paid.c.number == Boleto.number)
        .where(BankAccount.id == file.account_id)
        .scalar_subquery()
    )
    most_paid, most_asked = session.execute(
        select(select(func.max(paid.c.cents)).scalar_subquery(), asked)
    ).one()
    limit = limit_reais(session)
    if needs_two(int(most_paid or 0), most_asked or 0, from_reais=limit):
        raise UploaderMayNotApply(limit)
