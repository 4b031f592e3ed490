"""Tables of the cancellations room."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from portal.cancellations.rules.cases import Answer, CaseState, Offer, Origin, Reason, protocol_of
from portal.contracts.models import Contract
from portal.customers.models import Customer
from portal.partners.models import Partner
from portal.receipts.models.payment import CustomerCredit
from portal.shared.db import Base, id_column
from portal.subscriptions.models import SubscriptionPause
from portal.users.models import User


class CancellationCase(Base):
    """A customer's request to end a contract: one open case a contract.

    `requested_at` is the server's time at the moment of the request; the database refuses one that lies
    before what the log already knows, and any later change (invariant M9). `services` are the codes of the
    lines that end; without any, all does. Who asked alone in the Central do Assinante is `asked_by`, an
    address, and nobody of the portal opened it. What was decided is kept as it was confirmed: `last_day`,
    `refund_cents` and the fate of each open invoice (`fates`: id → fate). Until the last day is over it may
    be taken back, once.
    """

    __tablename__ = "cancellation_cases"
    __table_args__ = (
        ForeignKeyConstraint(
            ["contract_id", "partner_id", "customer_id"],
            ["contracts.id", "contracts.partner_id", "contracts.customer_id"],
        ),
        UniqueConstraint("id", "partner_id", "customer_id"),
        Index(
            "uq_cancellation_cases_open_contract_id",
            "contract_id",
            unique=True,
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_cancellation_cases_customer_id", "customer_id"),
        Index("ix_cancellation_cases_requested_at", "requested_at"),
        Index("ix_cancellation_cases_partner_id_requested_at", "partner_id", "requested_at"),
        Index("ix_cancellation_cases_state_last_day", "state", "last_day"),
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed_at_an_instant"),
        CheckConstraint("closed_at IS NULL OR closed_at >= requested_at", name="closed_after_request"),
        CheckConstraint(
            "(state IN ('canceled', 'taken_back')) = (last_day IS NOT NULL)", name="canceled_on_a_day"
        ),
        CheckConstraint(
            "(opened_by_id IS NULL) = (origin = 'customer') AND (asked_by <> '') = (origin = 'customer')",
            name="opened_by_somebody",
        ),
        CheckConstraint(
            "(state = 'taken_back') = (taken_back_at IS NOT NULL)"
            " AND (state = 'taken_back') = (taken_back_reason <> '')",
            name="taken_back_for_a_reason",
        ),
        CheckConstraint("jsonb_typeof(services) = 'array'", name="services_listed"),
        CheckConstraint("(state = 'retained') = (follow_up_on IS NOT NULL)", name="retained_is_followed_up"),
        CheckConstraint("state = 'open' OR outcome <> ''", name="closed_with_words"),
        UniqueConstraint("credit_id"),
        CheckConstraint("credit_id IS NULL OR state = 'retained'", name="credit_of_who_stays"),
        UniqueConstraint("pause_id"),
        CheckConstraint("pause_id IS NULL OR state = 'retained'", name="pause_of_who_stays"),
        CheckConstraint(
            "refund_cents >= 0 AND (is_withdrawal OR refund_cents = 0)", name="refund_of_withdrawal"
        ),
    )

    id: Mapped[int] = id_column()
    partner_id: Mapped[int] = mapped_column(ForeignKey("partners.id"))
    customer_id: Mapped[int]
    contract_id: Mapped[int]
    origin: Mapped[Origin]
    reason: Mapped[Reason]
    words: Mapped[str]
    requested_at: Mapped[datetime]
    opened_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    asked_by: Mapped[str] = mapped_column(default="")
    services: Mapped[list[Any]] = mapped_column(default=list)
    state: Mapped[CaseState]
    outcome: Mapped[str] = mapped_column(default="")
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    follow_up_on: Mapped[date | None]
    last_day: Mapped[date | None]
    is_withdrawal: Mapped[bool] = mapped_column(default=False)
    refund_cents: Mapped[int] = mapped_column(default=0)
    fates: Mapped[dict[str, Any]] = mapped_column(default=dict)
    credit_id: Mapped[int | None] = mapped_column(ForeignKey(CustomerCredit.id))
    pause_id: Mapped[int | None] = mapped_column(ForeignKey(SubscriptionPause.id))
    taken_back_at: Mapped[datetime | None]
    taken_back_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    taken_back_reason: Mapped[str] = mapped_column(default="")

    contract: Mapped[Contract] = relationship(
        lazy="raise_on_sql",
        primaryjoin=lambda: Contract.id == foreign(CancellationCase.contract_id),
        viewonly=True,
    )
    customer: Mapped[Customer] = relationship(
        lazy="raise_on_sql",
        primaryjoin=lambda: Customer.id == foreign(CancellationCase.customer_id),
        viewonly=True,
    )
    partner: Mapped[Partner] = relationship(lazy="raise_on_sql")
    opened_by: Mapped[User | None] = relationship(lazy="raise_on_sql", foreign_keys=[opened_by_id])
    closed_by: Mapped[User | None] = relationship(lazy="raise_on_sql", foreign_keys=[closed_by_id])
    taken_back_by: Mapped[User | None] = relationship(lazy="raise_on_sql", foreign_keys=[taken_back_by_id])

    @property
    def opener(self) -> str:
        """Who opened it, by name."""
        return self.opened_by.name if self.opened_by else "o próprio cliente"

    @property
    def is_partial(self) -> bool:
        """Whether only some services end."""
        return bool(self.services)

    @property
    def protocol(self) -> str:
        """The number the customer was given."""
        return protocol_of(self.id, self.requested_at)


class CancellationArgument(Base):
    """What was said to keep a customer, and the answer; never changed. Without an offer it is a note.

    `discount_cents` was accepted; who stays gets it as credit. `awaits_reply`: it was said in a chat, and the
    customer has to answer. Nobody said it: the customer did, in the Central do Assinante. A pause of
    `pause_months` was accepted.
    """

    __tablename__ = "cancellation_arguments"
    __table_args__ = (
        CheckConstraint("(offer IS NULL) = (answer IS NULL)", name="answer_to_an_offer"),
        CheckConstraint("words <> ''", name="says_something"),
        CheckConstraint(
            "discount_cents = 0 OR (discount_cents > 0 AND offer IS NOT NULL AND offer = 'discount'"
            " AND answer = 'accepted')",
            name="discount_accepted",
        ),
        CheckConstraint(
            "pause_months = 0 OR (pause_months BETWEEN 1 AND 3 AND offer IS NOT NULL AND offer = 'pause'"
            " AND answer = 'accepted')",
            name="pause_accepted",
        ),
        Index("ix_cancellation_arguments_case_id", "case_id"),
        Index("ix_cancellation_arguments_awaits_reply", "said_at", postgresql_where=text("awaits_reply")),
    )

    id: Mapped[int] = id_column()
    case_id: Mapped[int] = mapped_column(ForeignKey("cancellation_cases.id"))
    offer: Mapped[Offer | None]
    answer: Mapped[Answer | None]
    words: Mapped[str]
    said_at: Mapped[datetime]
    awaits_reply: Mapped[bool] = mapped_column(default=False)
    discount_cents: Mapped[int] = mapped_column(default=0)
    pause_months: Mapped[int] = mapped_column(default=0)
    said_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    said_by: Mapped[User | None] = relationship(lazy="raise_on_sql")
