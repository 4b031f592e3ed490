"""Configurações: the numbers of the business, who may change them, and what stays known of a change."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal.settings import operations, queries
from portal.settings.rules.checking import ChangedMeanwhile
from portal.settings.rules.names import Name
from portal.shared.audit import LogEntry
from portal.shared.auth import Actor, Role
from portal.shared.db import db
from portal.shared.mail_rows import MailMessage
from portal.users.models import User
from portal.users.notifications import send_password_changed
from tests.factories.partners import make_partner
from tests.factories.users import actor_of, make_user
from tests.support.application import Transaction
from tests.support.clients import PortalClient
from tests.support.forms import form_values
from tests.support.people import ClientOf

NOON = datetime(2026, 7, 1, 15, 0, tzinfo=UTC)


@pytest.fixture
def diana(transaction: Transaction) -> Actor:
    with transaction() as session:
        return actor_of(make_user(session, role=Role.ADMIN, name="Diana Prado"))


@pytest.fixture
def client(diana: Actor, client_of: ClientOf) -> PortalClient:
    return client_of(diana.user_id)


def save(client: PortalClient, **typed: str) -> tuple[int, str]:
    fields = form_values(client.get("/configuracoes").text)
    answer = client.post("/configuracoes", data=fields | typed, follow_redirects=True)
    return answer.status_code, answer.text


def in_force(transaction: Transaction) -> dict[Name, int]:
    with transaction() as session:
        return queries.values(session)


class TestASetting:
    def test_has_its_default_until_somebody_changes_it(self, transaction: Transaction) -> None:
        with transaction() as session:
            assert queries.value(session, Name.QUOTE_VALID_DAYS) == 15
            assert queries.value(session, Name.APPROVAL_REMINDER_BUSINESS_DAYS) == 1
            assert queries.value(session, Name.APPROVAL_ESCALATION_BUSINESS_DAYS) == 2

    @pytest.mark.deep
    def test_is_changed_at_once_for_everybody_and_tells_by_whom(
        self, client: PortalClient, transaction: Transaction
    ) -> None:
        status, page = save(client, quote_valid_days="20")
        assert status == 200
        assert "Salvo: Validade do orçamento." in page
        assert "Mudado por Diana Prado em" in page
        assert in_force(transaction)[Name.QUOTE_VALID_DAYS] == 20

    @pytest.mark.deep
    def test_change_is_logged_from_what_to_what(self, client: PortalClient, transaction: Transaction) -> None:
        save(client, quote_valid_days="1")
        save(client, quote_valid_days="30")
        with transaction() as session:
            entries = session.scalars(select(LogEntry).order_by(LogEntry.position)).all()
            assert [entry.summary for entry in entries] == [
                "Validade do orçamento: de 15 dias para 1 dia",
                "Validade do orçamento: de 1 dia para 30 dias",
            ]
            assert {entry.actor_label for entry in entries} == {"Diana Prado"}

    @pytest.mark.deep
    @pytest.mark.parametrize(
        ("typed", "why"),
        [
            ("0", "Escreva um número inteiro de 1 a 90."),
            ("91", "Escreva um número inteiro de 1 a 90."),
            ("", "Escreva um número."),
            ("dez", "Escreva um número inteiro, sem vírgula."),
            ("1,5", "Escreva um número inteiro, sem vírgula."),
            ("-3", "Escreva um número inteiro, sem vírgula."),
            ("9" * 40, "Escreva um número inteiro, sem vírgula."),
            ('"><script>', "Escreva um número inteiro, sem vírgula."),
        ],
    )
    def test_out_of_its_bounds_is_refused_at_the_field_and_what_was_typed_stays(
        self, client: PortalClient, transaction: Transaction, typed: str, why: str
    ) -> None:
        status, page = save(client, quote_valid_days=typed, session_days="10")
        assert status == 422
        assert why in page
        assert form_values(page)["quote_valid_days"] == typed
        assert form_values(page)["session_days"] == "10"
        assert in_force(transaction)[Name.SESSION_DAYS] == 14

    def test_may_not_escalate_before_it_reminds(self, client: PortalClient) -> None:
        status, page = save(client, approval_reminder_business_days="2")
        assert status == 422
        assert "O aviso ao substituto precisa vir depois do lembrete ao gerente." in page

    def test_may_not_try_a_card_again_before_it_tried_it(self, client: PortalClient) -> None:
        status, page = save(client, card_retry_1_days="3")
        assert status == 422
        assert "Cada nova tentativa no cartão precisa vir depois da anterior." in page

    def test_saved_unchanged_is_not_logged(self, client: PortalClient, transaction: Transaction) -> None:
        assert "Nada mudou." in save(client)[1]
        with transaction() as session:
            assert session.scalars(select(LogEntry)).all() == []


class TestTwoPeopleChangingSettings:
    @pytest.mark.deep
    def test_do_not_undo_each_other_at_different_numbers(
        self, client: PortalClient, transaction: Transaction
    ) -> None:
        opened_before = form_values(client.get("/configuracoes").text)
        save(client, quote_valid_days="20")
        client.post("/configuracoes", data=opened_before | {"session_days": "10"})
        present = in_force(transaction)
        assert (present[Name.QUOTE_VALID_DAYS], present[Name.SESSION_DAYS]) == (20, 10)

    def test_are_told_of_each_other_at_the_same_number(
        self, client: PortalClient, transaction: Transaction
    ) -> None:
        opened_before = form_values(client.get("/configuracoes").text)
        save(client, quote_valid_days="20")
        answer = client.post("/configuracoes", data=opened_before | {"quote_valid_days": "30"})
        assert answer.status_code == 409
        assert "Diana Prado mudou para 20 dias às" in answer.text
        assert form_values(answer.text)["quote_valid_days"] == "30"
        assert in_force(transaction)[Name.QUOTE_VALID_DAYS] == 20

        assert client.post("/configuracoes", data=form_values(answer.text)).status_code == 303
        assert in_force(transaction)[Name.QUOTE_VALID_DAYS] == 30

    def test_at_the_same_moment_have_one_winner(
        self, app: Flask, diana: Actor, transaction: Transaction
    ) -> None:
        outcomes: list[str] = []
        start = threading.Barrier(2)
        seen = in_force(transaction)

        def change(value: int) -> None:
            start.wait()
            with app.app_context():
                try:
                    wanted = seen | {Name.QUOTE_VALID_DAYS: value}
                    operations.change_settings(db.session, wanted=wanted, seen=seen, actor=diana, now=NOON)
                    db.session.commit()
                    outcomes.append("won")
                except ChangedMeanwhile:
                    db.session.rollback()
                    outcomes.append("told")

        threads = [threading.Thread(target=change, args=[value]) for value in (20, 30)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == ["told", "won"]


class TestTheLimitOfMoney:
    """From which amount on two people confirm a TED: raised, more money passes by one person alone."""

    def test_raised_waits_for_another_admin(
        self, client: PortalClient, client_of: ClientOf, transaction: Transaction
    ) -> None:
        status, _page = save(client, ted_four_eyes_reais="9000")
        assert status == 200
        assert in_force(transaction)[Name.TED_FOUR_EYES_REAIS] == 5000
        path = "/configuracoes/ted_four_eyes_reais/confirmar"
        client.submit(path)
        assert "Quem confirma é outro administrador." in client.get("/configuracoes").text
        with transaction() as session:
            other_id = make_user(session, role=Role.ADMIN).id
        other = client_of(other_id)
        assert "Espera outro administrador." in other.get("/configuracoes").text
        other.submit(path)
        assert in_force(transaction)[Name.TED_FOUR_EYES_REAIS] == 9000

    def test_raised_may_be_withdrawn(self, client: PortalClient, transaction: Transaction) -> None:
        save(client, ted_four_eyes_reais="9000")
        client.get("/configuracoes")
        client.submit("/configuracoes/ted_four_eyes_reais/desfazer")
        assert "Espera outro administrador." not in client.get("/configuracoes").text
        assert in_force(transaction)[Name.TED_FOUR_EYES_REAIS] == 5000

    @pytest.mark.deep
    def test_lowered_holds_at_once(self, client: PortalClient, transaction: Transaction) -> None:
        save(client, ted_four_eyes_reais="100")
        assert in_force(transaction)[Name.TED_FOUR_EYES_REAIS] == 100


class TestTheLimitsOfMail:
    @pytest.mark.deep
    def test_hold_from_the_next_mail_on(
        self, client: PortalClient, diana: Actor, transaction: Transaction
    ) -> None:
        save(client, mails_per_receiver="1")
        with transaction() as session:
            user = session.get_one(User, diana.user_id)
            for minute in range(2):
                send_password_changed(session, user, now=NOON + timedelta(minutes=minute))
            mails = session.scalars(select(MailMessage).order_by(MailMessage.id)).all()
            assert [(mail.state, mail.last_error) for mail in mails] == [
                ("queued", ""),
                ("held", "Limite de 1 e-mail por hora para o mesmo destinatário."),
            ]

    def test_are_never_none(self, client: PortalClient, transaction: Transaction) -> None:
        status, page = save(client, mails_per_sender="0")
        assert (status, "Escreva um número inteiro de 1 a 10000." in page) == (422, True)
        assert in_force(transaction)[Name.MAILS_PER_SENDER] == 200


class TestThePageOfSettings:
    @pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
    def test_is_for_administrators_only(
        self, transaction: Transaction, client_of: ClientOf, role: Role
    ) -> None:
        with transaction() as session:
            partner_id = make_partner(session).id if role.of_partner else None
            user_id = make_user(session, role=role, partner_id=partner_id).id
        client = client_of(user_id)
        client.get("/conta")
        assert client.get("/configuracoes").status_code == 403
        assert client.submit("/configuracoes", {"quote_valid_days": "20"}).status_code == 403
        assert in_force(transaction)[Name.QUOTE_VALID_DAYS] == 15
