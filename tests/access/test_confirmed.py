"""Before money moves and settings or people change, whoever asks proves again who they are."""

from flask import Flask
from sqlalchemy import update

from portal.shared.auth import Permission
from portal.shared.db import db
from portal.users.models import UserSession
from tests.access.asking import Caller, method_of
from tests.access.table import TABLE
from tests.access.writes import WRITES
from tests.factories.town import SUL
from tests.support.town import TownHall, changes

CONFIRMED = {
    # money
    "agreements.make",
    "agreements.undo",
    "invoices.waive_charges",
    "receipts.refund_ask",
    "receipts.refund_drop",
    "receipts.refund_pay",
    "receipts.parked_confirm",
    "receipts.parked_decide",
    "receipts.parked_undo",
    "banking.account_open",
    "banking.account_save",
    "banking.fault_waive",
    "banking.remittance_make",
    "banking.remittance_put",
    "banking.remittance_sent",
    "banking.return_apply",
    "banking.statement_line_is_ted",
    "banking.statement_upload",
    "receipts.ted_doubt",
    "receipts.ted_confirm",
    "receipts.ted_confirm_again",
    "receipts.ted_refuse",
    "payouts.close",
    "payouts.pay",
    "payouts.undo_payment",
    "payouts.reverse",
    "payouts.restore",
    "invoices.bill_now",
    "invoices.collect",
    "invoices.free_months_give",
    "invoices.give_up",
    "invoices.issue_again",
    "invoices.issue_note",
    "invoices.unpark",
    "tax_notes.cancel",
    "tax_notes.replace",
    # what is sold, and on which terms
    "readjustments.hold",
    "readjustments.import_months",
    "readjustments.lift",
    "readjustments.release",
    "subscribers.erase_data",
    "catalog.change_first_period",
    "catalog.publish",
    "dunning.change_price",
    "contracts.template_write",
    "overdue.key_new",
    "overdue.key_revoke",
    "settings.agree",
    "settings.save",
    "settings.withdraw",
    # partners and people
    "partners.disable",
    "partners.enable",
    "partners.member_disable",
    "partners.member_enable",
    "partners.member_invite",
    "partners.member_resend",
    "partners.member_reset_factors",
    "partners.member_save",
    "partners.member_sign_out",
    "partners.person_disable",
    "partners.person_enable",
    "partners.person_invite",
    "partners.person_resend",
    "partners.person_reset_factors",
    "partners.person_save",
    "partners.person_sign_out",
    "partners.register",
    "partners.save",
    # one's own second factor
    "users.add_passkey",
    "users.begin_totp",
    "users.confirm_totp",
    "users.passkey_challenge",
    "users.remove_passkey",
    "users.remove_totp",
    "users.renew_recovery_codes",
    "users.totp",
}
# Whoever may do one of these things moves money, or decides who may.
WEIGHTY = {
    Permission.CLOSE_PAYOUTS,
    Permission.CONFIRM_PAYMENTS,
    Permission.EXCHANGE_BANK_FILES,
    Permission.MANAGE_CONTRACT_TEMPLATES,
    Permission.MANAGE_INDEX,
    Permission.MANAGE_PARTNERS,
    Permission.MANAGE_PRICE_LISTS,
    Permission.MANAGE_SETTINGS,
    Permission.MANAGE_TEAM,
    Permission.MANAGE_USERS,
    Permission.RELEASE_READJUSTMENTS,
}
# They change nothing: a file shown before it is applied or published, a preview, the bank of the tests.
HARMLESS = {
    "catalog.check",
    "contracts.template_preview",
    "banking.return_upload",
    "sandbox_bank.sandbox_act",
    "sandbox_bank.sandbox_payer_set",
    "sandbox_bank.sandbox_payers_set",
}


class TestTheRouteTable:
    def test_says_what_needs_a_proof(self, app: Flask) -> None:
        views = app.view_functions.items()
        assert {name for name, view in views if getattr(view, "needs_confirmation", False)} == CONFIRMED

    def test_leaves_no_write_of_weight_without_one(self, app: Flask) -> None:
        weighty = {
            name for name in WRITES if getattr(app.view_functions[name], "permission", None) in WEIGHTY
        }
        assert weighty - CONFIRMED == HARMLESS


class TestWhoeverProvedNothingLately:
    def test_is_asked_first_and_nothing_happens(self, hall: TownHall) -> None:
        with hall.app.app_context():
            db.session.execute(update(UserSession).values(confirmed_at=None))
            db.session.commit()
        before = hall.rows()
        for endpoint in sorted(CONFIRMED):
            caller = Caller(hall, min(TABLE[endpoint].who))
            answer, fragment = caller.ask(endpoint, SUL), caller.ask(endpoint, SUL, htmx=True)
            assert fragment.status_code == 401, endpoint
            assert "Confirme que é você" in fragment.text
            if method_of(endpoint) == "GET":
                assert answer.headers["Location"].startswith("/confirmar?proximo="), endpoint
            else:
                assert answer.status_code == 401, endpoint
                assert "Confirme que é você" in answer.text
        assert changes(before, hall.rows()) == {}
