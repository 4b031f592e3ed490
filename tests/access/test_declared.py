"""What every view declares, and what no request may do whoever sends it (invariants A2, A4, T2)."""

import logging
import re

import pytest
from flask import Flask
from flask_wtf.csrf import CSRFProtect

from portal.shared.auth import Permission
from tests.access.asking import OWN, Caller, both_ways, method_of, sides_of, words_of
from tests.access.reads import READS
from tests.access.rows import ANYBODY, NOBODY
from tests.access.table import TABLE
from tests.access.writes import WRITES
from tests.factories.town import SUL
from tests.support.town import TownHall, changes

PUBLIC = {
    "health.show",
    "checkout.ask_for_boleto",
    "cards.card_setup_again",
    "cards.card_told",
    "cards.charge_told",
    "cards.confirm_charge",
    "checkout.go_to_card",
    "checkout.invoice_page",
    "checkout.payers_invoice_pdf",
    "checkout.payers_receipt",
    "checkout.release_in_trust",
    "checkout.invoice_state",
    "cards.register_card",
    "checkout.send_proof",
    "checkout.slip",
    "banking.bank_webhook",
    "sandbox_bank.return_pix",
    "cancellations.customers_receipt",
    "cards.processor_webhook",
    "overdue.access",
    "overdue.api_page",
    "overdue.openapi_document",
    "quotes.proposal",
    "quotes.proposal_accept",
    "quotes.proposal_decline",
    "quotes.public_pdf",
    "signatures.check_file",
    "signatures.confirm",
    "signatures.decline",
    "signatures.document",
    "signatures.identify",
    "signatures.postpone",
    "signatures.postponed",
    "signatures.progress",
    "signatures.send_code",
    "signatures.sign",
    "signatures.verified",
    "signatures.verify",
    "static",
    "subscribers.enter",
    "subscribers.entry",
    "subscribers.leave",
    "subscribers.request_link",
    "subscribers.sign_in",
    "users.accept_invitation",
    "users.forgotten_password",
    "users.invitation",
    "users.new_password",
    "users.request_password_reset",
    "users.second_step",
    "users.second_step_challenge",
    "users.take_second_step",
    "users.reset_password",
    "users.sign_in",
    "users.sign_in_now",
    "users.sign_out",
    "whatsapp.whatsapp_challenge",
    "whatsapp.whatsapp_webhook",
}
SECRETS = ("secret", "invitation", "reset", "signing", "paying", "card", "confirming", "entering")
SAME_PURPOSE = {"confirming", "paying"}
# Other servers call these; what stands in for the token is a signature over the body.
SIGNED = {
    "banking.bank_webhook",
    "cards.processor_webhook",
    "sandbox_bank.return_pix",
    "whatsapp.whatsapp_webhook",
}
# What these keep when they are opened, in which table: that somebody looked.
VIEWED = {
    "cards.register_card": "card_requests",
    "quotes.proposal": "proposal_views",
    "signatures.sign": "envelope_events",
    "signatures.document": "envelope_events",
}


class TestEveryView:
    def test_declares_a_permission_or_is_one_of_the_public_ones(self, app: Flask) -> None:
        views = dict(app.view_functions)
        public = {name for name, view in views.items() if getattr(view, "is_public", False)}
        assert public == PUBLIC
        undeclared = [
            name
            for name, view in views.items()
            if name not in public and not isinstance(getattr(view, "permission", None), Permission)
        ]
        assert set(undeclared) == {name for name, row in TABLE.items() if row.for_subscribers}
        assert all(callable(getattr(views[name], "guard", None)) for name in undeclared)

    def test_has_one_address_and_one_method(self, app: Flask) -> None:
        for endpoint in app.view_functions:
            (rule,) = app.url_map.iter_rules(endpoint)
            assert (rule.methods or set()) - {"HEAD", "OPTIONS"} == {method_of(endpoint)}


