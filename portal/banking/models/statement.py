"""Statements of our accounts, and the credits they tell of."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from portal.banking.models.account import BankAccount
from portal.banking.rules.statement import LineOutcome
from portal.receipts.models.ted_credit import TedCredit
from portal.shared.db import Base, id_column
from portal.users.models import User


class BankStatement(Base):
    """A statement (extrato) as somebody at finance brought it. The same content is the same statement.

    `entries` of it were read; the `known` ones among them, and what went out, are no lines of this one.
    """

    __tablename__ = "bank_statements"
    __table_args__ = (
        UniqueConstraint("sha256"),
        CheckConstraint("last_on >= first_on", name="days_forward"),
        CheckConstraint("entries >= 0 AND debits >= 0 AND known >= 0", name="counts"),
        Index("ix_bank_statements_created_at", "created_at"),
    )

    id: Mapped[int] = id_column()
    account_id: Mapped[int] = mapped_column(ForeignKey("bank_accounts.id"))
    name: Mapped[str]
    sha256: Mapped[str]
    content: Mapped[bytes] = deferred(mapped_column(LargeBinary, nullable=False))
    first_on: Mapped[date]
    last_on: Mapped[date]
    entries: Mapped[int]
    debits: Mapped[int]
    known: Mapped[int]
    created_at: Mapped[datetime]
    created_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))

    account: Mapped[BankAccount] = relationship(lazy="raise_on_sql")
    created_by: Mapped[User] = relationship(lazy="raise_on_sql")


class StatementLine(Base):
    """A credit of an account, once for its FITID, whichever statement tells of it again.

    What it says is kept by a trigger; `outcome` is what became of it, `credit_id` the TED that it is.
    """

    __tablename__ = "statement_lines"
    __table_args__ = (
        UniqueConstraint("account_id", "fitid"),
        UniqueConstraint("credit_id"),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        CheckConstraint("(outcome IN ('waiting', 'other')) = (credit_id IS NULL)", name="matched_is_a_ted"),
        Index("ix_statement_lines_statement_id_outcome", "statement_id", "outcome"),
    )

    id: Mapped[int] = id_column()
    statement_id: Mapped[int] = mapped_column(ForeignKey("bank_statements.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("bank_accounts.id"))
    line: Mapped[int]
    fitid: Mapped[str]
    posted_on: Mapped[date]
    amount_cents: Mapped[int]
    text: Mapped[str]
    outcome: Mapped[LineOutcome]
    credit_id: Mapped[int | None] = mapped_column(ForeignKey("ted_credits.id"))

    statement: Mapped[BankStatement] = relationship(lazy="raise_on_sql")
    account: Mapped[BankAccount] = relationship(lazy="raise_on_sql")
    credit: Mapped[TedCredit | None] = relationship(lazy="raise_on_sql")

    @property
    def said(self) -> LineOutcome:
        """What became of it by now: what was in doubt may be decided since. Its credit must be loaded."""
        if self.outcome is LineOutcome.DOUBT and self.credit is not None and self.credit.is_same is not None:
            return LineOutcome.KNOWN if self.credit.is_same else LineOutcome.PARKED
        return self.outcome

    @property
    def invoice_label(self) -> str:
        """The invoice of the TED it is, "" while there is none. Credit and transfer must be loaded."""
        transfer = self.credit.transfer if self.credit is not None else None
        return transfer.invoice.label if transfer is not None else ""
