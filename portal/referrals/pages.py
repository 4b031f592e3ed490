"""What pages say of a customer's referrals."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from portal.customers.models import Customer
from portal.referrals.models import Referral
from portal.referrals.queries.listing import list_made_by
from portal.referrals.queries.standing import find_referral_of, may_refer, was_customer
from portal.referrals.rules import code_of
from portal.settings.queries import value
from portal.settings.rules.names import Name
from portal.shared.brazil import format_money
from portal.shared.whatsapp import chat_address


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralOffer:
    """What a customer may pass on: its code, what each of the two gets, and its own WhatsApp with the message
    ready, to whom it chooses.
    """

    code: str
    amount: str
    whatsapp: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralsOfCustomer:
    """A customer's own offer (None: it may not refer), whom it brought, and by whom it came.

    `may_come` says that a code may still be written down for it.
    """

    offer: ReferralOffer | None
    made: tuple[Referral, ...]
    came_by: Referral | None
    may_come: bool


def referral_offer(session: Session, customer_id: int) -> ReferralOffer | None:
    """What a customer may pass on now; None where it may not, or the house gives no discount."""
    reais = value(session, Name.REFERRAL_DISCOUNT_REAIS)
    if not reais or not may_refer(session, customer_id):
        return None
    code, amount = code_of(customer_id), format_money(reais * 100)
    message = (
        f"Uso o sistema e recomendo. Ao contratar, informe o meu código de indicação {code}: "
        f"nós dois ganhamos {amount} de desconto na fatura."
    )
    return ReferralOffer(code=code, amount=amount, whatsapp=chat_address("", message))


def referrals_of(session: Session, customer: Customer) -> ReferralsOfCustomer:
    """All about one customer's referrals."""
    came_by = find_referral_of(session, customer.document)
    return ReferralsOfCustomer(
        offer=referral_offer(session, customer.id),
        made=tuple(list_made_by(session, customer.id)),
        came_by=came_by,
        may_come=came_by is None and not was_customer(session, customer.document),
    )
