"""Jobs and mail in the hands of an administrator."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, select

from portal.shared import clock
from portal.shared.audit import LogEntry
from portal.shared.auth import Role
from portal.shared.db import db
from portal.shared.mail_delivery import NOT_NEEDED
from portal.shared.mail_release import release_held_mails
from portal.shared.mail_rows import MailMessage, MailState
from portal.shared.mail_writing import write_letter
from portal.shared.queue import QueuedJob
from portal.shared.schedule import JobRun, ScheduledJob
from portal.shared.schedule.work import run_due_job
from portal.shared.tokens import LinkToken, is_valid
from tests.factories.quotes import NOON, make_house, sent
from tests.factories.users import make_user
from tests.support.application import Transaction
from tests.support.clients import PortalClient
from tests.support.people import ClientOf
from tests.support.statements import statements

JOB = "/operacao/rotinas/expire-quotes/executar"


@pytest.fixture
def admin(transaction: Transaction, client_of: ClientOf) -> PortalClient:
    with transaction() as session:
        user_id = make_user(session, role=Role.ADMIN, name="Davi Reis").id
    return client_of(user_id)


@pytest.fixture
def mail_id(transaction: Transaction) -> int:
    """A proposal that the mail server refused for a day."""
    with transaction() as session:
        sent(session, make_house(session), now=NOON - timedelta(days=1))
        mail = session.scalars(select(MailMessage)).one()
        mail.state = MailState.FAILED
        mail.last_error = "O servidor de e-mail não aceitou a mensagem durante um dia. (TimeoutError)"
        return mail.id


@pytest.fixture
def held_id(transaction: Transaction) -> int:
    """A proposal above the limit of its receiver."""
    with transaction() as session:
        sent(session, make_house(session), now=NOON)
        mail = session.scalars(select(MailMessage)).one()
        mail.state = MailState.HELD
        mail.last_error = "Limite de 20 e-mails por hora para o mesmo destinatário."
        session.execute(delete(QueuedJob))
        return mail.id


def last_log(transaction: Transaction) -> tuple[str, str]:
    with transaction() as session:
        entry = session.scalars(select(LogEntry).order_by(LogEntry.id.desc()).limit(1)).one()
        return entry.summary, entry.actor_label


class TestAJob:
    @pytest.mark.deep
    def test_is_run_by_the_queue_when_asked_for(
        self, admin: PortalClient, app: Flask, transaction: Transaction
    ) -> None:
        assert "Executar “Validade dos orçamentos” agora?" in admin.get("/operacao").text
        answer = admin.submit(JOB)
        assert answer.status_code == 303
        assert "será executada em instantes" in admin.get("/operacao").text
        assert last_log(transaction) == ("Rotina “Validade dos orçamentos” pedida para agora", "Davi Reis")
        with app.app_context():
            assert run_due_job(db.engine, clock=clock.now)
        page = admin.get("/operacao").text
        assert "Orçamentos expirados: 0." in page
        assert "Concluída" in page

    @pytest.mark.deep
    def test_asked_for_twice_runs_once_and_keeps_its_plan(
        self, admin: PortalClient, app: Flask, transaction: Transaction
    ) -> None:
        admin.get("/operacao")
        admin.submit(JOB)
        admin.submit(JOB)
        with app.app_context():
            while run_due_job(db.engine, clock=clock.now):
                pass
        with transaction() as session:
            runs = session.scalars(select(JobRun.job)).all()
            planned = session.get_one(ScheduledJob, "expire-quotes").next_run_at
        assert runs == ["expire-quotes"]
        assert planned == datetime.fromisoformat("2026-06-11T00:05-03:00")

    def test_that_does_not_exist_is_missing(self, admin: PortalClient) -> None:
        admin.get("/operacao")
        assert admin.submit("/operacao/rotinas/nada/executar").status_code == 404

    def test_that_fails_is_seen_at_once(self, admin: PortalClient, transaction: Transaction) -> None:
        with transaction() as session:
            run = JobRun(
                job="expire-quotes",
                as_of=NOON,
                started_at=NOON,
                finished_at=NOON,
                outcome="failed",
                message="Falha inesperada.",
            )
            session.add(run)
            session.flush()
            session.add(
                ScheduledJob(name="expire-quotes", next_run_at=NOON, failures_in_a_row=3, last_run_id=run.id)
            )
        for page in (admin.get("/").text, admin.get("/operacao").text):
            assert "Falha inesperada." in page
            assert "falharam ou atrasaram" in page


class TestAFailedMail:
    @pytest.mark.deep
    def test_is_explained_without_the_whole_address(self, admin: PortalClient, mail_id: int) -> None:
        page = admin.get("/operacao").text
        assert "Proposta ao cliente" in page
        assert "m•••a@paoquente.com.br" in page
        assert "maria@" not in page
        assert "O servidor de e-mail demorou demais para responder." in page

    @pytest.mark.deep
    def test_goes_back_to_the_queue(
        self, admin: PortalClient, mail_id: int, transaction: Transaction
    ) -> None:
        admin.get("/operacao")
        assert admin.submit(f"/operacao/emails/{mail_id}/reenviar").status_code == 303
        assert "voltou para a fila" in admin.get("/operacao").text
        with transaction() as session:
            mail = session.get_one(MailMessage, mail_id)
            job = session.scalars(select(QueuedJob).filter_by(kind="mail", subject_id=mail_id)).one()
            assert (mail.state, job.next_attempt_at) == (MailState.QUEUED, NOON)
        assert last_log(transaction) == ("E-mail “Proposta ao cliente” de volta à fila", "Davi Reis")

    def test_asked_for_twice_is_queued_once(self, admin: PortalClient, mail_id: int) -> None:
        admin.get("/operacao")
        admin.submit(f"/operacao/emails/{mail_id}/reenviar")
        admin.submit(f"/operacao/emails/{mail_id}/reenviar")
        assert "já não está com falha" in admin.get("/operacao").text

    @pytest.mark.deep
    def test_whose_link_no_longer_works_leaves_with_another(
        self, admin: PortalClient, mail_id: int, transaction: Transaction
    ) -> None:
        with transaction() as session:
            session.scalars(select(LinkToken)).one().revoked_at = NOON
        admin.get("/operacao")
        admin.submit(f"/operacao/emails/{mail_id}/reenviar")
        assert "voltou para a fila" in admin.get("/operacao").text
        with transaction() as session:
            mail = session.get_one(MailMessage, mail_id)
            assert mail.state == MailState.QUEUED
            assert write_letter(session, mail, now=NOON)
            assert is_valid(session.get_one(LinkToken, mail.link_token_id), NOON)

    @pytest.mark.deep
    def test_written_before_whose_link_no_longer_works_stays_failed(
        self, admin: PortalClient, mail_id: int, transaction: Transaction
    ) -> None:
        """As all mails were when they were queued."""
        with transaction() as session:
            token = session.scalars(select(LinkToken)).one()
            token.revoked_at = NOON
            mail = session.get_one(MailMessage, mail_id)
            mail.subject_id, mail.link_token_id = None, token.id
            mail.subject = mail.text_body = mail.html_body = "Carta de antes"
        admin.get("/operacao")
        admin.submit(f"/operacao/emails/{mail_id}/reenviar")
        assert "não vale mais" in admin.get("/operacao").text
        with transaction() as session:
            assert session.get_one(MailMessage, mail_id).state == MailState.FAILED

    def test_that_does_not_exist_is_missing(self, admin: PortalClient) -> None:
        admin.get("/operacao")
        assert admin.submit("/operacao/emails/99/reenviar").status_code == 404


class TestAHeldMail:
    @pytest.mark.deep
    def test_is_counted_listed_and_says_why(self, admin: PortalClient, held_id: int) -> None:
        for page in (admin.get("/operacao").text, admin.get("/operacao?estado=held").text):
            assert "Retido pelo limite" in page
            assert "Limite de 20 e-mails por hora para o mesmo destinatário." in page
            figure = page.partition("E-mails retidos</span>")[2]
            assert figure.lstrip().startswith('<span class="stat-value">1</span>')

    @pytest.mark.deep
    def test_leaves_when_it_is_released(
        self, admin: PortalClient, held_id: int, transaction: Transaction
    ) -> None:
        assert "Liberar envio" in admin.get("/operacao").text
        assert admin.submit(f"/operacao/emails/{held_id}/liberar").status_code == 303
        assert "O e-mail para m•••a@paoquente.com.br sai em instantes." in admin.get("/operacao").text
        with transaction() as session:
            mail = session.get_one(MailMessage, held_id)
            job = session.scalars(select(QueuedJob).filter_by(kind="mail", subject_id=held_id)).one()
            assert (mail.state, mail.let_go_at, job.state) == (MailState.QUEUED, NOON, "waiting")
        assert last_log(transaction) == (
            "E-mail “Proposta ao cliente” liberado apesar do limite",
            "Davi Reis",
        )

    def test_never_leaves_when_it_is_dropped(
        self, admin: PortalClient, held_id: int, transaction: Transaction
    ) -> None:
        assert "Descartar este e-mail?" in admin.get("/operacao").text
        assert admin.submit(f"/operacao/emails/{held_id}/descartar").status_code == 303
        assert "Nenhum e-mail espera" in admin.get("/operacao").text
        assert "Descartado por Davi Reis." in admin.get("/operacao?estado=dropped").text
        with transaction() as session:
            release_held_mails(session, now=NOON + timedelta(days=1))
        with transaction() as session:
            assert session.get_one(MailMessage, held_id).state == MailState.DROPPED
            assert session.scalars(select(QueuedJob).filter_by(subject_id=held_id)).all() == []
        assert last_log(transaction) == ("E-mail “Proposta ao cliente” descartado sem envio", "Davi Reis")

    @pytest.mark.deep
    def test_is_decided_about_once(self, admin: PortalClient, held_id: int, transaction: Transaction) -> None:
        admin.get("/operacao")
        admin.submit(f"/operacao/emails/{held_id}/liberar")
        admin.submit(f"/operacao/emails/{held_id}/descartar")
        assert "Este e-mail já não está retido: na fila." in admin.get("/operacao").text
        with transaction() as session:
            assert session.get_one(MailMessage, held_id).state == MailState.QUEUED

    def test_that_does_not_exist_is_missing(self, admin: PortalClient) -> None:
        admin.get("/operacao")
        assert admin.submit("/operacao/emails/99/liberar").status_code == 404
        assert admin.submit("/operacao/emails/99/descartar").status_code == 404


class TestTheListOfMails:
    @pytest.mark.deep
    def test_is_filtered_by_state(self, admin: PortalClient, mail_id: int) -> None:
        assert "Tentar de novo" in admin.get("/operacao?estado=failed").text
        assert "Nenhum e-mail assim" in admin.get("/operacao?estado=queued").text
        assert admin.get("/operacao?estado=x&ordem=-y&pagina=-3").status_code == 200

    @pytest.mark.deep
    def test_shows_what_nobody_needed_any_more(
        self, admin: PortalClient, mail_id: int, transaction: Transaction
    ) -> None:
        with transaction() as session:
            mail = session.get_one(MailMessage, mail_id)
            mail.state, mail.last_error = MailState.NOT_NEEDED, NOT_NEEDED
        assert "Nenhum e-mail espera" in admin.get("/operacao").text
        page = admin.get("/operacao?estado=not_needed").text
        assert "Proposta ao cliente" in page
        assert "Não foi mais preciso" in page
        assert "O motivo deste e-mail acabou antes do envio." in page

    @pytest.mark.deep
    def test_counts_what_left_today(
        self, admin: PortalClient, mail_id: int, transaction: Transaction
    ) -> None:
        with transaction() as session:
            mail = session.get_one(MailMessage, mail_id)
            mail.state, mail.sent_at = MailState.SENT, NOON - timedelta(hours=1)
        sent_today = admin.get("/operacao").text.partition("Enviados hoje</span>")[2]
        assert sent_today.lstrip().startswith('<span class="stat-value">1</span>')

    def test_needs_nine_statements_at_most(self, admin: PortalClient, mail_id: int, app: Flask) -> None:
        with statements(app) as sent_to_database:
            admin.get("/operacao")
        assert len(sent_to_database) <= 9


class TestThePage:
    @pytest.mark.parametrize("role", [Role.ACCOUNT_MANAGER, Role.FINANCE, Role.SUPPORT])
    def test_is_for_administrators_only(
        self, transaction: Transaction, client_of: ClientOf, role: Role
    ) -> None:
        with transaction() as session:
            user_id = make_user(session, role=role).id
        client = client_of(user_id)
        client.get("/conta")
        assert client.get("/operacao").status_code == 403
        assert client.submit(JOB).status_code == 403
