"""Tables of the tax_notes room."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from portal.customers.models import Customer
from portal.invoices.models import Invoice
from portal.partners.models import Partner
from portal.shared.db import Base, id_column
from portal.subscriptions.rules import BilledTo
from portal.tax_notes.rules.states import CancellationState, NoteState, WaitingFor, note_label
from portal.users.models import User


class TaxNoteSeries(Base):
    """The last number given out in a series. Its row is locked while notes take theirs: no gaps."""

    __tablename__ = "tax_note_series"
    __table_args__ = (CheckConstraint("last_number >= 0", name="counts_up"),)

    name: Mapped[str] = mapped_column(primary_key=True)
    last_number: Mapped[int]


class TaxNoteRun(Base):
    """A month whose invoices are looked through for notes: at first from its day on, then every night.

    `after_id` is the last invoice looked at in the present pass, which `finished_at` ends.
    """

    __tablename__ = "tax_note_runs"
    __table_args__ = (
        UniqueConstraint("month"),
        CheckConstraint("extract(day FROM month) = 1", name="of_a_month"),
        CheckConstraint("after_id >= 0", name="cursor_forward"),
    )

    id: Mapped[int] = id_column()
    month: Mapped[date]
    opened_at: Mapped[datetime]
    after_id: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None]


class TaxNote(Base):
    """A nota fiscal of one line of an invoice, from its preparation on.

    `dps_id` is ours and given once with `number`: by it the tax office issues one note, however often it is
    asked. It is worth its line, `amount_cents`, less `discount_cents`, which credit notes took back.
    `access_key` and `fiscal_number` are the office's, `xml` the signed note as it gave it, packed by
    gzip. `taker_*` is who it is issued to, as last sent. `trouble` says why it is rejected or waits: the
    office's words, or names of fields. A note with `replaces_id` takes the place of another. Triggers keep
    what it was made with, let it only go its ways, and refuse notes that do not add up to their invoice.
    """

    __tablename__ = "tax_notes"
    __table_args__ = (
        ForeignKeyConstraint(
            ["invoice_id", "contract_id", "partner_id", "customer_id"],
            [Invoice.id, Invoice.contract_id, Invoice.partner_id, Invoice.customer_id],
        ),
        UniqueConstraint("series", "number"),
        UniqueConstraint("dps_id"),
        UniqueConstraint("access_key"),
        UniqueConstraint("replaces_id"),
        UniqueConstraint("id", "partner_id", "customer_id"),
        Index(
            "uq_tax_notes_invoice_line_id",
            "invoice_line_id",
            unique=True,
            postgresql_where=text("replaces_id IS NULL"),
        ),
        CheckConstraint("number >= 1", name="numbered_from_one"),
        CheckConstraint("dps_id ~ '^DPS[0-9A-Z]{42}$'", name="named_by_the_layout"),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        CheckConstraint("discount_cents BETWEEN 0 AND amount_cents", name="discounted_within"),
        CheckConstraint("description <> ''", name="says_what"),
        CheckConstraint(
            "(state IN ('authorized', 'canceled', 'replaced')) ="
            " (num_nonnulls(access_key, fiscal_number, authorized_at, xml) = 4)"
            " AND num_nonnulls(access_key, fiscal_number, authorized_at, xml) IN (0, 4)",
            name="issued_has_key",
        ),
        CheckConstraint("access_key ~ '^[0-9A-Z]{50}$'", name="key_of_the_layout"),
        CheckConstraint("(state = 'waiting') = (waiting_for IS NOT NULL)", name="waits_for_something"),
        CheckConstraint("state <> 'rejected' OR trouble <> ''", name="rejected_for_a_reason"),
        CheckConstraint("(state IN ('canceled', 'replaced')) = (ended_at IS NOT NULL)", name="ended_once"),
        CheckConstraint("state <> 'sent' OR sent_at IS NOT NULL", name="sent_at_an_instant"),
        CheckConstraint(
            "(replaces_id IS NULL) = (replace_code = '') AND (replaces_id IS NULL) = (replace_reason = '')",
            name="replaces_for_a_reason",
        ),
        Index("ix_tax_notes_invoice_id", "invoice_id"),
        Index("ix_tax_notes_customer_id_month", "customer_id", "month"),
        Index("ix_tax_notes_month_state", "month", "state"),
        Index(
            "ix_tax_notes_open",
            "state",
            "id",
            postgresql_where=text("state IN ('queued', 'sent', 'rejected', 'waiting')"),
        ),
    )

    id: Mapped[int] = id_column()
    month: Mapped[date]
    series: Mapped[str] = mapped_column(ForeignKey("tax_note_series.name"))
    number: Mapped[int]
    dps_id: Mapped[str]
    is_test: Mapped[bool]
    invoice_id: Mapped[int]
    invoice_line_id: Mapped[int] = mapped_column(ForeignKey("invoice_lines.id"))
    contract_id: Mapped[int]
    partner_id: Mapped[int] = mapped_column(ForeignKey("partners.id"))
    customer_id: Mapped[int]
    billed_to: Mapped[BilledTo]
    taker_name: Mapped[str]
    taker_document: Mapped[str]
    description: Mapped[str]
    is_setup: Mapped[bool]
    amount_cents: Mapped[int]
    discount_cents: Mapped[int] = mapped_column(default=0)
    due_on: Mapped[date]
    created_at: Mapped[datetime]
    state: Mapped[NoteState]
    waiting_for: Mapped[WaitingFor | None]
    trouble_code: Mapped[str] = mapped_column(default="")
    trouble: Mapped[str] = mapped_column(default="")
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    access_key: Mapped[str | None]
    fiscal_number: Mapped[str | None]
    authorized_at: Mapped[datetime | None]
    xml: Mapped[bytes | None] = mapped_column(deferred=True)
    ended_at: Mapped[datetime | None]
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("tax_notes.id"))
    replace_code: Mapped[str] = mapped_column(default="")
    replace_reason: Mapped[str] = mapped_column(default="")
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    invoice: Mapped[Invoice] = relationship(
        lazy="raise_on_sql", primaryjoin=lambda: Invoice.id == foreign(TaxNote.invoice_id), viewonly=True
    )
    customer: Mapped[Customer] = relationship(
        lazy="raise_on_sql", primaryjoin=lambda: Customer.id == foreign(TaxNote.customer_id), viewonly=True
    )
    partner: Mapped[Partner] = relationship(
        lazy="raise_on_sql", primaryjoin=lambda: Partner.id == foreign(TaxNote.partner_id), viewonly=True
    )
    asked_by: Mapped[User | None] = relationship(lazy="raise_on_sql", viewonly=True)

    @property
    def net_cents(self) -> int:
        """What it is worth: its line less what credit notes took back of it."""
        return self.amount_cents - self.discount_cents

    @property
    def label(self) -> str:
        """The fiscal number where there is one, else ours."""
        return self.fiscal_number or note_label(self.number, self.series)


class TaxNoteCancellation(Base):
    """That a note is to be canceled, why, and what the tax office said. Only its end is added."""

    __tablename__ = "tax_note_cancellations"
    __table_args__ = (
        ForeignKeyConstraint(
            ["note_id", "partner_id", "customer_id"],
            [TaxNote.id, TaxNote.partner_id, TaxNote.customer_id],
        ),
        Index(
            "uq_tax_note_cancellations_note_id",
            "note_id",
            unique=True,
            postgresql_where=text("state <> 'refused'"),
        ),
        Index("ix_tax_note_cancellations_note_id", "note_id"),
        CheckConstraint("reason <> '' AND code <> ''", name="says_why"),
        CheckConstraint("(state = 'asked') = (ended_at IS NULL)", name="ends_once"),
        CheckConstraint("(state = 'done') = (xml IS NOT NULL)", name="done_has_event"),
        CheckConstraint("(state = 'refused') = (trouble <> '')", name="refused_for_a_reason"),
    )

    id: Mapped[int] = id_column()
    note_id: Mapped[int]
    partner_id: Mapped[int]
    customer_id: Mapped[int]
    code: Mapped[str]
    reason: Mapped[str]
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    state: Mapped[CancellationState]
    trouble_code: Mapped[str] = mapped_column(default="")
    trouble: Mapped[str] = mapped_column(default="")
    ended_at: Mapped[datetime | None]
    xml: Mapped[bytes | None] = mapped_column(deferred=True)

    note: Mapped[TaxNote] = relationship(
        lazy="raise_on_sql",
        primaryjoin=lambda: TaxNote.id == foreign(TaxNoteCancellation.note_id),
        viewonly=True,
    )
    asked_by: Mapped[User] = relationship(lazy="raise_on_sql", viewonly=True)
