"""A version of a quote: the selection and the price it was given, frozen when it leaves draft."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from portal.catalog.rules import FirstPeriodPolicy, ServiceKind
from portal.customers.models import Customer
from portal.quotes.models.approval import Approval
from portal.quotes.models.quote import Quote
from portal.quotes.rules.labels import margin_basis_points
from portal.quotes.rules.states import QuoteState, has_expired
from portal.shared.db import Base, id_column

REACHED_CUSTOMER = "('approved', 'sent', 'accepted', 'contracted', 'declined', 'expired')"


class QuoteVersion(Base):
    """Everything a price was made of is copied here (M7): list, engine, percentages, minimums.

    Money in centavos a month; `setup_*` once, None without setup fee. `first_period` and `due_day` are
    how its months will be billed, `service_kind` what follows when they are late, all as the plan was sold
    when it was priced. `approved_*` is the lowest
    price somebody with the authority agreed to (M6), `approval_id` by which answer. `expires_on` is
    the last day on which these prices stand. Triggers refuse to change the frozen part of a version
    that left draft, and to make it a draft again.
    """

    __tablename__ = "quote_versions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["quote_id", "partner_id", "customer_id"],
            ["quotes.id", "quotes.partner_id", "quotes.customer_id"],
        ),
        ForeignKeyConstraint(
            ["quote_id", "partner_id", "owner_id"],
            ["quotes.id", "quotes.partner_id", "quotes.owner_id"],
            onupdate="CASCADE",
        ),
        ForeignKeyConstraint(
            ["approval_id", "quote_id"],
            ["approvals.id", "approvals.quote_id"],
            name="fk_quote_versions_approval_id",
            use_alter=True,
        ),
        UniqueConstraint("quote_id", "number"),
        UniqueConstraint("id", "quote_id", "partner_id"),
        CheckConstraint("negotiated_cents >= minimum_cents", name="not_below_minimum"),
        CheckConstraint(
            "minimum_cents >= 0 AND original_cents >= minimum_cents AND cost_cents >= 0", name="amounts_sane"
        ),
        CheckConstraint(
            "(setup_cents IS NULL) = (setup_minimum_cents IS NULL)"
            " AND (setup_cents IS NULL OR setup_cents >= setup_minimum_cents)",
            name="setup_not_below_minimum",
        ),
        CheckConstraint(
            f"NOT approval_required OR state NOT IN {REACHED_CUSTOMER} OR"
            " (approved_cents IS NOT NULL AND negotiated_cents >= approved_cents"
            " AND (setup_cents IS NULL OR (approved_setup_cents IS NOT NULL"
            " AND setup_cents >= approved_setup_cents)))",
            name="approved_before_customer",
        ),
        CheckConstraint("due_day BETWEEN 1 AND 31", name="due_on_a_day"),
        CheckConstraint("(approved_cents IS NULL) = (approval_id IS NULL)", name="approved_by_somebody"),
        CheckConstraint(
            "state <> 'sent' OR (sent_at IS NOT NULL AND expires_on IS NOT NULL)", name="sent_expires"
        ),
        CheckConstraint("(state = 'voided') = (void_reason IS NOT NULL)", name="void_has_reason"),
        Index(
            "uq_quote_versions_live",
            "quote_id",
            unique=True,
            postgresql_where=text("is_live"),
        ),
        *(
            Index(
                f"ix_quote_versions_live_{name}",
                *columns,
                postgresql_where=text("is_live"),
            )
            for name, columns in {
                "partner_changed": ("partner_id", "changed_at"),
                "partner_state": ("partner_id", "state", "changed_at"),
                "state": ("state", "changed_at"),
                "changed": ("changed_at",),
                "customer": ("customer_id", "changed_at"),
                "amount": ("negotiated_cents",),
                "discount": ("discount_basis_points",),
                "owner_changed": ("owner_id", "changed_at"),
                "owner_state": ("owner_id", "state", "changed_at"),
                "partner_amount": ("partner_id", "negotiated_cents"),
                "partner_discount": ("partner_id", "discount_basis_points"),
                "expires": ("state", "expires_on"),
            }.items()
        ),
    )

    id: Mapped[int] = id_column()
    quote_id: Mapped[int]
    partner_id: Mapped[int] = mapped_column(ForeignKey("partners.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"))  # the quote's, kept here for the indexes
    number: Mapped[int]
    is_live: Mapped[bool] = mapped_column(default=True)
    state: Mapped[QuoteState]
    lock_version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    created_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    price_list_id: Mapped[int] = mapped_column(ForeignKey("price_lists.id"))
    engine_version: Mapped[str]
    selection: Mapped[dict[str, Any]]
    breakdown: Mapped[dict[str, Any]]
    plan: Mapped[str]
    term: Mapped[str]
    months: Mapped[int]
    arrangement: Mapped[str]
    tier: Mapped[str]
    payment_method: Mapped[str]
    installments: Mapped[int]
    first_period: Mapped[FirstPeriodPolicy]
    due_day: Mapped[int]
    service_kind: Mapped[ServiceKind] = mapped_column(default=ServiceKind.SUBSCRIPTION)
    original_cents: Mapped[int]
    minimum_cents: Mapped[int]
    negotiated_cents: Mapped[int]
    free_down_to_cents: Mapped[int]
    cost_cents: Mapped[int]
    repasse_cents: Mapped[int]
    discount_basis_points: Mapped[int]
    setup_cents: Mapped[int | None]
    setup_minimum_cents: Mapped[int | None]
    setup_free_down_to_cents: Mapped[int | None]

    approval_required: Mapped[bool]
    approved_cents: Mapped[int | None]
    approved_setup_cents: Mapped[int | None]
    approval_id: Mapped[int | None]

    sent_at: Mapped[datetime | None]
    expires_on: Mapped[date | None]
    answered_at: Mapped[datetime | None]
    decline_reason: Mapped[str | None]
    void_reason: Mapped[str | None]
    close_note: Mapped[str] = mapped_column(default="")

    quote: Mapped[Quote] = relationship(
        lazy="raise_on_sql",
        primaryjoin=lambda: Quote.id == foreign(QuoteVersion.quote_id),
        overlaps="customer",
    )
    customer: Mapped[Customer] = relationship(lazy="raise_on_sql", foreign_keys=customer_id, overlaps="quote")
    approval: Mapped[Approval | None] = relationship(
        lazy="raise_on_sql",
        primaryjoin=lambda: Approval.id == foreign(QuoteVersion.approval_id),
        viewonly=True,
    )

    __mapper_args__ = {"version_id_col": lock_version}  # noqa: RUF012 - SQLAlchemy reads it so

    @property
    def needs_approval(self) -> bool:
        """Whether somebody still has to agree before this price may reach the customer."""
        return self.approval_required and self.approved_cents is None

    def is_expired_on(self, today: date) -> bool:
        """Whether its prices no longer stand on a day."""
        return has_expired(self.expires_on, today)

    @property
    def margin_basis_points(self) -> int:
        """What the price leaves above its cost, in hundredths of a percent of the price."""
        return margin_basis_points(self.negotiated_cents, self.cost_cents)
