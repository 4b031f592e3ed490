"""Tables of the signatures room."""

from datetime import date, datetime, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.customers.models import Customer
from portal.documents.models import StoredFile
from portal.partners.models import Partner
from portal.shared.clock import day_of
from portal.shared.db import Base, id_column
from portal.signatures.rules.signing import Signer
from portal.signatures.rules.states import EnvelopeState, EventKind

_OF_CUSTOMER = ["stored_files.id", "stored_files.partner_id", "stored_files.customer_id"]


class Envelope(Base):
    """A file that one person is asked to sign, and what became of it.

    The signatory is copied: whoever edits the customer later changes nobody's signature. `code_*` is the
    code mailed last, kept as a keyed hash; `last_asked_at` when the signatory was last asked by mail.
    `signed_at` is the instant of the person's own act, `sealed_at` when the sealed file was stored;
    `seal_fingerprint` is the SHA-256 of the certificate that sealed. What identifies and proves a signature
    is frozen by a trigger once the person signed.
    """

    __tablename__ = "envelopes"
    __table_args__ = (
        ForeignKeyConstraint(["customer_id", "partner_id"], ["customers.id", "customers.partner_id"]),
        ForeignKeyConstraint(["file_id", "partner_id", "customer_id"], _OF_CUSTOMER),
        ForeignKeyConstraint(["signed_file_id", "partner_id", "customer_id"], _OF_CUSTOMER),
        UniqueConstraint("id", "partner_id"),
        UniqueConstraint("id", "signed_file_id"),
        CheckConstraint("(state = 'signed') = (signed_file_id IS NOT NULL)", name="signed_has_file"),
        CheckConstraint(
            "(state IN ('sealing', 'signed')) = (signed_at IS NOT NULL)", name="signed_has_instant"
        ),
        CheckConstraint("signed_at IS NULL OR agreed_at IS NOT NULL", name="signed_after_agreeing"),
        CheckConstraint("(state = 'declined') = (decline_reason <> '')", name="declined_has_reason"),
        CheckConstraint(
            "postponed_count >= 0 AND postponed_count <= postponements_allowed", name="postponed_within_limit"
        ),
        Index("ix_envelopes_customer_id", "customer_id"),
        Index("ix_envelopes_state_expires_at", "state", "expires_at"),
        Index("ix_envelopes_seal_fingerprint", "seal_fingerprint"),
        Index("ix_envelopes_file_id", "file_id"),
        Index("ix_envelopes_signed_file_id", "signed_file_id"),
    )

    id: Mapped[int] = id_column()
    partner_id: Mapped[int] = mapped_column(ForeignKey("partners.id"))
    customer_id: Mapped[int]
    file_id: Mapped[int]
    title: Mapped[str]
    signer_name: Mapped[str]
    signer_cpf: Mapped[str]
    signer_email: Mapped[str]
    signer_phone: Mapped[str] = mapped_column(default="")
    state: Mapped[EnvelopeState] = mapped_column(default=EnvelopeState.OPEN)
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    expires_at: Mapped[datetime]
    postponed_count: Mapped[int] = mapped_column(default=0)
    postponements_allowed: Mapped[int]
    agreed_at: Mapped[datetime | None]
    code_hash: Mapped[str | None]
    code_sent_at: Mapped[datetime | None]
    code_expires_at: Mapped[datetime | None]
    code_attempts: Mapped[int] = mapped_column(default=0)
    last_asked_at: Mapped[datetime]
    signed_at: Mapped[datetime | None]
    sealed_at: Mapped[datetime | None]
    signed_file_id: Mapped[int | None]
    seal_fingerprint: Mapped[str] = mapped_column(default="")
    seal_is_development: Mapped[bool] = mapped_column(default=False)
    decline_reason: Mapped[str] = mapped_column(default="")
    cancel_reason: Mapped[str] = mapped_column(default="")
    verification_code: Mapped[str] = mapped_column(unique=True)

    partner: Mapped[Partner] = relationship(lazy="raise_on_sql")
    customer: Mapped[Customer] = relationship(lazy="raise_on_sql", overlaps="partner")
    file: Mapped[StoredFile] = relationship(
        foreign_keys="Envelope.file_id",
        primaryjoin="Envelope.file_id == StoredFile.id",
        lazy="raise_on_sql",
        viewonly=True,
    )
    signed_file: Mapped[StoredFile | None] = relationship(
        foreign_keys="Envelope.signed_file_id",
        primaryjoin="Envelope.signed_file_id == StoredFile.id",
        lazy="raise_on_sql",
        viewonly=True,
    )

    @property
    def signer(self) -> Signer:
        """Who may sign."""
        return Signer(
            name=self.signer_name, cpf=self.signer_cpf, email=self.signer_email, phone=self.signer_phone
        )

    @property
    def last_day(self) -> date:
        """The last day on which it can be signed."""
        return day_of(self.expires_at - timedelta(seconds=1))

    @property
    def postponements_left(self) -> int:
        """How often it may still be put off."""
        return self.postponements_allowed - self.postponed_count


class EnvelopeEvent(Base):
    """One step, with when and from where. Triggers refuse to change or remove it."""

    __tablename__ = "envelope_events"
    __table_args__ = (
        ForeignKeyConstraint(["envelope_id", "partner_id"], ["envelopes.id", "envelopes.partner_id"]),
        Index("ix_envelope_events_envelope_id_at", "envelope_id", "at"),
    )

    id: Mapped[int] = id_column()
    envelope_id: Mapped[int]
    partner_id: Mapped[int]
    kind: Mapped[EventKind]
    at: Mapped[datetime]
    ip: Mapped[str] = mapped_column(default="")
    user_agent: Mapped[str] = mapped_column(default="")
    detail: Mapped[str] = mapped_column(default="")
