"""Reads about cards: requests, takings, cards and charges."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache

from sqlalchemy import ColumnElement, ScalarSelect, exists, literal_column, select
from sqlalchemy.orm import Session, aliased, joinedload

from calculator import METHODS
from portal.cards.models.cards import Card, CardRequest, CardSetup
from portal.cards.models.charge import Charge
from portal.cards.rules.cards import (
    CHARGE,
    LIVE_CHARGE,
    LIVE_REQUEST,
    OPEN_SETUP,
    SETUP_IS_FRESH,
    SWEEP_AFTER,
    CardRequestState,
    CardSetupState,
    ChargeState,
)
from portal.config import CardSettings
from portal.contracts.models import Contract
from portal.contracts.queries.cards import LackOfCard
from portal.contracts.rules.states import ContractState
from portal.quotes.models import QuoteVersion
from portal.shared import queue, tokens
from portal.shared.environment import environment
from portal.shared.payment_methods import Way
from portal.shared.refusals import Missing, UnknownLink
from portal.shared.tokens import LinkToken, Purpose
from portal.subscriptions.rules import BilledTo


def card_settings() -> CardSettings | None:
    """How cards are taken here; None when no processor is configured."""
    settings: CardSettings | None = environment().cards
    return settings


def can_pay_by_card() -> bool:
    """Whether a processor is configured."""
    return card_settings() is not None


def get_card_link(session: Session, secret: str, *, now: datetime) -> LinkToken:
    """The link of a card page, whatever became of it, until long after its end. Raises `UnknownLink`."""
    return tokens.get(session, purpose=Purpose.CARD_REGISTRATION, secret=secret, now=now)


def get_open_invoice_link(session: Session, secret: str, *, now: datetime) -> LinkToken:
    """The link of an invoice, while it works. Raises `UnknownLink`."""
    token = tokens.get(session, purpose=Purpose.INVOICE, secret=secret, now=now)
    if not tokens.is_valid(token, now):
        raise UnknownLink
    return token


def get_request(session: Session, request_id: int) -> CardRequest:
    """A request by its id."""
    return session.get_one(CardRequest, request_id)


def find_latest_request(session: Session, contract_id: int) -> CardRequest | None:
    """What was last asked of a contract's customer."""
    asked = select(CardRequest).where(
        CardRequest.contract_id == contract_id, CardRequest.billed_to == BilledTo.CUSTOMER
    )
    return session.scalar(asked.order_by(CardRequest.id.desc()).limit(1))


def find_live_request(session: Session, contract_id: int, *, billed_to: BilledTo) -> CardRequest | None:
    """The request about a contract that its payer can still answer."""
    return session.scalar(
        select(CardRequest).where(
            CardRequest.contract_id == contract_id,
            CardRequest.billed_to == billed_to,
            CardRequest.state.in_(LIVE_REQUEST),
        )
    )


def find_open_setup(session: Session, request_id: int) -> CardSetup | None:
    """The registration of a card that goes on."""
    return session.scalar(
        select(CardSetup).where(CardSetup.request_id == request_id, CardSetup.state.in_(OPEN_SETUP))
    )


def find_card_of_request(session: Session, request_id: int) -> Card | None:
    """The card a request brought."""
    return session.scalar(select(Card).where(Card.request_id == request_id))


def card_in_use(billed_to: BilledTo) -> ScalarSelect[int]:
    """Which card of the customer, or of the partner, pays for a contract; as SQL on `Contract`.

    The contract's own, else that of the nearest contract before it: an amendment, a renewal or a move goes on
    with the card that is there. A contract taken over from another partner begins without one.
    """
    own, before = aliased(Contract), aliased(Contract)
    line = (
        select(
            own.id.label("contract_id"),
            own.base_contract_id.label("before_id"),
            literal_column("0").label("steps"),
        )
        .where(own.id == Contract.id)
        .correlate(Contract)
        .cte("line", recursive=True, nesting=True)
    )
    further = select(before.id, before.base_contract_id, line.c.steps + 1)
    line = line.union_all(further.where(before.id == line.c.before_id))
    return (
        select(Card.id)
        .where(Card.contract_id == line.c.contract_id)
        .where(Card.billed_to == billed_to, Card.replaced_at.is_(None))
        .order_by(line.c.steps)
        .limit(1)
        .correlate(Contract)
        .scalar_subquery()
    )


def find_card(session: Session, contract: Contract, *, billed_to: BilledTo) -> Card | None:
    """The card that pays for a contract, see `card_in_use`."""
    return session.scalar(
        select(Card).join(Contract, Card.id == card_in_use(billed_to)).where(Contract.id == contract.id)
    )


def pays_first_by_card() -> ColumnElement[bool]:
    """Whether a contract's first payment is agreed to be by card; as SQL on `Contract`."""
    by_card = [code for code, method in METHODS.items() if method.first == Way.CARD]
    sold = aliased(QuoteVersion)  # the read this becomes a part of may have one of its own
    return exists().where(sold.id == Contract.version_id, sold.payment_method.in_(by_card))


@cache
def lacks_card_expression() -> ColumnElement[bool]:
    """Whether a contract's first payment waits for a card it was asked for and that is not there; as SQL."""
    asked = exists().where(CardRequest.contract_id == Contract.id, CardRequest.billed_to == BilledTo.CUSTOMER)
    return pays_first_by_card() & asked & card_in_use(BilledTo.CUSTOMER).is_(None)


