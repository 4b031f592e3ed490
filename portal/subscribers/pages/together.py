"""What the page says on which several invoices are paid together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from portal.banking.models.boleto import Boleto
from portal.banking.models.joint_pix import JointPix
from portal.banking.queries.joint_pix import list_joined
from portal.banking.rules.boleto import LIVE, BoletoState
from portal.banking.rules.pix import joint_txid_of
from portal.cards.models.cards import Card
from portal.cards.queries.cards import can_pay_by_card
from portal.checkout.pages.invoice_page import PixCode, pix_of
from portal.checkout.queries import list_boletos
from portal.invoices.models import Invoice
from portal.invoices.queries.late_charges import due_of_each
from portal.invoices.rules.states import InvoiceState
from portal.subscribers.queries.together import card_of_all


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedInvoice:
    """One of the invoices, what it costs today in centavos, and its newest boleto."""

    invoice: Invoice
    total_cents: int
    boleto: Boleto | None

    @property
    def is_open(self) -> bool:
        return self.invoice.state is InvoiceState.OPEN

    @property
    def has_slip(self) -> bool:
        """Whether its boleto can be paid now."""
        return self.boleto is not None and self.boleto.state is BoletoState.REGISTERED


@dataclass(frozen=True, slots=True, kw_only=True)
class TogetherPage:
    """Everything on the page. `pix` is of what is still open, None where nothing is."""

    invoices: Sequence[JoinedInvoice]
    total_cents: int
    pix: PixCode | None
    card: Card | None
    takes_cards: bool

    @property
    def open(self) -> Sequence[JoinedInvoice]:
        return [each for each in self.invoices if each.is_open]

    @property
    def lacks_slips(self) -> bool:
        """Whether one has no boleto that can be, or will be, paid."""
        return any(each.boleto is None or each.boleto.state not in LIVE for each in self.open)


def together_page(session: Session, joint: JointPix, *, today: date) -> TogetherPage:
    """The page as things stand on a day."""
    joined = _joined(session, list_joined(session, joint.id), today)
    total = sum(each.total_cents for each in joined)
    return TogetherPage(
        invoices=joined,
        total_cents=total,
        pix=pix_of(session, joint_txid_of(joint.id), total) if total else None,
        card=card_of_all(session, [each.invoice for each in joined if each.is_open]) if total else None,
        takes_cards=can_pay_by_card(),
    )


def _joined(session: Session, invoices: Sequence[Invoice], today: date) -> Sequence[JoinedInvoice]:
    """As many statements for many invoices as for two."""
    are_open = [each for each in invoices if each.state is InvoiceState.OPEN]
    costs = due_of_each(session, are_open, today)
    total = {each.id: due.total_cents for each, due in zip(are_open, costs, strict=True)}
    boletos = list_boletos(session, list(total))
    return [
        JoinedInvoice(invoice=each, total_cents=total.get(each.id, 0), boleto=boletos.get(each.id))
        for each in invoices
    ]
