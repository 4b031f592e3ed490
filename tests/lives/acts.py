"""What people do in a world: sell, sign, pay in every way, change, take back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.banking.models.boleto import Boleto
from portal.banking.rules.boleto import BoletoState
from portal.cards.models.cards import CardRequest
from portal.cards.operations.setup import record_setup
from portal.cards.queries.cards import find_live_request, find_open_setup
from portal.contracts.models import Contract
from portal.contracts.operations.changing import quote_partner_change, start_change, start_partner_change
from portal.contracts.operations.generating import generate_contract
from portal.contracts.queries.reading import load_contract
from portal.contracts.rules.states import ContractKind, ContractState
from portal.customers.models import Customer
from portal.invoices.models import Invoice
from portal.invoices.operations.crediting import issue_credit_note
from portal.invoices.operations.late_charges import waive_late_charges
from portal.invoices.queries.credit_notes import credited_cents
from portal.invoices.queries.late_charges import due_on_day
from portal.invoices.queries.reading import load_invoice
from portal.invoices.rules.states import InvoiceState
from portal.quotes.models import Quote
from portal.quotes.operations.answering import accept_quote
from portal.quotes.operations.sending import send_proposal
from portal.receipts.models.ted import TedTransfer
from portal.receipts.operations.ted import confirm_ted, confirm_ted_again
from portal.receipts.rules.ted import TedState
from portal.sandbox_bank.operations.acting import FEE_CENTS, act_as_bank
from portal.sandbox_bank.rules.acts import BankAct, Manner
from portal.shared.auth import Actor
from portal.subscriptions.rules import BilledTo
from tests.factories.contracts import generated, printed, sign
from tests.factories.quotes import House, save, sent
from tests.lives.world import World

SECRET = "what only the bank and the portal know"
CHANGES: dict[str, dict[str, Any]] = {
    "dearer": {"negotiated_total": 259_90},
    "cheaper": {"negotiated_total": 185_00},
    "more": {"quantities": {"user": 6}},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """What somebody buys."""

    plan: str = "gestao"
    term: str = "monthly"
    method: str = "boleto"
    arrangement: str = "central_cobranca"
    installments: int = 1
    setup: bool = False


def sell(world: World, sale: Sale) -> int:
    """From the quote to the signature; the first payment is another act. The contract's id."""

    def act(session: Session) -> int:
        house = world.village.house_of(session, sale.arrangement, now=world.now)
        quote, token = sent(
            session,
            house,
            now=world.now,
            plan=sale.plan,
            term=sale.term,
            arrangement=sale.arrangement,
            payment_method=sale.method,
            installments=sale.installments,
            setup=sale.setup,
            on=world.today,
        )
        version = accept_quote(session, token=token, quote_id=quote.id, now=world.now)
        contract_id = session.scalars(select(Contract.id).where(Contract.version_id == version.id)).one()
        generated(session, contract_id, house, now=world.now)
        sign(session, contract_id, now=world.now)
        return contract_id

    contract_id = world.do(act)
    world.work_queue()
    register_card(world, contract_id)
    return contract_id


def register_card(world: World, contract_id: int) -> None:
    """The customer opens the link and types a card, where one is asked for."""

    def act(session: Session) -> None:
        request = find_live_request(session, contract_id, billed_to=BilledTo.CUSTOMER)
        setup = find_open_setup(session, request.id) if isinstance(request, CardRequest) else None
        if setup is not None and setup.processor_setup:
            record_setup(session, setup.id, world.processor.get_setup(setup.processor_setup), now=world.now)

    world.do(act)
    world.work_queue()


def list_invoices(session: Session, *states: InvoiceState) -> Sequence[Invoice]:
    """Invoices in these states, the oldest first."""
    found = select(Invoice).where(Invoice.state.in_(states)).order_by(Invoice.id)
    return session.scalars(found).all()


def list_running(session: Session) -> Sequence[int]:
    """Contracts in force, the oldest first."""
    running = Contract.state.in_((ContractState.ACTIVE, ContractState.SUSPENDED))
    return session.scalars(select(Contract.id).where(running).order_by(Contract.id)).all()


def bank_pays(world: World, invoice_id: int, act: BankAct, manner: Manner, cents: int | None) -> None:
    """Somebody pays at a bank, which tells of it by a signed call.

    The bank has no other name for a slip's payment than its day and amount: of what it told before in another
    file, only what is more is another payment.
    """
    told = world.do(lambda session: _tell(session, world, invoice_id, act, manner, cents))
    if told is not None:
        amount, slip = told
        times = 2 if manner is Manner.PAID_TWICE else 1
        if slip is not None:
            before = world.slips.get((slip, world.today, amount), 0)
            world.slips[slip, world.today, amount] = max(before, times)
            times = max(times - before, 0)
            world.told_today.append((invoice_id, amount))
            world.fees_cents += times * min(FEE_CENTS, amount - 1)
        world.note(act.value, amount * times)
    world.work_queue()


