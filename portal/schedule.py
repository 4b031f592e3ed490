"""Job → when, in São Paulo time: the month on one page. And which errands there are.

Errands have no hour: they run as soon as their transaction commits.
"""

from portal.banking.errands import give_boletos, take_notice
from portal.cards.errands import ERRANDS as CARD_ERRANDS
from portal.cards.jobs import (
    charge_due_cards,
    compare_card_charges,
    expire_card_requests,
    retry_card_charges,
    sweep_cards,
)
from portal.checkout.errands import stop_collecting_errand
from portal.contracts.errands import render_contract, tell_active
from portal.contracts.jobs import end_contracts
from portal.documents.jobs import check_files
from portal.invoices.errands import bill_chunk, tell_of_invoices
from portal.invoices.jobs import bill_subscriptions
from portal.payouts.errands import accrue_repasse
from portal.payouts.jobs import check_books
from portal.quotes.jobs import expire_quotes, remind_of_approvals
from portal.shared import jobs
from portal.shared.errands import ErrandKind
from portal.shared.jobs import daily, every
from portal.shared.mail_delivery import send_mail
from portal.shared.mail_release import release_held_mails
from portal.signatures.errands import seal_document
from portal.signatures.jobs import expire_signatures, remind_of_signatures
from portal.users.errands import answer_reset_request
from portal.users.jobs import forget_old_access

TIMETABLE = (
    (expire_quotes, daily("00:05")),
    (end_contracts, daily("00:10")),
    (expire_signatures, daily("00:15")),
    (expire_card_requests, daily("00:20")),
    (bill_subscriptions, every(minutes=60)),
    (sweep_cards, every(minutes=5)),
    (release_held_mails, every(minutes=15)),
    (charge_due_cards, daily("07:00")),
    (retry_card_charges, daily("08:00")),
    (remind_of_signatures, daily("09:00")),
    (remind_of_approvals, every(minutes=30)),
    (compare_card_charges, daily("03:10")),
    (check_files, daily("03:20")),
    (check_books, daily("03:20")),
    (jobs.forget_old_work, daily("03:30")),
    (forget_old_access, daily("03:40")),
)

ERRANDS: tuple[ErrandKind, ...] = (
    send_mail,
    answer_reset_request,
    render_contract,
    tell_active,
    seal_document,
    *CARD_ERRANDS,
    take_notice,
    stop_collecting_errand,
    accrue_repasse,
    bill_chunk,
    give_boletos,
    tell_of_invoices,
)
