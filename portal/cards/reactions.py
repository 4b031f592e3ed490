"""What payments do when something happened elsewhere."""

from sqlalchemy.orm import Session

from portal.cards.operations import charging
from portal.cards.operations import requests as card_requests
from portal.cards.queries.cards import can_pay_by_card, find_card, find_live_request
from portal.contracts.events import ContractCanceled, ContractGenerated, ContractSigned, SignatoryReplaced
from portal.contracts.queries.reading import bills_customer, load_contract, payment_methods_of
from portal.invoices.events import InvoiceReissued
from portal.receipts.events import RefundAsked
from portal.receipts.rules.refunds import REFUND_CARD
from portal.shared.payment_methods import Way
from portal.shared.queue import enqueue
from portal.subscriptions.rules import BilledTo


def request_card(session: Session, event: ContractGenerated) -> None:
    """A contract paid by card needs one, unless that of the contract it changes is there."""
    contract = load_contract(session, event.contract_id)
    by_card = Way.CARD in payment_methods_of(contract)
    if not by_card or not bills_customer(contract) or not can_pay_by_card():
        return
    if find_card(session, contract, billed_to=BilledTo.CUSTOMER) is None:
        card_requests.request_card(session, contract=contract, actor=None, now=event.at)


def ask_new_signatory(session: Session, event: SignatoryReplaced) -> None:
    """A card nobody registered yet is asked of the person who signs now; the former one's link ends."""
    if not can_pay_by_card():
        return
    if find_live_request(session, event.contract_id, billed_to=BilledTo.CUSTOMER) is not None:
        contract = load_contract(session, event.contract_id)
        card_requests.request_card(session, contract=contract, actor=None, now=event.at)


def charge_card(session: Session, event: ContractSigned) -> None:
    """The card may be there already."""
    charging.charge_when_ready(session, contract_id=event.contract_id, now=event.at)


def charge_reissued(session: Session, event: InvoiceReissued) -> None:
    """A contract that waits for its first payment has an invoice again: the card may be there."""
    charging.charge_when_ready(session, contract_id=event.contract_id, now=event.at)


def withdraw_card_request(session: Session, event: ContractCanceled) -> None:
    """Nobody is asked for the card of a contract that was dropped."""
    card_requests.cancel_card_request(session, contract_id=event.contract_id, now=event.at)


def refund_card(session: Session, fact: RefundAsked) -> None:
    """What came by card goes back by the processor."""
    if fact.way == Way.CARD:
        enqueue(session, REFUND_CARD, subject_id=fact.refund_id, now=fact.at)
