"""What comes after what: the business on one page.

Each line is (fact, reaction). Reactions run in the order written here, in the transaction of the
fact; a reaction that fails undoes the fact too. Mail and jobs they ask for leave after commit.

Money is received whatever else fails: of what follows `InvoicePaid` and `ContractActivated` only
activation, subscription and coverage happen here; the rest is enqueued as jobs (`docs/journey.md`).
"""

from portal.agreements import reactions as agreements
from portal.agreements.events import AgreementBegan, AgreementBroken, AgreementSigned
from portal.banking import reactions as banking
from portal.cancellations import reactions as cancellations
from portal.cards import reactions as cards
from portal.checkout import reactions as checkout
from portal.contracts import reactions as contracts
from portal.contracts.events import (
    ContractActivated,
    ContractCanceled,
    ContractEnded,
    ContractEnding,
    ContractGenerated,
    ContractSigned,
    EndTakenBack,
    ServicesEnding,
    SignatoryReplaced,
)
from portal.dunning import reactions as dunning
from portal.invoices import reactions as invoices
from portal.invoices.events import (
    CreditNoteIssued,
    InvoiceCollectedAgain,
    InvoiceCredited,
    InvoiceGivenUp,
    InvoiceHeld,
    InvoiceIssued,
    InvoiceLetGo,
    InvoicePaid,
    InvoicePartPaid,
    InvoiceReissued,
    InvoiceReopened,
    InvoicesIssued,
    InvoicesPaid,
    InvoiceVoided,
)
from portal.overdue import reactions as overdue
from portal.payouts import reactions as payouts
from portal.quotes.events import QuoteAccepted
from portal.receipts import reactions as receipts
from portal.receipts.events import CreditUsed, RefundAsked
from portal.shared.events import Reaction
from portal.signatures.events import SignatureCompleted, SignatureDeclined, SignatureExpired, SignatureGiven
from portal.subscriptions import reactions as subscriptions
from portal.tax_notes import reactions as tax_notes
from portal.whatsapp.events import WhatsAppFailed

REACTIONS: tuple[tuple[type, Reaction], ...] = (
    (QuoteAccepted, contracts.draft_contract),
    (SignatureGiven, agreements.take_effect),
    (SignatureCompleted, contracts.record_signature),
    (SignatureDeclined, contracts.record_decline),
    (SignatureDeclined, agreements.record_decline),
    (SignatureExpired, contracts.record_expiry),
    (SignatureExpired, agreements.record_expiry),
    (ContractGenerated, invoices.bill_contract),
    (ContractGenerated, cards.request_card),
    (SignatoryReplaced, cards.ask_new_signatory),
    (ContractSigned, invoices.issue_for_card),
    (ContractSigned, invoices.ask_for_payment),
    (ContractSigned, cards.charge_card),
    (ContractCanceled, invoices.drop_invoices),
    (ContractCanceled, cards.withdraw_card_request),
    (InvoiceIssued, receipts.use_credit),
    (InvoiceIssued, banking.give_boleto),
    (InvoiceReissued, cards.charge_reissued),
    (InvoicesIssued, receipts.use_credits),
    (InvoicesIssued, banking.give_boletos),
    (InvoicesIssued, invoices.tell_of_invoices),
    (CreditUsed, banking.renew_boleto),
    (RefundAsked, cards.refund_card),
    (RefundAsked, banking.return_pix),
    (InvoiceHeld, checkout.stop_collecting),
    (InvoiceLetGo, banking.give_boleto),
    (InvoiceGivenUp, checkout.stop_collecting),
    (InvoiceGivenUp, agreements.withdraw_overtaken),
    (InvoiceCollectedAgain, banking.give_boleto),
    (InvoiceVoided, checkout.stop_collecting),
    (InvoiceVoided, overdue.release_canceled),
    (InvoiceVoided, tax_notes.review_notes),
    (InvoiceVoided, agreements.withdraw_overtaken),
    (InvoicePartPaid, agreements.withdraw_overtaken),
    (AgreementSigned, overdue.release_agreed),
    (AgreementBegan, overdue.release_agreed),
    (AgreementBroken, overdue.look_at_broken),
    (InvoiceCredited, receipts.keep_credit),
    (InvoiceCredited, tax_notes.review_notes),
    (CreditNoteIssued, receipts.keep_credit_of_a_note),
    (CreditNoteIssued, payouts.take_back_of_note),
    (CreditNoteIssued, tax_notes.review_notes),
    (InvoiceReopened, payouts.take_back_of_reopened),
    (InvoiceReopened, banking.give_boleto),
    (InvoiceReopened, tax_notes.review_notes),
    (InvoiceReopened, agreements.follow_return),
    (InvoicePaid, invoices.tell_contract),
    (InvoicePaid, invoices.cover_paid_time),
    (InvoicePaid, agreements.follow_payment),
    (InvoicePaid, overdue.release_paid),
    (InvoicePaid, checkout.stop_collecting_later),
    (InvoicePaid, payouts.accrue_paid_invoice),
    (InvoicesPaid, invoices.cover_paid_times),
    (InvoicesPaid, agreements.withdraw_all_overtaken),
    (InvoicesPaid, overdue.release_all_paid),
    (InvoicesPaid, checkout.stop_collecting_all_later),
    (InvoicesPaid, payouts.accrue_paid_invoices),
    (ContractActivated, invoices.begin_service),
    (ContractActivated, invoices.keep_free_months),
    (ContractActivated, payouts.accrue_first_invoice),
    (ContractActivated, cancellations.follow_change),
    (ServicesEnding, subscriptions.drop_services),
    (EndTakenBack, subscriptions.bill_on),
    (ContractEnding, subscriptions.limit_billing),
    (ContractEnding, invoices.close_months_after),
    (ContractEnded, subscriptions.end_subscription),
    (ContractEnded, overdue.close_ended),
    (WhatsAppFailed, dunning.go_another_way),
)
