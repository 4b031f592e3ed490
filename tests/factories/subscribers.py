"""People of a customer in the Central do Assinante."""

from datetime import date, timedelta

from sqlalchemy.orm import Session

from portal.contracts.rules.states import ContractState
from portal.customers.models import Customer
from portal.documents.rules.files import FileKind
from portal.readjustments.models import RenewalOffer
from portal.shared import tokens
from portal.shared.tokens import LinkToken, Purpose, hash_secret
from portal.subscribers.models import SubscriberSession, SubscriberSignIn
from tests.factories.contracts import make_contract
from tests.factories.documents import make_file
from tests.factories.quotes import NOON, House

SUBSCRIBER_SESSION = "session token of somebody of a customer"
LONG = timedelta(days=36_500)


def entry_of(session: Session, customer: Customer, *, is_in: bool) -> LinkToken:
    """A link by which somebody of a customer signs in; with `is_in`, they are in elsewhere already."""
    request = SubscriberSignIn(email=customer.email, asked_at=NOON)
    session.add(request)
    session.flush()
    if is_in:
        session.add(
            SubscriberSession(
                token_hash=hash_secret(SUBSCRIBER_SESSION),
                email=customer.email,
                customer_id=customer.id,
                created_at=NOON,
                expires_at=NOON + LONG,
                device="",
                address="",
            )
        )
    purpose = Purpose.SUBSCRIBER_SIGN_IN
    return tokens.issue(session, purpose=purpose, subject_id=request.id, now=NOON, valid_for=LONG)


def area_of(session: Session, word: str, house: House, *, is_in: bool) -> dict[str, str]:
    """For the town: a link to sign in, what the customer signed, and a contract it pays by card."""
    title = f"Assinado {word}"
    signed = make_file(session, customer=house.customer, title=title, kind=FileKind.SIGNED_CONTRACT)
    yearly = make_contract(session, house, state=ContractState.ACTIVE, term="annual")
    offer = RenewalOffer(
        contract_id=yearly.id,
        partner_id=yearly.partner_id,
        customer_id=yearly.customer_id,
        number=2,
        due_on=date(2099, 6, 15),
        starts_on=date(2099, 7, 1),
        ends_on=date(2100, 6, 30),
        monthly_cents=159_90,
        offered_at=NOON,
    )
    session.add(offer)
    session.flush()
    by_card = make_contract(session, house, state=ContractState.ACTIVE, payment_method="card")
    return {
        "entering": entry_of(session, house.customer, is_in=is_in).secret(),
        "signed_file": str(signed.id),
        "contract_by_card": str(by_card.id),
        "renewal_offer": str(offer.id),
    }
