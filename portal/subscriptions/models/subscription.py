"""What a contract is billed, and until when it is paid."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from calculator import BillingTerms, EqualParts, TermLine
from portal.catalog.rules import FirstPeriodPolicy, ServiceKind, ServiceState
from portal.settings.models import LATE_RATES_LAWFUL, HasLateTerms
from portal.shared.db import Base, id_column
from portal.subscriptions.models.free_month import FreeMonth
from portal.subscriptions.models.pause import SubscriptionPause
from portal.subscriptions.rules import BilledTo, ForecastLine, Place, earlier_places, rows_of_earlier

SPLIT = ("price", "cost", "central_fee", "vendor_share")
EQUAL_PARTS = (
    "{0}_total_cents >= 0 AND {0}_total_cents = {0}_part_cents * payments + {0}_spare"
    " AND {0}_spare >= 0 AND {0}_spare < payments AND {0}_dealt >= 0 AND {0}_dealt < payments"
)


class Subscription(HasLateTerms, Base):
    """Mensalidade em andamento: what a contract is billed, by whom it is owed and when it is due next.

    One a contract, from its activation; a contract that follows another has its own, and the other bills no
    later than `bills_until`. Money is centavos a month, as agreed; `plan_name` is the plan as it was sold.
    `next_number` is the next payment to be billed and `next_due_on` its due date, empty when nothing follows.
    `parked_reason` says why billing passes it by. `counted_from`, `months`, `payments_in_term`, `due_day` and
    `first_ends_on` are its `BillingTerms` and `place_shift` its `Place` in them; an amendment has those of
    the contract it changes. `earlier_places` are those that held before its due day changed.
    `service_state` is as last computed from the facts (room `overdue`). Triggers keep what it was made with
    and let `next_number` only grow.
    """

    __tablename__ = "subscriptions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["contract_id", "partner_id", "customer_id"],
            ["contracts.id", "contracts.partner_id", "contracts.customer_id"],
        ),
        UniqueConstraint("contract_id"),
        UniqueConstraint("contract_id", "partner_id", "customer_id"),
        CheckConstraint("payment_method IN ('boleto', 'card', 'ted')", name="paid_in_a_known_way"),
        CheckConstraint("plan <> '' AND plan_name <> '' AND cycle <> ''", name="of_a_plan"),
        CheckConstraint("months >= 1 AND payments_in_term >= 1", name="term_has_payments"),
        CheckConstraint("due_day BETWEEN 1 AND 31", name="due_on_a_day"),
        CheckConstraint("monthly_cents >= 0 AND cost_cents >= 0", name="amounts_sane"),
        CheckConstraint(
            "(first_period = 'proportional') = (first_ends_on IS NOT NULL)", name="first_days_end_on_a_day"
        ),
        CheckConstraint(LATE_RATES_LAWFUL, name="late_rates_lawful"),
        CheckConstraint("next_number >= 2", name="first_payment_is_in"),
        CheckConstraint("ended_at IS NULL OR bills_until IS NOT NULL", name="ended_on_a_day"),
        CheckConstraint(
            "CASE WHEN next_due_on IS NULL THEN bills_until IS NOT NULL"
            " ELSE ended_at IS NULL AND (bills_until IS NULL OR next_due_on <= bills_until) END",
            name="due_until_it_ends",
        ),
        CheckConstraint("parked_reason <> ''", name="parked_for_a_reason"),
        Index(
            "ix_subscriptions_next_due_on_id",
            "next_due_on",
            "id",
            postgresql_where=text("next_due_on IS NOT NULL"),
        ),
        Index(
            "ix_subscriptions_service_state_id",
            "service_state",
            "id",
            postgresql_where=text("service_state <> 'current'"),
        ),
        Index(
            "ix_subscriptions_parked", "next_due_on", "id", postgresql_where=text("parked_reason IS NOT NULL")
        ),
    )

    id: Mapped[int] = id_column()
    contract_id: Mapped[int]
    partner_id: Mapped[int]
    customer_id: Mapped[int]
    billed_to: Mapped[BilledTo]
    payment_method: Mapped[str]
    plan: Mapped[str]
    plan_name: Mapped[str]
    cycle: Mapped[str]
    service_kind: Mapped[ServiceKind] = mapped_column(default=ServiceKind.SUBSCRIPTION)
    monthly_cents: Mapped[int]
    cost_cents: Mapped[int]
    repasse_cents: Mapped[int]
    counted_from: Mapped[date]
    months: Mapped[int]
    payments_in_term: Mapped[int]
    due_day: Mapped[int]
    first_period: Mapped[FirstPeriodPolicy]
    first_ends_on: Mapped[date | None]
    place_shift: Mapped[int]
    earlier_places: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    next_number: Mapped[int]
    next_due_on: Mapped[date | None]
    bills_until: Mapped[date | None]
    parked_reason: Mapped[str | None]
    service_state: Mapped[ServiceState] = mapped_column(default=ServiceState.CURRENT)
    activated_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    pauses: Mapped[list[SubscriptionPause]] = relationship(
        lazy="raise_on_sql",
        primaryjoin=lambda: Subscription.contract_id == foreign(SubscriptionPause.contract_id),
        order_by=SubscriptionPause.id,
        viewonly=True,
    )

    free_months: Mapped[list[FreeMonth]] = relationship(
        lazy="raise_on_sql",
        primaryjoin=lambda: Subscription.contract_id == foreign(FreeMonth.contract_id),
        order_by=FreeMonth.number,
        viewonly=True,
    )

    @property
    def place(self) -> Place:
        """Where its payments stand."""
        terms = BillingTerms(
            starts_on=self.counted_from,
            months=self.months,
            payments=self.payments_in_term,
            due_day=self.due_day,
            proportional=self.first_ends_on is not None,
            first_ends_on=self.first_ends_on,
        )
        return Place(terms, self.place_shift, earlier_places(self.earlier_places, terms))

    def move(self, place: Place) -> None:
        """Have its payments from now on stand in another place of the same terms (see `DueDayChange`)."""
        self.due_day, self.first_ends_on = place.terms.due_day, place.terms.first_ends_on
        self.place_shift = place.shift
        self.earlier_places = rows_of_earlier(place)


class SubscriptionLine(Base):
    """One line of what a subscription is billed, as integers that give each payment to the centavo.

    A `version` is a set of lines for payments due from `valid_from` on; a set is written at once and never
    changed, a new price is a new set. A line is charged with the contract's payments `first_number` to
    `last_number` (empty: all that follow). Of its `payments` a term, each is `*_part_cents` of each amount,
    and a centavo more in `*_spare` of them from the (`*_dealt` + 1)th on, see `calculator.EqualParts`. The
    price is what is billed; cost, central fee and vendor's share come off it, and what is left is the repasse
    (M11), none where the partner is billed: its price is the cost.
    """

    __tablename__ = "subscription_lines"
    __table_args__ = (
        UniqueConstraint("subscription_id", "version", "position"),
        CheckConstraint("version >= 1 AND position >= 1 AND quantity >= 1", name="counted_from_one"),
        CheckConstraint("code <> '' AND label <> ''", name="says_what"),
        CheckConstraint(
            "first_number >= 1 AND (last_number IS NULL OR last_number >= first_number)",
            name="numbers_forward",
        ),
        CheckConstraint("payments >= 1", name="term_has_payments"),
        *(CheckConstraint(EQUAL_PARTS.format(name), name=f"{name}_in_equal_parts") for name in SPLIT),
        CheckConstraint(
            "price_total_cents ="
            " cost_total_cents + central_fee_total_cents + vendor_share_total_cents + repasse_total_cents",
            name="adds_up",
        ),
    )

    id: Mapped[int] = id_column()
    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscriptions.id"))
    version: Mapped[int]
    valid_from: Mapped[date]
    position: Mapped[int]
    code: Mapped[str]
    label: Mapped[str]
    quantity: Mapped[int]
    first_number: Mapped[int]
    last_number: Mapped[int | None]
    payments: Mapped[int]
    price_total_cents: Mapped[int]
    price_part_cents: Mapped[int]
    price_spare: Mapped[int]
    price_dealt: Mapped[int]
    cost_total_cents: Mapped[int]
    cost_part_cents: Mapped[int]
    cost_spare: Mapped[int]
    cost_dealt: Mapped[int]
    central_fee_total_cents: Mapped[int]
    central_fee_part_cents: Mapped[int]
    central_fee_spare: Mapped[int]
    central_fee_dealt: Mapped[int]
    vendor_share_total_cents: Mapped[int]
    vendor_share_part_cents: Mapped[int]
    vendor_share_spare: Mapped[int]
    vendor_share_dealt: Mapped[int]
    repasse_total_cents: Mapped[int]

    @property
    def price(self) -> EqualParts:
        """What is billed of it over a term."""
        return self._parts("price")

    @property
    def as_charged(self) -> ForecastLine:
        """The line as the rules take it."""
        return ForecastLine(
            self.version,
            self.valid_from,
            self.first_number,
            self.last_number,
            self.payments,
            self.price,
            tuple(self._parts(name) for name in SPLIT[1:]),
        )

    @property
    def as_term_line(self) -> TermLine:
        """The line as the calculator made it."""
        return TermLine(self.code, self.label, self.quantity, *(self._parts(name) for name in SPLIT))

    def _parts(self, name: str) -> EqualParts:
        total, part, spare, dealt = (
            getattr(self, f"{name}_{what}") for what in ("total_cents", "part_cents", "spare", "dealt")
        )
        return EqualParts(total, part, spare, dealt)

    def is_charged_with(self, number: int) -> bool:
        """Whether the contract's payment `number` has it."""
        return self.first_number <= number and (self.last_number is None or number <= self.last_number)


