"""Today's desk, second half: contracts in every state that a portal of today can bring about.

Scenes as in `scenes.py`, each with a customer that has no contract yet, as long as there are such.
"""

from collections import Counter
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select

from portal.contracts.models import Contract
from portal.contracts.operations.canceling import cancel_contract
from portal.contracts.operations.changing import RUNNING, start_change, start_partner_change
from portal.contracts.queries.coverage import paid_time
from portal.contracts.queries.reading import load_contract
from portal.contracts.rules.states import ContractKind
from portal.customers.models import Customer
from portal.demo.contracting import Contracting
from portal.demo.scenes import PHONE, Scene, Stage
from portal.demo.selections import Negotiation
from portal.quotes.models import Quote, QuoteVersion
from portal.quotes.operations.answering import accept_quote, record_view
from portal.quotes.operations.drafting import save_draft
from portal.quotes.operations.pricing import selection_of
from portal.shared.auth import Actor
from portal.shared.clock import day_of

FEW_USERS, SOME_USERS, MANY_USERS = {"user": 3}, {"user": 6}, {"user": 30}


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A stage with all that contracts need, and the partner a customer may pass to."""

    stage: Stage
    contracting: Contracting
    next_partner_id: int

    @property
    def administrator(self) -> Actor:
        return self.contracting.bank.administrator

    def accepted(self, now: datetime, **wanted: object) -> Contract:
        """A contract of a customer who accepted a Hiper Gestão at the list's prices."""
        values = {
            "plan": "gestao",
            "term": "monthly",
            "quantities": FEW_USERS,
            "apps": {},
            "setup": False,
            "installments": 1,
        }
        quote = self.stage.write(now, Negotiation.NONE, customer=self._somebody(), **{**values, **wanted})
        return self.taken(quote, now)

    def taken(self, quote: Quote, now: datetime) -> Contract:
        """The customer gets the quote and accepts it."""
        token = self.stage.send(quote, now)
        record_view(self.stage.session, token=token, device=PHONE, now=now)
        accept_quote(self.stage.session, token=token, quote_id=quote.id, now=now)
        return self.contracting.contract_of(quote.id)

    def generated(self, now: datetime, **wanted: object) -> Contract:
        """A contract whose signatory has just been asked."""
        contract = self.accepted(now, **wanted)
        self.contracting.generate(contract, self.stage.seller, now)
        return contract

    def may_change(self, contract: Contract, now: datetime) -> bool:
        """Whether it still runs: its customer may be leaving, or in a pause, in a history that is lived."""
        session = self.stage.session
        contract = load_contract(session, contract.id)
        paid = paid_time(session, contract)
        return contract.state in RUNNING and not (paid and paid.is_paused(day_of(now)))

    def change(self, contract: Contract, now: datetime, **wanted: object) -> Contract:
        """An amendment that the customer accepted, its document sent to be signed."""
        session, seller = self.stage.session, self.stage.seller
        quote = start_change(session, contract=contract, kind=ContractKind.AMENDMENT, actor=seller, now=now)
        version = session.scalars(select(QuoteVersion).filter_by(quote_id=quote.id, is_live=True)).one()
        selection = replace(selection_of(version), **wanted)  # type: ignore[arg-type]
        save_draft(
            session,
            version=version,
            selection=selection,
            lock_version=version.lock_version,
            actor=seller,
            now=now,
        )
        amendment = self.taken(quote, now)
        self.contracting.generate(amendment, seller, now)
        return amendment

    def _somebody(self) -> Customer:
        """A customer with as few contracts as any."""
        contracts = Counter(self.stage.session.scalars(select(Contract.customer_id)))
        fewest = min(contracts[each.id] for each in self.stage.customers)
        return self.stage.random.choice(
            [each for each in self.stage.customers if contracts[each.id] == fewest]
        )


def just_sent(desk: Desk) -> Scene:
    now = yield 0.1
    desk.generated(now, payment_method="boleto")


def link_opened(desk: Desk) -> Scene:
    now = yield 1.5
    contract = desk.generated(now, term="annual", payment_method="ted_card")
    now = yield 0.7
    desk.contracting.open_link(contract, now)


def signed_later(desk: Desk) -> Scene:
    now = yield 4.5
    contract = desk.generated(now, payment_method="ted_boleto")
    for days_before in (4, 1.6):
        now = yield days_before
        desk.contracting.open_link(contract, now)
        desk.contracting.postpone(contract, now)


def boleto_to_pay(desk: Desk) -> Scene:
    now = yield 3
    contract = desk.generated(now, payment_method="boleto")
    now = yield 2
    desk.contracting.sign(contract, now)


def boleto_refused(desk: Desk) -> Scene:
    now = yield 3.2
    contract = desk.generated(now, payment_method="boleto")
    invoice = desk.contracting.open_invoice(contract)
    if invoice is not None:
        desk.contracting.bank.refused.add(invoice.id)
    now = yield 1.2
    desk.contracting.sign(contract, now)


