"""What the first page of the Central do Assinante says."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from portal.agreements.queries.reading import find_offered
from portal.contracts.rules.states import contract_label
from portal.customers.queries.months import months_of_service
from portal.customers.rules import ServiceMonth
from portal.invoices.models import Invoice
from portal.invoices.queries.due_dates import payable_days
from portal.invoices.queries.late_charges import face_within, lateness_of
from portal.invoices.rules.states import InvoiceKind, InvoiceState
from portal.overdue.rules.trust import TrustOffer
from portal.readjustments.models import RenewalOffer
from portal.readjustments.queries.renewals import open_offers
from portal.subscribers.queries.account import invoices_on_home, services_of
from portal.subscribers.rules import Banner, Due, Service, banner

SOON = timedelta(days=31)
WORST_FIRST = ("refused", "needs", "neutral", "good")


@dataclass(frozen=True, slots=True, kw_only=True)
class OwedInvoice:
    """An invoice to be paid: `total_cents` is what it costs today, with `charges_cents` of lateness in it."""

    invoice: Invoice
    total_cents: int
    charges_cents: int
    is_late: bool

    @property
    def can_be_paid(self) -> bool:
        """Whether it can be paid here; what was given up as uncollectible is a matter for finance."""
        return self.invoice.state is InvoiceState.OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidInvoice:
    """An invoice that is paid: `total_cents` with the `charges_cents` that paying late added to it."""

    invoice: Invoice
    charges_cents: int

    @property
    def total_cents(self) -> int:
        """What was paid for it."""
        return self.invoice.amount_cents + self.charges_cents


@dataclass(frozen=True, slots=True, kw_only=True)
class HomePage:
    """Everything on the first page. `trust` is what a suspended service may have, None where none is;
    `offered` the id of the agreement over what is late that waits for its signature.
    """

    banners: Sequence[tuple[Service | None, Banner]]
    owed: Sequence[OwedInvoice]
    paid: Sequence[PaidInvoice]
    months: Sequence[ServiceMonth]
    trust: TrustOffer | None
    renewals: Sequence[RenewalOffer]
    offered: int | None

    def name_of(self, service: Service | None) -> str:
        """What tells a service from the customer's others; empty for the only one."""
        plans = [each.plan_name for each, _ in self.banners if each]
        if service is None or len(plans) < 2:
            return ""
        is_like_another = plans.count(service.plan_name) > 1
        contract = f", contrato {contract_label(service.contract_id)}" if is_like_another else ""
        return service.plan_name + contract

    @property
    def payable(self) -> Sequence[OwedInvoice]:
        """What of the owed can be paid here."""
        return [each for each in self.owed if each.can_be_paid]

    @property
    def late(self) -> Sequence[OwedInvoice]:
        """What of it is late, where that is more than one: paid together, all of it is settled at once."""
        late = [each for each in self.payable if each.is_late]
        return late if len(late) > 1 else []

    @property
    def late_cents(self) -> int:
        """What all of that costs today."""
        return sum(each.total_cents for each in self.late)

    @property
    def offers_agreement(self) -> bool:
        """Whether something is late that an agreement may join."""
        return any(each.is_late and each.invoice.kind is not InvoiceKind.AGREEMENT for each in self.owed)

    @property
    def has_agreement(self) -> bool:
        """Whether a part of an agreement is to be paid."""
        return any(each.invoice.kind is InvoiceKind.AGREEMENT for each in self.owed)


def home_page(session: Session, *, customer_id: int, today: date) -> HomePage:
    """The first page of a customer on a day."""
    services, offer = services_of(session, customer_id, today=today)
    invoices = invoices_on_home(session, customer_id)
    until = payable_days(session)
    shown: Sequence[Service | None] = services or [None]
    owed = [
        _owed(session, invoice, earlier_cents=cents, payable_until=until(invoice.due_on), today=today)
        for invoice, cents in _due_soon(invoices.owed, today=today)
    ]
    return HomePage(
        banners=sorted(
            ((each, _banner(each, owed, until, is_only=len(services) < 2, today=today)) for each in shown),
            key=lambda pair: WORST_FIRST.index(pair[1].tone),
        ),
        owed=owed,
        paid=[PaidInvoice(invoice=invoice, charges_cents=cents) for invoice, cents in invoices.paid],
        months=months_of_service(session, actor=None, customer_id=customer_id, today=today),
        trust=offer,
        renewals=open_offers(session, customer_id, today=today),
        offered=find_offered(session, customer_id) if any(each.is_late for each in owed) else None,
    )


def _due_soon(owed: Sequence[tuple[Invoice, int]], *, today: date) -> Sequence[tuple[Invoice, int]]:
    """Of an agreement's parts only those due soon: the others stand on its own page."""
    soon = today + SOON
    return [
        (invoice, cents)
        for invoice, cents in owed
        if invoice.kind is not InvoiceKind.AGREEMENT or invoice.due_on <= soon
    ]


def _banner(
    service: Service | None,
    owed: Sequence[OwedInvoice],
    until: Callable[[date], date],
    *,
    is_only: bool,
    today: date,
) -> Banner:
    """What to say of one plan goes by its own invoices."""
    own = [each for each in owed if service is None or each.invoice.contract_id == service.contract_id]
    oldest = min((each.invoice.due_on for each in own), default=None)
    last_day = until(oldest) if oldest else None
    is_agreed = any(each.invoice.kind is InvoiceKind.AGREEMENT for each in owed)
    blocking = [each for each in own if each.is_late or (service is not None and service.returns_with_all)]
    due = Due(
        oldest_on=oldest,
        payable_until=last_day,
        blocking_count=len(blocking),
        blocking_cents=sum(each.total_cents for each in blocking),
        is_elsewhere=is_only and bool(owed),
    )
    return banner(
        service, due, today=today, awaits_entry=is_agreed and (last_day is None or last_day >= today)
    )


def _owed(
    session: Session, invoice: Invoice, *, earlier_cents: int, payable_until: date, today: date
) -> OwedInvoice:
    late = lateness_of(session, invoice, cents=face_within(invoice, invoice.open_cents), day=today)
    charges = late.late_fee_cents + late.late_interest_cents + earlier_cents
    return OwedInvoice(
        invoice=invoice,
        total_cents=invoice.open_cents + charges,
        charges_cents=charges,
        is_late=payable_until < today,
    )
