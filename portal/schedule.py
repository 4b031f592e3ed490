"""Scheduled job → when, in São Paulo time: the month on one page. And which jobs the queue knows.

A queued job has no hour: it runs as soon as its transaction commits.
"""

from portal.agreements.jobs import render_agreement, withdraw_stale
from portal.agreements.scheduled import break_agreements
from portal.banking.jobs import (
    apply_return,
    check_return,
    give_boletos,
    match_statement,
    process_notice,
    put_remittance,
    return_pix,
)
from portal.banking.scheduled import collect_returns, send_remittances, settle_due_boletos
from portal.cancellations.scheduled import call_silent_chats, watch_cancellations
from portal.cards.jobs import JOBS as CARD_JOBS
from portal.cards.scheduled import (
    charge_due_cards,
    compare_card_charges,
    expire_card_requests,
    retry_card_charges,
    sweep_cards,
    tell_of_expiring_cards,
)
from portal.checkout.jobs import stop_collecting
from portal.contracts.jobs import drop_changes, render_contract, tell_active
from portal.contracts.scheduled import end_contracts
from portal.documents.scheduled import check_files
from portal.dunning.jobs import release_dunning
from portal.dunning.scheduled import end_calls, prepare_dunning
from portal.invoices.jobs import bill_chunk, tell_of_invoices
from portal.invoices.scheduled import bill_subscriptions, cover_free_months
from portal.overdue.jobs import recompute_overdue, tell_of_overdue
from portal.overdue.scheduled import look_at_overdue
from portal.payouts.jobs import accrue_repasse, close_payouts
from portal.payouts.scheduled import check_books, fold_sums
from portal.quotes.scheduled import expire_quotes, remind_of_approvals
from portal.readjustments.jobs import write_chunk
from portal.readjustments.scheduled import offer_next_terms, show_new_prices
from portal.receipts.jobs import use_credit
from portal.receipts.scheduled import ask_about_refunds
from portal.referrals.scheduled import give_referral_discounts
from portal.sandbox_bank.scheduled import pay_by_habit
from portal.shared import schedule
from portal.shared.mail_delivery import send_mail
from portal.shared.mail_release import release_held_mails
from portal.shared.queue import JobKind
from portal.shared.schedule import daily, every
from portal.signatures.jobs import seal_document
from portal.signatures.scheduled import expire_signatures, remind_of_signatures
from portal.subscribers.jobs import answer_subscriber_sign_in
from portal.subscribers.scheduled import forget_old_subscriber_access
from portal.tax_notes.jobs import TAX_JOBS
from portal.tax_notes.scheduled import chase_tax_notes, prepare_tax_notes
from portal.users.jobs import answer_reset_request
from portal.users.scheduled import forget_old_access, tell_of_failed_jobs
from portal.whatsapp.jobs import WHATSAPP_JOBS
from portal.whatsapp.scheduled import sweep_whatsapp

TIMETABLE = (
    (expire_quotes, daily("00:05")),
    (end_contracts, daily("00:10")),
    (cover_free_months, daily("00:12")),
    (expire_signatures, daily("00:15")),
    (expire_card_requests, daily("00:20")),
    (show_new_prices, daily("00:25")),
    (offer_next_terms, daily("09:30")),
    (look_at_overdue, daily("00:40")),
    (prepare_tax_notes, daily("02:00")),
    (chase_tax_notes, every(minutes=60)),
    (break_agreements, daily("00:50")),
    (settle_due_boletos, daily("06:00")),
    (bill_subscriptions, every(minutes=60)),
    (send_remittances, daily("07:30")),
    (sweep_cards, every(minutes=5)),
    (collect_returns, every(minutes=5)),
    (ask_about_refunds, every(minutes=30)),
    (sweep_whatsapp, every(minutes=10)),
    (release_held_mails, every(minutes=15)),
    (prepare_dunning, every(minutes=30)),
    (end_calls, every(minutes=10)),
    (charge_due_cards, daily("07:00")),
    (retry_card_charges, daily("08:00")),
    (tell_of_expiring_cards, daily("09:00")),
    (remind_of_signatures, daily("09:00")),
    (give_referral_discounts, daily("05:30")),
    (watch_cancellations, daily("18:00")),
    (call_silent_chats, every(minutes=1)),
    (remind_of_approvals, every(minutes=30)),
    (tell_of_failed_jobs, every(minutes=10)),
    (compare_card_charges, daily("03:10")),
    (check_files, daily("03:20")),
    (fold_sums, every(minutes=10)),
    (check_books, daily("03:20")),
    (schedule.forget_old_work, daily("03:30")),
    (forget_old_access, daily("03:40")),
    (forget_old_subscriber_access, daily("03:40")),
)

# Of a demonstration alone, beside the rest.
DEMO_TIMETABLE = ((pay_by_habit, daily("06:00")),)

JOB_KINDS: tuple[JobKind, ...] = (
    send_mail,
    answer_reset_request,
    answer_subscriber_sign_in,
    render_contract,
    render_agreement,
    withdraw_stale,
    tell_active,
    drop_changes,
    seal_document,
    *CARD_JOBS,
    process_notice,
    stop_collecting,
    accrue_repasse,
    close_payouts,
    bill_chunk,
    recompute_overdue,
    tell_of_overdue,
    use_credit,
    release_dunning,
    give_boletos,
    check_return,
    apply_return,
    put_remittance,
    return_pix,
    match_statement,
    tell_of_invoices,
    write_chunk,
    *TAX_JOBS,
    *WHATSAPP_JOBS,
)