def pix_of_another_amount(desk: Desk) -> Scene:
    now = yield 2.6
    contract = desk.generated(now, payment_method="boleto", setup=True)
    now = yield 1.4
    desk.contracting.sign(contract, now)
    now = yield 0.6
    invoice = desk.contracting.open_invoice(contract)
    if invoice is not None:  # a partner of the customer paid, without the setup fee
        desk.contracting.bank.pay_by_pix(invoice, now, amount_cents=invoice.open_cents - 490_00)


def ted_to_confirm(desk: Desk) -> Scene:
    now = yield 2.4
    contract = desk.generated(now, payment_method="ted")
    now = yield 1.3
    desk.contracting.sign(contract, now)
    now = yield 0.5
    invoice = desk.contracting.open_invoice(contract)
    if invoice is not None:
        desk.contracting.bank.announce_ted(invoice, now)


def ted_for_four_eyes(desk: Desk) -> Scene:
    now = yield 3.4
    contract = desk.generated(now, term="annual", payment_method="ted", quantities=MANY_USERS)
    now = yield 2.3
    desk.contracting.sign(contract, now)
    now = yield 1.1
    invoice = desk.contracting.open_invoice(contract)
    if invoice is not None:
        desk.contracting.bank.announce_ted(invoice, now)
        now = yield 0.3
        desk.contracting.bank.confirm_ted(invoice, now, by=desk.administrator)


def card_to_register(desk: Desk) -> Scene:
    now = yield 1.8
    contract = desk.generated(now, term="annual", payment_method="card")
    now = yield 0.9
    desk.contracting.sign(contract, now)


def active_since_yesterday(desk: Desk) -> Scene:
    now = yield 4
    contract = desk.generated(now, payment_method="ted_boleto", setup=True)
    now = yield 3
    desk.contracting.sign(contract, now)
    now = yield 1
    desk.contracting.pay(contract, now)


def declined(desk: Desk) -> Scene:
    now = yield 5
    contract = desk.generated(now, payment_method="boleto")
    now = yield 4
    desk.contracting.open_link(contract, now)
    desk.contracting.decline(contract, now, reason="Preciso que a segunda loja conste no contrato.")


def expired(desk: Desk) -> Scene:
    now = yield 11
    desk.generated(now, payment_method="ted")


def canceled(desk: Desk) -> Scene:
    now = yield 6
    contract = desk.generated(now, payment_method="boleto")
    now = yield 5
    cancel_contract(
        desk.stage.session,
        contract=contract,
        reason="O cliente pediu outro plano; segue nova proposta.",
        actor=desk.stage.seller,
        now=now,
    )


def _running(desk: Desk, **wanted: object) -> Generator[float, datetime, Contract]:
    """The beginning of a scene about a contract that is active by then; it returns the contract."""
    now = yield 150
    contract = desk.generated(now, term="annual", payment_method="boleto", **wanted)
    now = yield 149
    desk.contracting.sign(contract, now)
    now = yield 147
    desk.contracting.pay(contract, now)
    return contract


def amendment_under_way(desk: Desk) -> Scene:
    contract = yield from _running(desk)
    now = yield 1.2
    if desk.may_change(contract, now):
        desk.change(contract, now, quantities=SOME_USERS)


def upgraded(desk: Desk) -> Scene:
    contract = yield from _running(desk)
    now = yield 40
    if desk.may_change(contract, now):
        amendment = desk.change(contract, now, quantities=SOME_USERS)
        now = yield 39
        desk.contracting.sign(amendment, now)
        now = yield 37
        desk.contracting.pay(amendment, now)


def downgraded(desk: Desk) -> Scene:
    contract = yield from _running(desk, quantities=SOME_USERS)
    now = yield 5
    if desk.may_change(contract, now):
        amendment = desk.change(contract, now, quantities=FEW_USERS)
        now = yield 4
        desk.contracting.sign(amendment, now)


def partner_changes(desk: Desk) -> Scene:
    contract = yield from _running(desk)
    now = yield 0.8
    if desk.may_change(contract, now):
        start_partner_change(
            desk.stage.session,
            contract=contract,
            partner_id=desk.next_partner_id,
            actor=desk.administrator,
            now=now,
        )


EVERY_CONTRACT_SCENE: tuple[Callable[[Desk], Scene], ...] = (
    just_sent,
    link_opened,
    signed_later,
    boleto_to_pay,
    boleto_refused,
    pix_of_another_amount,
    ted_to_confirm,
    ted_for_four_eyes,
    card_to_register,
    active_since_yesterday,
    declined,
    expired,
    canceled,
    amendment_under_way,
    upgraded,
    downgraded,
    partner_changes,
)
SOME_CONTRACT_SCENES: tuple[Callable[[Desk], Scene], ...] = (just_sent,)
