"""Every kind of notice: what people are told by mail, if it is still needed when it leaves.

A notice is queued in the transaction of its cause and looked at again at every attempt to send it. One whose
cause is gone, as an invoice paid meanwhile, ends as not needed.
"""

from portal.agreements.notifications import NOTICES as OF_AGREEMENTS
from portal.cancellations.notifications import NOTICES as OF_CANCELLATIONS
from portal.cards.notifications.charges import NOTICES as OF_CHARGES
from portal.cards.notifications.expiring import NOTICES as OF_EXPIRING_CARDS
from portal.cards.notifications.requests import NOTICES as OF_CARD_REQUESTS
from portal.cards.notifications.updates import PAYMENT_UPDATE
from portal.contracts.notifications import NOTICES as OF_CONTRACTS
from portal.dunning.notifications import NOTICES as OF_DUNNING
from portal.invoices.notifications import NOTICES as OF_INVOICES
from portal.overdue.notifications import NOTICES as OF_OVERDUE
from portal.quotes.notifications.approvals import NOTICES as OF_APPROVALS
from portal.quotes.notifications.proposals import NOTICES as OF_PROPOSALS
from portal.quotes.notifications.updates import QUOTE_UPDATE
from portal.readjustments.notifications import NOTICES as OF_READJUSTMENTS
from portal.receipts.notifications import NOTICES as OF_RECEIPTS
from portal.referrals.notifications import NOTICES as OF_REFERRALS
from portal.shared.notices import NoticeKind
from portal.signatures.notifications import NOTICES as OF_SIGNATURES
from portal.subscribers.notifications import NOTICES as OF_SUBSCRIBERS
from portal.users.notifications import NOTICES as OF_PEOPLE

NOTICES: tuple[NoticeKind, ...] = (
    *OF_PEOPLE,
    QUOTE_UPDATE,
    *OF_APPROVALS,
    *OF_PROPOSALS,
    *OF_SIGNATURES,
    *OF_CONTRACTS,
    *OF_INVOICES,
    *OF_OVERDUE,
    *OF_DUNNING,
    *OF_AGREEMENTS,
    *OF_READJUSTMENTS,
    *OF_RECEIPTS,
    *OF_REFERRALS,
    *OF_CARD_REQUESTS,
    *OF_CHARGES,
    *OF_CANCELLATIONS,
    *OF_EXPIRING_CARDS,
    PAYMENT_UPDATE,
    *OF_SUBSCRIBERS,
)
