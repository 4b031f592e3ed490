"""The credit a payer has left: asked of rooms downstream, which know payments."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, null, select
from sqlalchemy.orm import Session

from portal.shared.questions import Question, ask


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditUsedOn:
    """An invoice that a credit paid a part of, and how much, in centavos."""

    invoice_id: int
    label: str
    cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditLeft:
    """A credit that is not used up: `left_cents` of `amount_cents`, and in words where it came from.

    `payment_id` is the payment it came of, `invoice_id` the invoice that was for, as far as there are such.
    """

    amount_cents: int
    left_cents: int
    origin: str
    payment_id: int | None
    invoice_id: int | None
    invoice_label: str
    used_on: Sequence[CreditUsedOn]


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditColumn:
    """Credit as a column of another statement, and how it is read."""

    column: ColumnElement[Any]
    read: Callable[[Any], Sequence[CreditLeft]]


@dataclass(frozen=True, slots=True)
class CreditOf(Question[CreditColumn]):
    """What a customer, whom the asker may see, has left of its own credits, the oldest first."""

    customer_id: int


@dataclass(frozen=True, slots=True)
class CreditOfPartner(Question[Sequence[CreditLeft]]):
    """What a partner, whom the asker may see, has left of its own credits, the oldest first."""

    partner_id: int


def list_partner_credit(session: Session, partner_id: int) -> Sequence[CreditLeft]:
    """What a partner, whom the asker may see, has left as credit for invoices it owes itself."""
    return [credit for told in ask(session, CreditOfPartner(partner_id)) for credit in told]


def credit_column(session: Session, customer_id: int) -> CreditColumn:
    """A column with what a customer, whom the asker may see, has left as credit: a page reads it along."""
    told = ask(session, CreditOf(customer_id))
    return told[0] if told else CreditColumn(column=null(), read=lambda _value: ())


def list_credit(session: Session, customer_id: int) -> Sequence[CreditLeft]:
    """What a customer, whom the asker may see, has left as credit."""
    asked = credit_column(session, customer_id)
    return asked.read(session.scalar(select(asked.column)))
