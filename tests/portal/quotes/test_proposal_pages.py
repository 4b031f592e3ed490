"""The customer's page behind the link."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.quotes.models import ProposalView, Quote
from portal.quotes.operations.drafting import revise_quote
from portal.quotes.operations.sending import send_proposal
from portal.quotes.rules.states import QuoteState
from portal.shared.auth import Actor
from portal.shared.clock import at_sao_paulo
from portal.shared.mail_rows import MailMessage
from portal.shared.tokens import LinkToken, Purpose, issue
from portal.users.models import User
from tests.factories.quotes import NOON, live, make_house, sent
from tests.factories.users import actor_of
from tests.support.application import Transaction
from tests.support.clients import PortalClient
from tests.support.openers import NOT_THE_CUSTOMER
from tests.support.people import ClientOf


@pytest.fixture(autouse=True)
def on_the_day() -> Iterator[None]:
    with time_machine.travel(NOON + timedelta(hours=1), tick=True):
        yield


@pytest.fixture
def secret(transaction: Transaction) -> str:
    """The link of a proposal with two alternatives: quotes 1 (monthly) and 2 (annual)."""
    with transaction() as session:
        house = make_house(session)
        _, token = sent(session, house, terms=("annual",), setup=True)
        return token.secret()


def state_of(transaction: Transaction, quote_id: int) -> QuoteState:
    with transaction() as session:
        return live(session, session.get_one(Quote, quote_id)).state


class TestOpeningTheLink:
    @pytest.mark.deep
    def test_shows_every_alternative_and_nothing_internal(self, visitor: PortalClient, secret: str) -> None:
        page = visitor.get(f"/p/{secret}").text
        for fact in ("Sul Sistemas", "Mensal", "Anual", "199,90", "159,90", "490,00", "25/06/2026"):
            assert fact in page, fact
        for inner in ("149,90", "85,00", "epasse", "Mínimo", "lçada"):
            assert inner not in page, inner

    @pytest.mark.deep
    def test_is_recorded_once_a_visit_and_uses_nothing_up(
        self, visitor: PortalClient, secret: str, transaction: Transaction
    ) -> None:
        for _ in range(3):
            assert visitor.get(f"/p/{secret}").status_code == 200
        with transaction() as session:
            assert session.scalar(select(func.count()).select_from(ProposalView)) == 1
            assert (
                session.scalars(select(LinkToken).where(LinkToken.purpose == Purpose.PROPOSAL)).one().used_at
                is None
            )
        assert state_of(transaction, 1) is QuoteState.SENT

    @pytest.mark.deep
    def test_is_told_to_the_seller(
        self, visitor: PortalClient, secret: str, client_of: ClientOf, transaction: Transaction
    ) -> None:
        visitor.get(f"/p/{secret}")
        with transaction() as session:
            seller_id = session.get_one(Quote, 1).owner_id
        assert "Visitas do cliente" in client_of(seller_id).get("/orcamentos/1").text

    @pytest.mark.deep
    @pytest.mark.parametrize("kind", NOT_THE_CUSTOMER)
    def test_by_a_program_or_ahead_is_answered_and_not_told_as_the_customers(
        self,
        visitor: PortalClient,
        secret: str,
        client_of: ClientOf,
        transaction: Transaction,
        kind: str,
    ) -> None:
        page = visitor.get(f"/p/{secret}", headers=NOT_THE_CUSTOMER[kind])
        assert "199,90" in page.text
        visitor.head(f"/p/{secret}")
        self._nobody_came(client_of, transaction)
        visitor.get(f"/p/{secret}")  # and then he comes himself
        with transaction() as session:
            assert session.scalar(select(func.count()).select_from(ProposalView)) == 1

    @pytest.mark.deep
    def test_by_one_of_ours_is_not_told_as_the_customers(
        self, secret: str, client_of: ClientOf, transaction: Transaction
    ) -> None:
        with transaction() as session:
            seller_id = session.get_one(Quote, 1).owner_id
        assert client_of(seller_id).get(f"/p/{secret}").status_code == 200
        self._nobody_came(client_of, transaction)

    def _nobody_came(self, client_of: ClientOf, transaction: Transaction) -> None:
        with transaction() as session:
            seller_id = session.get_one(Quote, 1).owner_id
            assert not [mail for mail in session.scalars(select(MailMessage.key)) if "viewed" in mail]
        page = client_of(seller_id).get("/orcamentos/1").text
        assert "O cliente ainda não abriu." in page
        assert "Visitas do cliente" not in page
        assert "abriu a proposta" not in page

    @pytest.mark.parametrize("guess", ["x", "A" * 43, "%00", "..%2f"])
    def test_a_guess_finds_nothing(self, visitor: PortalClient, secret: str, guess: str) -> None:
        assert visitor.get(f"/p/{guess}").status_code == 404

    def test_a_wrong_address_says_what_a_customer_can_do(self, visitor: PortalClient) -> None:
        page = visitor.get("/p/x").text
        assert "peça um novo a quem o enviou" in page
        assert "Procure pelo nome do cliente" not in page  # there is nowhere to search

    def test_a_link_of_another_purpose_is_nothing_here(
        self, visitor: PortalClient, secret: str, transaction: Transaction
    ) -> None:
        with transaction() as session:
            other = issue(
                session, purpose=Purpose.INVITATION, subject_id=1, now=NOON, valid_for=timedelta(days=1)
            ).secret()
        assert visitor.get(f"/p/{other}").status_code == 404

    @pytest.mark.deep
    def test_asks_robots_and_referers_away(self, visitor: PortalClient, secret: str) -> None:
        headers = visitor.get(f"/p/{secret}").headers
        assert headers["X-Robots-Tag"] == "noindex, nofollow"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"


class TestALinkThatEnded:
    """The offer stood until 25/06/2026."""

    def test_shows_what_became_of_it_for_ninety_days_and_then_whom_to_ask(
        self, visitor: PortalClient, secret: str, transaction: Transaction
    ) -> None:
        visitor.get(f"/p/{secret}")
        with time_machine.travel(at_sao_paulo(date(2026, 9, 23), 23), tick=False):
            assert "Esta proposta expirou" in visitor.get(f"/p/{secret}").text
            assert visitor.get(f"/p/{secret}/proposta.pdf").status_code == 200
        with time_machine.travel(at_sao_paulo(date(2026, 9, 24)), tick=False):
            self._is_over(visitor, secret, "23/09/2026")
        assert state_of(transaction, 1) is QuoteState.SENT

    @pytest.mark.deep
    def test_by_an_answer_counts_from_it(self, visitor: PortalClient, secret: str) -> None:
        visitor.get(f"/p/{secret}")
        visitor.submit(f"/p/{secret}/aceite", {"alternativa": "2"})
        with time_machine.travel(NOON + timedelta(days=90, hours=1), tick=False):
            assert "Proposta aceita" in visitor.get(f"/p/{secret}").text
        with time_machine.travel(NOON + timedelta(days=90, hours=2), tick=False):
            self._is_over(visitor, secret, "08/09/2026")

    def _is_over(self, visitor: PortalClient, secret: str, last_day: str) -> None:
        page = visitor.get(f"/p/{secret}")
        assert page.status_code == 404
        assert f"Este link pôde ser aberto até {last_day}" in page.text
        assert "Peça um novo a quem o enviou." in page.text
        for fact in ("Sul Sistemas", "Bruno Lima", "199,90"):
            assert fact not in page.text
        assert visitor.get(f"/p/{secret}/proposta.pdf").status_code == 404
        visitor.get("/entrar")  # a page with a token of today
        assert visitor.submit(f"/p/{secret}/aceite", {"alternativa": "1"}).status_code == 404
        assert visitor.submit(f"/p/{secret}/recusa", {"reason": "price"}).status_code == 404


class TestAccepting:
    @pytest.mark.deep
    def test_takes_one_alternative_and_voids_the_other(
        self, visitor: PortalClient, secret: str, transaction: Transaction
    ) -> None:
        visitor.get(f"/p/{secret}")
        assert visitor.submit(f"/p/{secret}/aceite", {"alternativa": "2"}).status_code == 303
        assert "Proposta aceita" in visitor.get(f"/p/{secret}").text
        assert state_of(transaction, 2) is QuoteState.ACCEPTED
        assert state_of(transaction, 1) is QuoteState.VOIDED

    @pytest.mark.deep
    def test_twice_changes_nothing_and_says_so(
        self, visitor: PortalClient, secret: str, transaction: Transaction
    ) -> None:
        visitor.get(f"/p/{secret}")
        visitor.submit(f"/p/{secret}/aceite", {"alternativa": "2"})
        again = visitor.submit(f"/p/{secret}/aceite", {"alternativa": "1"})
        assert again.status_code == 409
        assert "Proposta aceita" in again.text
        assert state_of(transaction, 2) is QuoteState.ACCEPTED

    @pytest.mark.deep
    @pytest.mark.parametrize("chosen", ["", "99", "x", "-1", "9" * 30])
    def test_something_that_is_not_in_it_finds_nothing(
        self, visitor: PortalClient, secret: str, transaction: Transaction, chosen: str
    ) -> None:
        visitor.get(f"/p/{secret}")
        assert visitor.submit(f"/p/{secret}/aceite", {"alternativa": chosen}).status_code == 404
        assert state_of(transaction, 1) is QuoteState.SENT

    @pytest.mark.deep
    def test_needs_the_csrf_token(self, visitor: PortalClient, secret: str, transaction: Transaction) -> None:
        visitor.get(f"/p/{secret}")
        assert visitor.post(f"/p/{secret}/aceite", data={"alternativa": "1"}).status_code == 422
        assert state_of(transaction, 1) is QuoteState.SENT

    @pytest.mark.deep
    def test_after_the_last_day_is_refused_even_before_the_job_ran(
        self, visitor: PortalClient, secret: str, transaction: Transaction
    ) -> None:
        visitor.get(f"/p/{secret}")
        with time_machine.travel(NOON + timedelta(days=16)):
            page = visitor.get(f"/p/{secret}")
            assert "Esta proposta expirou" in page.text
            assert "valia até 25/06/2026" in page.text
            answer = visitor.submit(f"/p/{secret}/aceite", {"alternativa": "1"})
            assert answer.status_code == 409
        assert state_of(transaction, 1) is QuoteState.SENT


class TestDeclining:
    @pytest.mark.deep
    def test_needs_a_reason_and_keeps_what_was_written(
        self, visitor: PortalClient, secret: str, transaction: Transaction
    ) -> None:
        visitor.get(f"/p/{secret}")
        refused = visitor.submit(f"/p/{secret}/recusa", {"note": "ainda não"})
        assert refused.status_code == 422
        assert "Escolha um motivo." in refused.text
        assert "ainda não" in refused.text
        assert state_of(transaction, 1) is QuoteState.SENT

    def test_is_kept_with_its_reason(
        self, visitor: PortalClient, secret: str, transaction: Transaction
    ) -> None:
        visitor.get(f"/p/{secret}")
        answer = visitor.submit(f"/p/{secret}/recusa", {"reason": "price", "note": "<script>1</script>"})
        assert answer.status_code == 303
        assert "Proposta não aceita" in visitor.get(f"/p/{secret}").text
        assert state_of(transaction, 1) is QuoteState.DECLINED
        assert state_of(transaction, 2) is QuoteState.DECLINED

    @pytest.mark.deep
    def test_closes_this_link_also_for_what_is_sent_later(
        self, visitor: PortalClient, secret: str, transaction: Transaction
    ) -> None:
        visitor.get(f"/p/{secret}")
        visitor.submit(f"/p/{secret}/recusa", {"reason": "price"})
        with transaction() as session:
            quote = session.get_one(Quote, 1)
            seller = _owner(session, quote)
            revise_quote(session, quote=quote, actor=seller, now=NOON)
            later = send_proposal(session, proposal=quote.proposal, actor=seller, now=NOON)
            newer = later.secret()
        assert "Aceitar esta proposta" not in visitor.get(f"/p/{secret}").text
        assert "Aceitar esta proposta" in visitor.get(f"/p/{newer}").text


class TestTheFile:
    def test_is_a_pdf_for_keeping(self, visitor: PortalClient, secret: str) -> None:
        answer = visitor.get(f"/p/{secret}/proposta.pdf")
        assert answer.data.startswith(b"%PDF-")
        assert "proposta-000001.pdf" in answer.headers["Content-Disposition"]

    def test_is_not_given_while_the_proposal_is_revised(
        self, visitor: PortalClient, secret: str, transaction: Transaction
    ) -> None:
        with transaction() as session:
            for quote_id in (1, 2):
                quote = session.get_one(Quote, quote_id)
                house_actor = _owner(session, quote)
                revise_quote(session, quote=quote, actor=house_actor, now=NOON)
        assert visitor.get(f"/p/{secret}/proposta.pdf").status_code == 303
        assert "sendo revista" in visitor.get(f"/p/{secret}").text


def _owner(session: Session, quote: Quote) -> Actor:
    return actor_of(session.get_one(User, quote.owner_id))
