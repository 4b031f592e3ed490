"""Use cases of the quotes room: write, ask for approval, decide, send, answer."""

from portal.quotes.operations.answering import accept_quote, decline_proposal, mark_contracted, record_view
from portal.quotes.operations.approval import approve_quote, counter_quote, reject_quote
from portal.quotes.operations.copying import MAX_ALTERNATIVES, add_alternative, clone_quote
from portal.quotes.operations.drafting import create_quote, revise_quote, save_draft
from portal.quotes.operations.pricing import price, selection_of
from portal.quotes.operations.reminding import REMINDED_AT_ONCE, remind_of_approvals
from portal.quotes.operations.sending import (
    EXPIRED_AT_ONCE,
    expire_quotes,
    prepare_proposal,
    send_proposal,
    void_quote,
)
from portal.quotes.operations.submitting import accept_counter, submit_quote, withdraw_submission

__all__ = [
    "EXPIRED_AT_ONCE",
    "MAX_ALTERNATIVES",
    "REMINDED_AT_ONCE",
    "accept_counter",
    "accept_quote",
    "add_alternative",
    "approve_quote",
    "clone_quote",
    "counter_quote",
    "create_quote",
    "decline_proposal",
    "expire_quotes",
    "mark_contracted",
    "prepare_proposal",
    "price",
    "record_view",
    "reject_quote",
    "remind_of_approvals",
    "revise_quote",
    "save_draft",
    "selection_of",
    "send_proposal",
    "submit_quote",
    "void_quote",
    "withdraw_submission",
]
