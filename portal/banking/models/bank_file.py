"""Files exchanged with the bank, as they were."""

from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from portal.banking.models.account import BankAccount
from portal.banking.rules.bank_files import BankFileKind, BankFileState, Effect
from portal.shared.db import Base, id_column
from portal.users.models import User


class BankFile(Base):
    """A remittance we made or a return we read, of one account. The same content is the same file.

    `number` counts an account's remittances. Its bytes stand in `part_count` parts; what each line says, and
    what it does, in `line_count` lines. `checked_parts` and `applied_parts` say how far a return has come.
    A return that is applied is as far as the one of its shares that is behind.
    `has_repeats`: payments of it are like one another. `created_by` is None for what the bank sent by itself,
    `sent_by` for what a job put into its folder.
    """

    __tablename__ = "bank_files"
    __table_args__ = (
        UniqueConstraint("kind", "sha256"),
        UniqueConstraint("account_id", "number"),
        CheckConstraint("(kind = 'remittance') = (state IN ('made', 'sent'))", name="state_of_kind"),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_at_some_time"),
        CheckConstraint("(kind = 'remittance') = (number IS NOT NULL)", name="remittances_count"),
        CheckConstraint("(state = 'applied') = (applied_at IS NOT NULL)", name="applied_at_some_time"),
        CheckConstraint(
            "part_count >= 1 AND checked_parts BETWEEN 0 AND part_count"
            " AND applied_parts BETWEEN 0 AND part_count",
            name="parts_in_order",
        ),
        CheckConstraint(
            "(state = 'applied') = (kind = 'return' AND applied_parts = part_count)",
            name="applied_to_its_end",
        ),
        Index("ix_bank_files_created_at", "created_at"),
    )

    id: Mapped[int] = id_column()
    kind: Mapped[BankFileKind]
    account_id: Mapped[int] = mapped_column(ForeignKey("bank_accounts.id"))
    number: Mapped[int | None]
    name: Mapped[str]
    sha256: Mapped[str]
    size: Mapped[int]
    line_count: Mapped[int]
    has_repeats: Mapped[bool]
    part_count: Mapped[int]
    checked_parts: Mapped[int]
    applied_parts: Mapped[int]
    state: Mapped[BankFileState]
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    applied_at: Mapped[datetime | None]
    applied_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    sent_at: Mapped[datetime | None]
    sent_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    account: Mapped[BankAccount] = relationship(lazy="raise_on_sql")
    created_by: Mapped[User | None] = relationship(lazy="raise_on_sql", foreign_keys=[created_by_id])
    applied_by: Mapped[User | None] = relationship(lazy="raise_on_sql", foreign_keys=[applied_by_id])
    sent_by: Mapped[User | None] = relationship(lazy="raise_on_sql", foreign_keys=[sent_by_id])

    @property
    def made_by(self) -> str:
        """Who made or brought it, in words; `created_by` must be loaded."""
        return self.created_by.name if self.created_by else self.made_by_itself

    @property
    def made_by_itself(self) -> str:
        """Who does with such a file what nobody does by hand, in words."""
        return "Portal" if self.kind is BankFileKind.REMITTANCE else "Banco"


class BankFilePart(Base):
    """Some lines of a file, as they were; a title and what belongs to it stand in one. Never changed."""

    __tablename__ = "bank_file_parts"
    __table_args__ = (CheckConstraint("place >= 1 AND first_line >= 1", name="from_one"),)

    file_id: Mapped[int] = mapped_column(ForeignKey("bank_files.id"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    first_line: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary)


class BankFileShare(Base):
    """Some of a return's customers, whose lines are applied in order by one worker at a time.

    `place` counts from 0, `count` is how many shares its file has. `applied_parts` of the file's parts are
    done, as far as they are its own; of the next, `left_lines` wait to be done one by one. It only goes on.
    """

    __tablename__ = "bank_file_shares"
    __table_args__ = (
        UniqueConstraint("file_id", "place"),
        CheckConstraint("place >= 0 AND place < count AND applied_parts >= 0", name="place_within"),
    )

    id: Mapped[int] = id_column()
    file_id: Mapped[int] = mapped_column(ForeignKey("bank_files.id"))
    place: Mapped[int]
    count: Mapped[int]
    applied_parts: Mapped[int]
    left_lines: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))


class BankFileLine(Base):
    """What one title of a file says. Of a return, `effect` is what it does, or did; nothing else changes.

    `number` is our number, `our_number` as it is written; `likeness` is what like payments have in common.
    `note` says of a remittance what is asked for. `fee_cents` and `credited_cents` are a return's. `share`
    says of a checked one whose it is, should the return have several.
    """

    __tablename__ = "bank_file_lines"

    file_id: Mapped[int] = mapped_column(ForeignKey("bank_files.id"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int | None]
    our_number: Mapped[str]
    what: Mapped[str]
    reasons: Mapped[str]
    amount_cents: Mapped[int]
    fee_cents: Mapped[int | None]
    credited_cents: Mapped[int | None]
    pix: Mapped[str]
    likeness: Mapped[str | None]
    effect: Mapped[Effect | None]
    note: Mapped[str]
    share: Mapped[int | None]


class BankNotice(Base):
    """What the bank told us by itself, word for word. Told again it is the same notice (S1)."""

    __tablename__ = "bank_notices"
    __table_args__ = (Index("ix_bank_notices_received_at", "received_at"),)

    id: Mapped[int] = id_column()
    sha256: Mapped[str] = mapped_column(unique=True)
    is_file: Mapped[bool]
    body: Mapped[bytes] = deferred(mapped_column(LargeBinary))
    received_at: Mapped[datetime]
    processed_at: Mapped[datetime | None]