class TestTheCsrfToken:
    def test_is_asked_of_every_form_without_exception(self, app: Flask) -> None:
        guard = app.extensions["csrf"]
        assert isinstance(guard, CSRFProtect)
        views = [app.view_functions[name] for name in SIGNED]
        assert guard._exempt_views == {f"{view.__module__}.{view.__name__}" for view in views}
        assert guard._exempt_blueprints == set()

    @both_ways
    def test_is_needed_to_change_anything(self, hall: TownHall, asks_twice: str) -> None:
        before = hall.rows()
        for turn, endpoint in enumerate(sorted(set(WRITES) - SIGNED)):
            name = NOBODY if TABLE[endpoint].who == ANYBODY else min(TABLE[endpoint].who)
            caller = Caller(hall, name)
            ways = (self._is_missed, self._is_missed_by_htmx, self._is_forged)
            for way in ways if asks_twice == "all" else (ways[turn % len(ways)],):
                way(caller, endpoint)
            assert changes(before, hall.rows()) == {}, endpoint

    def _is_missed(self, caller: Caller, endpoint: str, *, htmx: bool = False) -> None:
        answer = caller.ask(endpoint, SUL, htmx=htmx, token=False)
        assert answer.status_code in {401, 422}, answer.text

    def _is_missed_by_htmx(self, caller: Caller, endpoint: str) -> None:
        self._is_missed(caller, endpoint, htmx=True)

    def _is_forged(self, caller: Caller, endpoint: str) -> None:
        forged = caller.client.open(
            TABLE[endpoint].address.format_map(caller.hall.town.things[SUL] | OWN),
            method="POST",
            data={"csrf_token": "ImZhbHNlIg.aaaa.bbbb"},
            headers={"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"},
        )
        assert forged.status_code == 422, endpoint


class TestAGet:
    @both_ways
    def test_changes_nothing_but_the_record_that_somebody_looked(
        self, hall: TownHall, asks_twice: str
    ) -> None:
        for endpoint in READS:
            row = TABLE[endpoint]
            before = hall.rows()
            one = NOBODY if row.who == ANYBODY else min(row.who)
            for name in {min(row.who), max(row.who), NOBODY} if asks_twice == "all" else {one}:
                caller = Caller(hall, name)
                for side in sides_of(row, caller):
                    caller.ask(endpoint, side)
                if asks_twice == "all" or name == one:
                    path = row.address.format_map(hall.town.things[SUL] | OWN)
                    caller.client.head(path).close()
            found = changes(before, hall.rows())
            if endpoint in VIEWED:
                assert found.pop(VIEWED[endpoint]) == 2
                assert set(found) <= {"log_entries", "log_heads", "mail_messages", "queued_jobs"}
                hall.restore()
            else:
                assert found == {}, endpoint


class TestASecretOfALink:
    def test_stands_in_no_log_title_or_referer(
        self, hall: TownHall, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        caplog.set_level(logging.DEBUG, "portal")
        secrets = [hall.town.things[SUL][name] for name in SECRETS]
        for endpoint, row in TABLE.items():
            if not any(f"{{{name}}}" in row.address for name in SECRETS):
                continue
            for token in (True, False):
                answer = Caller(hall, NOBODY).ask(endpoint, SUL, token=token)
                titles = re.findall(r"<title>.*?</title>", words_of(answer))
                assert not any(secret in title for secret in secrets for title in titles), endpoint
                assert answer.headers["Referrer-Policy"] == "no-referrer"
                assert answer.headers["Cache-Control"] == "no-store"
        assert "portal.access" in {record.name for record in caplog.records}
        assert not [secret for secret in secrets if secret in caplog.text]

    def test_is_nothing_to_a_page_of_another_purpose(self, hall: TownHall) -> None:
        before = hall.rows()
        for endpoint, row in TABLE.items():
            own = [name for name in SECRETS if f"{{{name}}}" in row.address]
            for name in SECRETS if own else ():
                if {name, *own} <= SAME_PURPOSE or name in own:
                    continue
                other = dict.fromkeys(own, hall.town.things[SUL][name])
                answer = Caller(hall, NOBODY).ask(endpoint, SUL, instead=other)
                assert answer.status_code == 404, (endpoint, name)
        assert changes(before, hall.rows()) == {}

    def test_is_not_kept_in_the_database(self, hall: TownHall) -> None:
        kept = repr(hall.rows())
        assert not [name for name in SECRETS if hall.town.things[SUL][name] in kept]