def lacks_card(_session: Session, _asked: LackOfCard) -> ColumnElement[bool]:
    """As SQL, for the pages of contracts."""
    return lacks_card_expression()


def find_processor_customer(session: Session, request: CardRequest) -> str:
    """How the processor calls whom a request asks: a customer of ours, or a partner; "" if it knows none."""
    is_partner = request.billed_to is BilledTo.PARTNER
    same = (
        CardRequest.partner_id == request.partner_id
        if is_partner
        else CardRequest.customer_id == request.customer_id
    )
    known = (
        select(CardSetup.processor_customer)
        .join(CardSetup.request)
        .where(same, CardRequest.billed_to == request.billed_to, CardSetup.processor_customer != "")
    )
    return session.scalar(known.order_by(CardSetup.id.desc()).limit(1)) or ""


def find_live_charge(session: Session, invoice_id: int) -> Charge | None:
    """The charge of an invoice that is under way."""
    return session.scalar(
        select(Charge)
        .where(Charge.invoice_id == invoice_id, Charge.state.in_(LIVE_CHARGE))
        .options(joinedload(Charge.card))
    )


def find_latest_charge(session: Session, contract_id: int) -> Charge | None:
    """The last charge made for a contract, with its card."""
    return session.scalar(
        select(Charge)
        .where(Charge.contract_id == contract_id)
        .order_by(Charge.id.desc())
        .limit(1)
        .options(joinedload(Charge.card))
    )


def find_charge_of_card(session: Session, card_id: int) -> Charge | None:
    """The last charge made to a card, with it."""
    newest = select(Charge).where(Charge.card_id == card_id).order_by(Charge.id.desc()).limit(1)
    return session.scalar(newest.options(joinedload(Charge.card)))


def find_charge_of_invoice(session: Session, invoice_id: int) -> Charge:
    """The last charge made for an invoice, with its card. Raises `Missing`."""
    charge = session.scalar(
        select(Charge)
        .where(Charge.invoice_id == invoice_id)
        .order_by(Charge.id.desc())
        .limit(1)
        .options(joinedload(Charge.card))
    )
    if charge is None:
        raise Missing("Não há cobrança de cartão para confirmar nesta fatura.")
    return charge


def is_being_checked(session: Session, charge: Charge) -> bool:
    """Whether the processor is being asked about a charge right now."""
    return charge.state in LIVE_CHARGE and queue.is_waiting(session, CHARGE, charge.id)


def was_declined(session: Session, *, invoice_id: int, card_id: int) -> bool:
    """Whether this card was refused for this invoice before."""
    declined = select(Charge.id).where(
        Charge.invoice_id == invoice_id, Charge.card_id == card_id, Charge.state == ChargeState.DECLINED
    )
    return session.scalar(declined.limit(1)) is not None


def list_expired_requests(session: Session, *, now: datetime, limit: int) -> Sequence[tuple[int, int]]:
    """Contract and request of live requests whose link works no more, customer by customer, the first ones.

    Not those whose customer was done in time.
    """
    told = select(CardSetup.id).where(
        CardSetup.request_id == CardRequest.id, CardSetup.state == CardSetupState.REPORTED
    )
    rows = session.execute(
        select(CardRequest.contract_id, CardRequest.id)
        .where(CardRequest.state.in_(LIVE_REQUEST), CardRequest.expires_at <= now, ~told.exists())
        .order_by(CardRequest.customer_id, CardRequest.id)
        .limit(limit)
    )
    return [(contract_id, request_id) for contract_id, request_id in rows]


def list_stale_setups(session: Session, *, now: datetime) -> Sequence[int]:
    """Card registrations that may have ended without a report: told by a browser, or lately opened."""
    quiet = (CardSetup.checked_at.is_(None)) | (CardSetup.checked_at <= now - SWEEP_AFTER)
    opened = (CardRequest.state == CardRequestState.OPENED) & (CardRequest.opened_at > now - SETUP_IS_FRESH)
    told = CardSetup.state == CardSetupState.REPORTED
    return session.scalars(
        select(CardSetup.id)
        .join(CardSetup.request)
        .where(CardSetup.state.in_((CardSetupState.READY, CardSetupState.REPORTED)), quiet, told | opened)
    ).all()


def list_stale_charges(session: Session, *, now: datetime) -> Sequence[int]:
    """Charges asked for some time ago whose outcome is not known yet (invariant S6)."""
    quiet = (Charge.checked_at.is_(None)) | (Charge.checked_at <= now - SWEEP_AFTER)
    return session.scalars(
        select(Charge.id).where(
            Charge.state.in_((ChargeState.PROCESSING, ChargeState.UNKNOWN, ChargeState.REQUIRES_ACTION)),
            Charge.asked_at <= now - SWEEP_AFTER,
            quiet,
        )
    ).all()


def list_contracts_to_charge(session: Session) -> Sequence[int]:
    """Signed contracts that wait for a payment by card and have a card in use, but no charge of it at all."""
    return session.scalars(
        select(Contract.id)
        .where(
            Contract.state == ContractState.AWAITING_PAYMENT,
            pays_first_by_card(),
            card_in_use(BilledTo.CUSTOMER).is_not(None),
            ~select(Charge.id).where(Charge.contract_id == Contract.id).exists(),
        )
        .order_by(Contract.customer_id, Contract.id)
    ).all()
