"""A quote's page, its next step and what is done there."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from calculator import Selection
from portal.quotes.models import Quote, QuoteVersion
from portal.quotes.operations.approval import counter_quote
from portal.quotes.operations.drafting import revise_quote, save_draft
from portal.quotes.operations.pricing import selection_of
from portal.quotes.rules.states import QuoteState
from portal.shared.mail_rows import MailMessage
from tests.factories.quotes import NOON, approved, draft, live, make_house, pending, sent
from tests.support.application import Transaction
from tests.support.clients import location
from tests.support.letters import mailed_link
from tests.support.people import ClientOf

pytestmark = pytest.mark.usefixtures("noon")


def states(transaction: Transaction) -> list[tuple[int, str]]:
    """Each live version as (quote, state)."""
    with transaction() as session:
        rows = session.execute(
            select(QuoteVersion.quote_id, QuoteVersion.state)
            .where(QuoteVersion.is_live)
            .order_by(QuoteVersion.quote_id)
        )
        return [(row.quote_id, row.state.value) for row in rows]


class TestANameWithASignThePapersLack:
    @pytest.mark.deep
    def test_is_told_beside_the_paper(self, transaction: Transaction, client_of: ClientOf) -> None:
        with transaction() as session:
            house = make_house(session)
            draft(session, house)
            house.customer.name = "Padaria 🍞 do Zé"
        page = client_of(house.seller.user_id).get("/orcamentos/1").text
        assert "Um nome não sai inteiro no PDF" in page
        assert "não tem “🍞”: no lugar sai □" in page
        assert 'href="/clientes/1/editar"' in page

    def test_is_not_told_of_letters_they_have(self, transaction: Transaction, client_of: ClientOf) -> None:
        with transaction() as session:
            house = make_house(session)
            draft(session, house)
            house.customer.name = "Associação Kaingang Nẽn Ga Tupỹ"
        assert "não sai inteiro" not in client_of(house.seller.user_id).get("/orcamentos/1").text


class TestADraftBelowAuthority:
    def test_says_who_must_approve_and_why_before_submitting(
        self, transaction: Transaction, client_of: ClientOf
    ) -> None:
        with transaction() as session:
            house = make_house(session)
            draft(session, house, negotiated_total=160_00)
        page = client_of(house.seller.user_id).get("/orcamentos/1").text
        assert "Este valor precisa da aprovação de Ana Souza." in page
        assert "179,91" in page  # free down to: 10 % below 199,90, rounded up
        assert "Enviar por e-mail" not in page
        assert "Enviar por WhatsApp" not in page

    def test_goes_to_the_account_manager_with_the_argument(
        self, transaction: Transaction, client_of: ClientOf
    ) -> None:
        with transaction() as session:
            house = make_house(session)
            draft(session, house, negotiated_total=160_00)
        client = client_of(house.seller.user_id)
        client.get("/orcamentos/1")
        answer = client.submit("/orcamentos/1/aprovacao", {"argument": "<b>Perde</b> para o concorrente"})
        assert (answer.status_code, location(answer)) == (303, "/orcamentos/1")
        page = client.get("/orcamentos/1").text
        assert "Este valor precisa da aprovação de Ana Souza." in page  # whom it waits for
        assert "Em aprovação" in page
        assert "&lt;b&gt;Perde&lt;/b&gt; para o concorrente" in page

    def test_sent_by_hand_is_refused_and_nothing_leaves(
        self, transaction: Transaction, client_of: ClientOf
    ) -> None:
        with transaction() as session:
            house = make_house(session)
            draft(session, house, negotiated_total=160_00)
        client = client_of(house.seller.user_id)
        client.get("/orcamentos/1")
        answer = client.submit("/orcamentos/1/enviar")
        assert answer.status_code == 409
        assert "Nada vai para o cliente antes da aprovação" in answer.text
        assert states(transaction) == [(1, "draft")]
        with transaction() as session:
            assert session.scalars(select(MailMessage)).all() == []

    def test_is_not_printed_before_it_is_approved(
        self, transaction: Transaction, client_of: ClientOf
    ) -> None:
        with transaction() as session:
            house = make_house(session)
            draft(session, house, negotiated_total=160_00)
        assert client_of(house.seller.user_id).get("/orcamentos/1/proposta.pdf").status_code == 409


class TestAnApprovedQuote:
    @pytest.mark.deep
    def test_is_sent_once_however_often_the_button_is_pressed(
        self, transaction: Transaction, client_of: ClientOf
    ) -> None:
        with transaction() as session:
            house = make_house(session)
            approved(session, house)
        client = client_of(house.seller.user_id)
        client.get("/orcamentos/1")
        first, second = client.submit("/orcamentos/1/enviar"), client.submit("/orcamentos/1/enviar")
        assert (first.status_code, second.status_code) == (303, 303)
        assert states(transaction) == [(1, "sent")]
        with transaction() as session:
            proposals = select(MailMessage).where(MailMessage.kind == "quote_proposal")
            assert len(session.scalars(proposals).all()) == 1
        assert (
            'Falar com Maria da Silva: <a href="mailto:maria@paoquente.com.br">'
            in client.get("/orcamentos/1").text
        )

    @pytest.mark.deep
    def test_shows_its_link_at_once_and_the_mail_brings_the_same(
        self, transaction: Transaction, client_of: ClientOf
    ) -> None:
        with transaction() as session:
            house = make_house(session)
            quote = approved(session, house)
            proposal_id = quote.proposal_id
        client = client_of(house.seller.user_id)
        client.get("/orcamentos/1")
        client.submit("/orcamentos/1/enviar")
        page = client.get("/orcamentos/1").text
        assert "Copiar link" in page
        with transaction() as session:
            mail = session.scalars(select(MailMessage).filter_by(kind="quote_proposal")).one()
            assert mail.text_body is None
            secret = mailed_link(session, "quote_proposal", proposal_id).secret()
        assert f"/p/{secret}" in page
        assert f"/p/{secret}" in client.get("/orcamentos/1").text

    @pytest.mark.deep
    def test_says_that_every_alternative_goes_with_it(
        self, transaction: Transaction, client_of: ClientOf
    ) -> None:
        with transaction() as session:
            house = make_house(session)
            draft(session, house)
        client = client_of(house.seller.user_id)
        assert "O cliente recebe o link da proposta." in client.get("/orcamentos/1").text
        client.submit("/orcamentos/1/alternativas/annual")
        assert "recebe o link da proposta, com as 2 alternativas." in client.get("/orcamentos/1").text

    def test_prints_a_pdf(self, transaction: Transaction, client_of: ClientOf) -> None:
        with transaction() as session:
            house = make_house(session)
            approved(session, house)
        answer = client_of(house.seller.user_id).get("/orcamentos/1/proposta.pdf")
        assert answer.mimetype == "application/pdf"
        assert answer.data.startswith(b"%PDF-1.7")


class TestACounterOffer:
    def test_is_taken_with_one_click(self, transaction: Transaction, client_of: ClientOf) -> None:
        with transaction() as session:
            house = make_house(session)
            approval = pending(session, house)
            counter_quote(session, approval=approval, counter_cents=170_00, actor=house.manager, now=NOON)
        client = client_of(house.seller.user_id)
        page = client.get("/orcamentos/1").text
        assert "Contraproposta de Ana Souza" in page
        assert "170,00" in page
        assert client.submit("/orcamentos/1/contraproposta/aceitar").status_code == 303
        with transaction() as session:
            version = live(session, session.get_one(Quote, 1))
            assert (version.state, version.negotiated_cents) == (QuoteState.APPROVED, 170_00)


class TestVoiding:
    def test_needs_a_reason_of_the_list(self, transaction: Transaction, client_of: ClientOf) -> None:
        with transaction() as session:
            house = make_house(session)
            draft(session, house)
        client = client_of(house.seller.user_id)
        client.get("/orcamentos/1")
        refused = client.submit("/orcamentos/1/anular", {"note": "sem motivo"})
        assert refused.status_code == 422
        assert "Escolha um motivo." in refused.text
        assert "sem motivo" in refused.text
        assert states(transaction) == [(1, "draft")]
        assert client.submit("/orcamentos/1/anular", {"reason": "duplicate"}).status_code == 303
        assert "Orçamento em duplicidade" in client.get("/orcamentos/1").text


class TestTheHistory:
    def test_tells_field_by_field_what_changed(self, transaction: Transaction, client_of: ClientOf) -> None:
        with transaction() as session:
            house = make_house(session)
            quote, _ = sent(session, house)
            revise_quote(session, quote=quote, actor=house.seller, now=NOON)
            version = live(session, quote)
            save_draft(
                session,
                version=version,
                selection=_with_total(version, 190_00),
                lock_version=version.lock_version,
                actor=house.seller,
                now=NOON,
            )
        page = client_of(house.seller.user_id).get("/orcamentos/1/versoes/1/2").text
        row = page.split("Mensalidade</td>")[1].split("</tr>")[0]
        assert "199,90" in row
        assert "190,00" in row


class TestACustomersAlternatives:
    def test_stand_side_by_side(self, transaction: Transaction, client_of: ClientOf) -> None:
        with transaction() as session:
            house = make_house(session)
            draft(session, house)
        client = client_of(house.seller.user_id)
        client.get("/orcamentos/1")
        answer = client.submit("/orcamentos/1/alternativas/annual")
        assert location(answer) == "/orcamentos/2/editar"
        page = client.get("/orcamentos/1").text
        assert "000001-A" in page
        assert "159,90" in page


def _with_total(version: QuoteVersion, cents: int) -> Selection:
    return replace(selection_of(version), negotiated_total=cents)
