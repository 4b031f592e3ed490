"""What the page behind an invoice's link shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

import segno
from markupsafe import Markup
from sqlalchemy.orm import Session

from portal.banking.models.boleto import Boleto
from portal.banking.queries.account import TedAccount, pix_account, ted_account
from portal.banking.rules.bar_code import bars, width_of
from portal.banking.rules.boleto import BoletoState
from portal.banking.rules.pix import br_code, txid_of
from portal.cards.queries.cards import can_pay_by_card
from portal.checkout.queries import find_boleto, find_latest_ted, find_payment_of
from portal.invoices.models import Invoice
from portal.invoices.queries.late_charges import DueToday, due_on_day
from portal.invoices.queries.reading import load_invoice
from portal.invoices.queries.recipients import InvoicePayer, payer_of
from portal.invoices.rules.states import InvoiceState
from portal.overdue.queries.returning import others_to_pay
from portal.overdue.queries.trust import TrustStanding, trust_standing
from portal.receipts.models.payment import Payment
from portal.receipts.models.ted import TedTransfer
from portal.shared import tokens
from portal.shared.clock import day_of
from portal.shared.payment_methods import Way
from portal.shared.tokens import LinkToken
from portal.subscriptions.queries.coverage import released_until


class PageState(StrEnum):
    """What the page is about."""

    OPEN = "open"
    PAID = "paid"
    VOID = "void"
    AGREED = "agreed"
    GIVEN_UP = "given_up"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class PixCode:
    """A Pix to copy and to photograph; `picture` is an SVG."""

    text: str
    picture: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class BarCode:
    """Bars as (start, width) in units, and how wide they are in all."""

    bars: list[tuple[int, int]]
    width: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoicePage:
    """Everything the page shows. What a way of paying needs is there only while the invoice is open. `others`
    must be paid too before a suspended service returns.
    """

    state: PageState
    invoice: Invoice
    payer: InvoicePayer
    expired_at: datetime
    methods: tuple[Way, ...]
    pix: PixCode | None
    boleto: Boleto | None
    bar_code: BarCode | None
    account: TedAccount
    ted: TedTransfer | None
    payment: Payment | None
    released_until: date | None
    is_signed: bool
    is_link_open: bool
    due: DueToday
    service: TrustStanding
    others: Sequence[Invoice]

    @property
    def boleto_state(self) -> str:
        """The state of the newest boleto; empty without one."""
        return self.boleto.state.value if self.boleto else ""

    @property
    def can_use_boleto(self) -> bool:
        """Whether a bank takes money for the boleto now."""
        return self.boleto is not None and self.boleto.state is BoletoState.REGISTERED


def invoice_page(session: Session, link: LinkToken, *, now: datetime) -> InvoicePage:
    """The page as things stand."""
    invoice = load_invoice(session, link.subject_id)
    state = page_state(invoice, link, now=now)
    is_open = state is PageState.OPEN
    boleto = find_boleto(session, invoice.id) if is_open else None
    usable = boleto is not None and boleto.state is BoletoState.REGISTERED
    own = invoice.payment_method
    first = Way.PIX if own == Way.BOLETO and not usable else own  # what no bank takes yet is not first
    if boleto is not None and boleto.state is BoletoState.PAID_UNSETTLED:
        first = Way.BOLETO  # before anybody pays again
    today = day_of(now)
    service = TrustStanding()
    if is_open:
        service = trust_standing(session, contract_id=invoice.contract_id, today=today)
    if service.suspended_on is not None and first is not Way.BOLETO:
        first = Way.PIX  # what brings the service back at once, for whoever pays otherwise
    payer, due = payer_of(invoice), due_on_day(session, invoice, today)
    return InvoicePage(
        state=state,
        invoice=invoice,
        payer=payer,
        expired_at=link.expires_at,
        methods=Way.offered(first, card=can_pay_by_card(), boleto=not payer.is_partner) if is_open else (),
        pix=pix_code(session, invoice, due.total_cents) if is_open else None,
        boleto=boleto,
        bar_code=bar_code(boleto) if boleto and usable else None,
        account=ted_account(session),
        ted=find_latest_ted(session, invoice.id) if is_open else None,
        payment=find_payment_of(session, invoice.id) if state is PageState.PAID else None,
        released_until=released_until(session, invoice.contract_id),
        is_signed=invoice.contract.signed_at is not None,
        is_link_open=tokens.is_valid(link, now),
        due=due,
        service=service,
        others=others_to_pay(session, invoice, today=today) if service.suspended_on else (),
    )


def page_state(invoice: Invoice, link: LinkToken, *, now: datetime) -> PageState:
    """Paid and void are said also behind an old link: nobody is sent looking for a new one in vain."""
    if invoice.state is InvoiceState.PAID:
        return PageState.PAID
    if invoice.state is InvoiceState.IN_AGREEMENT:
        return PageState.AGREED
    if invoice.state is InvoiceState.UNCOLLECTIBLE:
        return PageState.GIVEN_UP
    if invoice.state is not InvoiceState.OPEN:
        return PageState.VOID
    return PageState.OPEN if tokens.is_valid(link, now) else PageState.EXPIRED


def pix_code(session: Session, invoice: Invoice, amount_cents: int) -> PixCode:
    """The Pix of an open invoice for what it costs today; after the due date with the day's charges in it."""
    return pix_of(session, txid_of(invoice.id), amount_cents)


def pix_of(session: Session, txid: str, amount_cents: int) -> PixCode:
    """A Pix of an amount that calls itself by a txid."""
    text = br_code(pix_account(session), amount_cents=amount_cents, txid=txid)
    code = segno.make(text, error="m", micro=False)
    picture = code.svg_inline(
        border=4, omitsize=True, svgclass=None, lineclass=None, dark="#000", light="#fff"
    )
    return PixCode(text=text, picture=Markup(picture))  # noqa: S704 - drawn, nothing typed


def bar_code(boleto: Boleto) -> BarCode:
    """The bars of a boleto."""
    return BarCode(bars=bars(boleto.bar_code), width=width_of(boleto.bar_code))