def _tell(
    session: Session, world: World, invoice_id: int, act: BankAct, manner: Manner, cents: int | None
) -> tuple[int, int | None] | None:
    """How much each payment is, and of which boleto; None when there is nothing to pay."""
    invoice, boleto = session.get_one(Invoice, invoice_id), boleto_of(session, invoice_id)
    usual = invoice.open_cents or (boleto.amount_cents if boleto else 0)
    is_told = manner in (Manner.USUAL, Manner.OTHER_PAYER) and act is not BankAct.BOLETO
    amount = cents if cents and (is_told or manner is Manner.USUAL) else usual
    if not amount or (act is BankAct.BOLETO and boleto is None):
        return None
    act_as_bank(
        session,
        act=act,
        manner=Manner.OTHER_AMOUNT if manner is Manner.USUAL else manner,
        invoice=invoice,
        boleto=boleto,
        amount_cents=amount,
        mark=f"{world.acts:04x}{world.today:%y%m%d}{invoice_id:07d}ffffffff",
        secret=SECRET,
        now=world.now,
    )
    return amount, boleto.id if act is BankAct.BOLETO and boleto is not None else None


def owed_today(session: Session, world: World, invoice_id: int) -> int:
    """What an invoice comes to with its late charges."""
    return due_on_day(session, load_invoice(session, invoice_id), world.today).total_cents


def has_boleto(session: Session, invoice_id: int) -> bool:
    """Whether an invoice has a slip that the bank takes money for."""
    return boleto_of(session, invoice_id) is not None


def boleto_of(session: Session, invoice_id: int) -> Boleto | None:
    """The newest slip of an invoice that the bank takes money for, or took."""
    live = (BoletoState.ISSUED, BoletoState.REGISTERED, BoletoState.PAID)
    newest = select(Boleto).where(Boleto.invoice_id == invoice_id, Boleto.state.in_(live))
    return session.scalars(newest.order_by(Boleto.id.desc()).limit(1)).first()


def confirm_teds(world: World) -> None:
    """Two people of finance find every TED the bank told of in the statement."""

    def act(session: Session) -> None:
        waiting = select(TedTransfer).where(
            TedTransfer.state == TedState.WAITING, TedTransfer.bank_reference.is_not(None)
        )
        for transfer in session.scalars(waiting.order_by(TedTransfer.id)).all():
            confirmed = confirm_ted(
                session,
                transfer=transfer,
                amount_cents=transfer.amount_cents or 0,
                credited_on=transfer.credited_on or world.today,
                is_other_amount=True,
                actor=world.village.finance,
                now=world.now,
            )
            if confirmed.state is TedState.CONFIRMED_ONCE:
                confirm_ted_again(session, transfer=confirmed, actor=world.village.finance_too, now=world.now)

    world.attempt(act)
    world.work_queue()


def take_back(world: World, invoice_id: int, *, is_whole: bool) -> None:
    """Finance issues a credit note for an invoice, or a centavo more than half of it."""

    def act(session: Session) -> None:
        invoice = session.get_one(Invoice, invoice_id)
        before = credited_cents(session, invoice_id)
        left = invoice.amount_cents - before
        issue_credit_note(
            session,
            invoice_id=invoice_id,
            amount_cents=left if is_whole else left // 2 + 1,
            reason="Cobrança indevida",
            seen_cents=before,
            actor=world.village.finance,
            now=world.now,
        )

    world.attempt(act)
    world.work_queue()


def waive(world: World, invoice_id: int) -> None:
    """Finance lets the late charges of an invoice go."""
    world.attempt(
        lambda session: waive_late_charges(
            session,
            invoice_id=invoice_id,
            reason="Bom pagador",
            actor=world.village.finance,
            now=world.now,
        )
    )


def change(world: World, contract_id: int, kind: ContractKind, **selection: Any) -> None:
    """An amendment or a renewal, signed; what it costs is another act."""

    def act(session: Session) -> None:
        base = load_contract(session, contract_id)
        seller = _seller_of(world, base)
        quote = start_change(session, contract=base, kind=kind, actor=seller, now=world.now)
        if selection:
            house = _house(world, base, seller)
            save(session, house, quote, now=world.now, **selection)
        _contracted(session, world, quote, seller)

    world.attempt(act)
    world.work_queue()


def change_partner(world: World, contract_id: int) -> None:
    """Another partner takes the customer over."""

    def act(session: Session) -> None:
        base = load_contract(session, contract_id)
        village = world.village
        request = start_partner_change(
            session, contract=base, partner_id=village.other_partner, actor=village.support, now=world.now
        )
        customer = session.get_one(Customer, request.customer_id)
        quote = quote_partner_change(
            session, request=request, customer=customer, actor=village.other_seller, now=world.now
        )
        _contracted(session, world, quote, village.other_seller)

    world.attempt(act)
    world.work_queue()


def _contracted(session: Session, world: World, quote: Quote, seller: Actor) -> None:
    token = send_proposal(session, proposal=quote.proposal, actor=seller, now=world.now)
    version = accept_quote(session, token=token, quote_id=quote.id, now=world.now)
    contract_id = session.scalars(select(Contract.id).where(Contract.version_id == version.id)).one()
    generate_contract(session, contract=load_contract(session, contract_id), actor=seller, now=world.now)
    printed(session, contract_id, now=world.now)
    sign(session, contract_id, now=world.now)


def _seller_of(world: World, contract: Contract) -> Actor:
    village = world.village
    if contract.partner_id == village.other_partner:
        return village.other_seller
    arrangement = next(name for name, id_ in village.partners.items() if id_ == contract.partner_id)
    return village.sellers[arrangement]


def _house(world: World, contract: Contract, seller: Actor) -> House:
    known = world.village.house
    return House(
        partner=contract.customer.partner,
        customer=contract.customer,
        list_id=known.list_id,
        seller=seller,
        manager=known.manager,
        substitute=known.substitute,
        admin=known.admin,
        manager_user=known.manager_user,
    )