class SubscriptionPrice(Base):
    """What a later set of a subscription's lines comes to, in centavos a month. Append-only.

    It holds for payments due from `valid_from` on, from version 2; until the first of them holds, what the
    subscription began with (`monthly_before_cents` of that first one). A later version with the same day
    takes the place of one that was withdrawn. The cost is there where it changes too.
    """

    __tablename__ = "subscription_prices"
    __table_args__ = (
        UniqueConstraint("subscription_id", "version"),
        CheckConstraint("version >= 2", name="follows_the_first"),
        CheckConstraint("monthly_cents >= 0 AND monthly_before_cents >= 0", name="amounts_sane"),
        CheckConstraint(
            "(cost_cents IS NULL) = (cost_before_cents IS NULL)"
            " AND cost_cents >= 0 AND cost_before_cents >= 0",
            name="cost_sane",
        ),
        Index("ix_subscription_prices_valid_from", "valid_from"),
    )

    id: Mapped[int] = id_column()
    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscriptions.id"))
    version: Mapped[int]
    valid_from: Mapped[date]
    monthly_cents: Mapped[int]
    repasse_cents: Mapped[int]
    monthly_before_cents: Mapped[int]
    cost_cents: Mapped[int | None]
    cost_before_cents: Mapped[int | None]
    written_at: Mapped[datetime]
