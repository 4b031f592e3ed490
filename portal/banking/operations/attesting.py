"""Who may apply what a person brought."""

from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.banking.models.bank_file import BankFile
from portal.banking.models.boleto import Boleto
from portal.banking.queries.boletos import of_numbers
from portal.banking.rules.accounts import BoletoAccount
from portal.invoices.models import Invoice
from portal.receipts.queries.four_eyes import limit_reais
from portal.receipts.rules.four_eyes import UploaderMayNotApply, needs_two
from portal.shared.auth import Actor


def require_another(
    session: Session,
    file: BankFile,
    paid: Mapping[int, int],
    account: BoletoAccount,
    actor: Actor | None,
) -> None:
    """What a person brings is attested by that person alone: from the set amount on another one applies it.

    `paid` is what the file says was paid, in centavos, by the boleto's number.

    Raises:
        UploaderMayNotApply: by who brought the file.
    """
    if actor is None or file.created_by_id != actor.user_id:
        return
    paid = {number: cents for number, cents in paid.items() if cents}
    asked = (
        select(func.max(Invoice.amount_cents))
        .join(Boleto, Boleto.invoice_id == Invoice.id)
        .where(of_numbers(account, paid))
    )
    limit = limit_reais(session)
    if paid and needs_two(session.scalar(asked) or 0, *paid.values(), from_reais=limit):
        raise UploaderMayNotApply(limit)
