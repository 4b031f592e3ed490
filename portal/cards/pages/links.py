"""What stands behind a card link."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from portal.cards.models.cards import Card, CardRequest, CardSetup
from portal.cards.models.charge import Charge
from portal.cards.pages.plans import plan_of_request
from portal.cards.queries.cards import (
    can_pay_by_card,
    find_card_of_request,
    find_charge_of_card,
    find_charge_of_invoice,
    find_open_setup,
    get_request,
    is_being_checked,
)
from portal.cards.rules.cards import ASKED, CardRequestState, CardSetupState, ChargeState
from portal.contracts.models import Contract
from portal.contracts.queries.reading import load_contract
from portal.customers.rules import Recipient
from portal.invoices.models import Invoice
from portal.invoices.queries.reading import load_invoice
from portal.invoices.queries.recipients import InvoicePayer, helper_of, payer_of
from portal.shared import tokens
from portal.shared.tokens import LinkToken, Purpose
from portal.subscriptions.queries.coverage import released_until
from portal.subscriptions.rules import BilledTo

USUAL_WAIT = timedelta(seconds=20)


class CardStatus(StrEnum):
    """What the customer finds."""

    PREPARING = "preparing"
    READY = "ready"
    CHECKING = "checking"
    CLOSED = "closed"
    CHARGING = "charging"
    REGISTERED = "registered"
    EXPIRED = "expired"
    REPLACED = "replaced"
    CANCELED = "canceled"
    UNAVAILABLE = "unavailable"


_WAITING = frozenset({CardStatus.PREPARING, CardStatus.CHECKING, CardStatus.CHARGING})
_OPEN = frozenset({CardStatus.PREPARING, CardStatus.READY, CardStatus.CHECKING, CardStatus.CLOSED})
_OF_SETUP = {
    CardSetupState.CREATED: CardStatus.PREPARING,
    CardSetupState.READY: CardStatus.READY,
    CardSetupState.REPORTED: CardStatus.CHECKING,
}
_OF_REQUEST = {
    CardRequestState.REGISTERED: CardStatus.REGISTERED,
    CardRequestState.EXPIRED: CardStatus.EXPIRED,
    CardRequestState.REPLACED: CardStatus.REPLACED,
    CardRequestState.CANCELED: CardStatus.CANCELED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CardPage:
    """The page's facts. `plan`: what will be charged and when, as label and sentence.

    `payer`: whose card it is; `asked_by`: who asks for it; `helper`: whom to turn to.

    `confirmation_secret`: of the link to where a charge that waits for the customer's bank is confirmed.
    """

    status: CardStatus
    request: CardRequest
    contract: Contract
    payer: str
    asked_by: str
    helper: Recipient
    plan: list[tuple[str, str]]
    setup: CardSetup | None
    card: Card | None
    charge: Charge | None
    confirmation_secret: str | None
    is_slow: bool

    @property
    def is_of_partner(self) -> bool:
        """Whether the partner pays, for a customer it bills itself."""
        return self.request.billed_to is BilledTo.PARTNER

    @property
    def is_open(self) -> bool:
        """Whether a card may still be typed."""
        return self.status in _OPEN

    @property
    def waits(self) -> bool:
        """Whether the page asks by itself how far it is."""
        return self.status in _WAITING


def card_page(session: Session, link: LinkToken, *, now: datetime) -> CardPage:
    """What the customer of this link may see, whatever became of it."""
    request = get_request(session, link.subject_id)
    contract = load_contract(session, request.contract_id)
    invoice = load_invoice(session, request.invoice_id) if request.invoice_id else None
    of_partner = invoice if request.billed_to is BilledTo.PARTNER else None
    helper = helper_of_payer(contract, of_partner)
    setup = find_open_setup(session, request.id)
    card = find_card_of_request(session, request.id)
    charge = find_charge_of_card(session, card.id) if card else None
    status = _status(request, link, setup, now=now)
    if charge is not None and charge.state in ASKED and charge.created_at > now - USUAL_WAIT:
        status = CardStatus.CHARGING
    return CardPage(
        status=status,
        request=request,
        contract=contract,
        payer=of_partner.payer_name if of_partner else contract.customer.name,
        asked_by=helper.name if of_partner else contract.customer.partner.trade_name,
        helper=helper,
        plan=plan_of_request(session, request, contract),
        setup=setup,
        card=card,
        charge=charge,
        confirmation_secret=_confirmation_secret(session, link, charge, now=now),
        is_slow=setup is not None and (setup.reported_at or setup.created_at) < now - USUAL_WAIT,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargePage:
    """Where a charge is confirmed with the bank. `released_until`: how far the service is paid."""

    charge: Charge
    invoice: Invoice
    payer: InvoicePayer
    helper: Recipient
    is_checking: bool
    released_until: date | None

    @property
    def waits(self) -> bool:
        """Whether the page asks by itself how far it is."""
        return self.is_checking or self.charge.state in ASKED


def charge_page(session: Session, invoice_id: int) -> ChargePage:
    """The last charge of an invoice, for the payer. Raises `Missing`."""
    charge = find_charge_of_invoice(session, invoice_id)
    contract = load_contract(session, charge.contract_id)
    invoice = load_invoice(session, invoice_id)
    payer = payer_of(invoice)
    return ChargePage(
        charge=charge,
        invoice=invoice,
        payer=payer,
        helper=helper_of_payer(contract, invoice if payer.is_partner else None),
        is_checking=is_being_checked(session, charge),
        released_until=released_until(session, charge.contract_id),
    )


def helper_of_payer(contract: Contract, of_partner: Invoice | None) -> Recipient:
    """Whom to turn to: the customer to who sold a loaded contract, a partner that pays to the vendor."""
    if of_partner is not None:
        return helper_of(of_partner)
    return Recipient(contract.quote.owner.email, contract.quote.owner.name)


def _confirmation_secret(
    session: Session, link: LinkToken, charge: Charge | None, *, now: datetime
) -> str | None:
    """That of the mail: a page that is only looked at makes no link of its own."""
    if charge is None or charge.state is not ChargeState.REQUIRES_ACTION or link.revoked_at is not None:
        return None
    mailed = tokens.find_shared(session, purpose=Purpose.INVOICE, subject_id=charge.invoice_id)
    return mailed.secret() if mailed and tokens.is_valid(mailed, now) else None


def _status(request: CardRequest, link: LinkToken, setup: CardSetup | None, *, now: datetime) -> CardStatus:
    if ended := _OF_REQUEST.get(request.state):
        return ended
    if setup is not None and setup.state is CardSetupState.REPORTED:
        return CardStatus.CHECKING  # also when the link ends meanwhile: the customer was in time
    if link.revoked_at is not None:
        return CardStatus.REPLACED
    if not tokens.is_valid(link, now):
        return CardStatus.EXPIRED
    if not can_pay_by_card():
        return CardStatus.UNAVAILABLE
    return _OF_SETUP[setup.state] if setup else CardStatus.CLOSED
