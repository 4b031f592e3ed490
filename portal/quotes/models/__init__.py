"""Tables of the quotes room, split by noun."""

from portal.quotes.models.approval import Approval
from portal.quotes.models.proposal import Proposal, ProposalView
from portal.quotes.models.quote import Quote
from portal.quotes.models.version import QuoteVersion

__all__ = ["Approval", "Proposal", "ProposalView", "Quote", "QuoteVersion"]
