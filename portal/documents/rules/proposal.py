"""What a proposal says, as plain data.

Texts are already in Portuguese and formatted: the template only sets them. A proposal is for the
customer, so nothing in it tells minimum, cost or repasse.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalLine:
    """A plan, add-on or app with its monthly price."""

    label: str
    quantity: str
    original: str
    price: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalPayment:
    """One payment of the term."""

    number: str
    due_on: str
    method: str
    amount: str
    covers_until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalAlternative:
    """One offer of the proposal.

    `change` tells in sentences what it changes at a running contract. Where that one goes on, `payments` is
    empty: its own due dates hold.
    """

    title: str
    term: str
    change: tuple[str, ...]
    lines: tuple[ProposalLine, ...]
    monthly: str
    monthly_original: str
    discount: str
    term_total: str
    setup: str
    payment: str
    payments: tuple[ProposalPayment, ...]
    next_term: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalSheet:
    """A proposal as the customer reads it. Empty text means: leave it out."""

    number: str
    issued_on: str
    valid_until: str
    partner_name: str
    partner_document: str
    seller_name: str
    seller_contact: str
    customer_name: str
    customer_document: str
    customer_address: str
    alternatives: tuple[ProposalAlternative, ...]
    link: str
    is_draft: bool
