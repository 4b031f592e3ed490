"""Facts of the invoices room that other rooms react to."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceIssued:
    """An invoice got its number and is owed."""

    invoice_id: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceReissued:
    """An invoice took the place of a void one."""

    invoice_id: int
    contract_id: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoicesIssued:
    """A chunk of a billing run made its invoices; they are owed."""

    chunk_id: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoicePaid:
    """An invoice is paid in full by the payment of this key; `paid_at` is the payment's time, `at` ours.

    `installment_number` is None where it is no payment of its contract: an agreement asks for it.
    """

    invoice_id: int
    contract_id: int
    payment_key: str
    installment_number: int | None
    paid_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoicesPaid:
    """Many invoices are paid in full at once, none a contract's first: what `InvoicePaid` says of each."""

    paid: tuple[InvoicePaid, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceReopened:
    """Money of an invoice went back, in centavos, and is owed again; `cause` is a `ReturnCause`'s value."""

    invoice_id: int
    amount_cents: int
    was_paid: bool
    cause: str
    key: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoicePartPaid:
    """A payment paid a part of an invoice; the rest is open."""

    invoice_id: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceHeld:
    """An invoice is in a debt agreement: nobody is asked for it meanwhile."""

    invoice_id: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceLetGo:
    """An invoice that was in a debt agreement is owed again, as before."""

    invoice_id: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceGivenUp:
    """An open invoice is uncollectible: it stays owed, but nobody is asked for it."""

    invoice_id: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceCollectedAgain:
    """An invoice that was given up is open again, and asked for."""

    invoice_id: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceVoided:
    """An invoice is owed no longer; its number stays taken."""

    invoice_id: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditNoteIssued:
    """An amount of a paid invoice, in centavos, is owed to its payer again, by a credit note."""

    credit_note_id: int
    invoice_id: int
    amount_cents: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceCredited:
    """What was paid of an invoice that was canceled is owed to its payer again, in centavos."""

    invoice_id: int
    amount_cents: int
    at: datetime
