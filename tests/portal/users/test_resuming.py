"""A form whose session ended meanwhile: what was typed is carried through the sign-in page."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from portal.shared.auth import Role
from portal.users.models import User, UserSession
from tests.factories.users import JOINED_AT, PASSWORD, make_user
from tests.support.application import Transaction
from tests.support.clients import PortalClient
from tests.support.forms import form_values
from tests.support.people import ClientOf

EMAIL = "diana@portal.example"
OURS = {"Sec-Fetch-Site": "same-origin"}
TYPED = {"name": 'Diana "Di" <b>Prado</b>', "detalhe": ["um", "dois"], "password": "não pode ir junto"}


@pytest.fixture
def admin(transaction: Transaction) -> int:
    with transaction() as session:
        return make_user(session, email=EMAIL, role=Role.ADMIN, name="Diana Prado").id


@pytest.fixture
def late(admin: int, client_of: ClientOf, transaction: Transaction) -> PortalClient:
    """A browser with an open page, whose session has ended since."""
    browser = client_of(admin)
    browser.get("/conta")
    with transaction() as session:
        session.execute(update(UserSession).values(ended_at=JOINED_AT + timedelta(days=1)))
    return browser


def name_of(transaction: Transaction, user_id: int) -> str:
    with transaction() as session:
        return session.scalars(select(User.name).where(User.id == user_id)).one()


class TestAFormSentAfterTheSessionEnded:
    def test_is_answered_with_the_sign_in_page_and_changes_nothing(
        self, late: PortalClient, admin: int, transaction: Transaction
    ) -> None:
        answer = late.submit("/conta/nome", TYPED, headers=OURS)
        assert answer.status_code == 401
        assert "Sua sessão expirou." in answer.text
        assert name_of(transaction, admin) == "Diana Prado"

    def test_is_offered_again_after_signing_in_with_everything_but_secrets(
        self, late: PortalClient, admin: int, transaction: Transaction
    ) -> None:
        page = late.submit("/conta/nome", TYPED, headers=OURS)
        fields = form_values(page.text)
        offer = late.post("/entrar", data=fields | {"email": EMAIL, "password": PASSWORD})
        assert offer.status_code == 200
        assert "Continuar de onde você parou" in offer.text
        assert 'action="/conta/nome"' in offer.text
        assert offer.text.count('name="detalhe"') == 2
        assert "não pode ir junto" not in offer.text
        assert name_of(transaction, admin) == "Diana Prado", "nothing is sent without a click"

        assert late.post("/conta/nome", data=form_values(offer.text)).status_code == 303
        assert name_of(transaction, admin) == TYPED["name"]

    def test_survives_a_mistyped_password(self, late: PortalClient) -> None:
        page = late.submit("/conta/nome", TYPED, headers=OURS)
        again = late.post(
            "/entrar", data=form_values(page.text) | {"email": EMAIL, "password": "outra senha"}
        )
        assert again.status_code == 422
        offer = late.post("/entrar", data=form_values(again.text) | {"email": EMAIL, "password": PASSWORD})
        assert "Continuar de onde você parou" in offer.text

    def test_is_offered_when_the_browser_lost_its_cookie_altogether(
        self, late: PortalClient, admin: int
    ) -> None:
        late.delete_cookie("session")
        page = late.submit("/conta/nome", TYPED, headers=OURS)
        assert page.status_code == 401
        offer = late.post("/entrar", data=form_values(page.text) | {"email": EMAIL, "password": PASSWORD})
        assert "Continuar de onde você parou" in offer.text

    def test_is_only_offered_to_somebody_else_under_their_own_rights(
        self, late: PortalClient, transaction: Transaction
    ) -> None:
        with transaction() as session:
            make_user(session, email="ana@portal.example", role=Role.ACCOUNT_MANAGER, name="Ana Souza")
        page = late.submit("/configuracoes", {"quote_valid_days": "30"}, headers=OURS)
        fields = form_values(page.text) | {"email": "ana@portal.example", "password": PASSWORD}
        offer = late.post("/entrar", data=fields)
        assert "Você entrou como Ana Souza." in offer.text
        assert late.post("/configuracoes", data=form_values(offer.text)).status_code == 403

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Origin": "https://evil.com"},
        ],
    )
    def test_is_not_carried_along_when_another_site_sent_it(
        self, late: PortalClient, headers: dict[str, str]
    ) -> None:
        page = late.submit("/conta/nome", TYPED, headers=headers)
        assert page.status_code == 401
        assert form_values(page.text)["retomar"] == ""

    @pytest.mark.deep
    def test_is_recognized_as_ours_by_its_origin_where_browsers_say_no_more(self, late: PortalClient) -> None:
        page = late.submit("/conta/nome", TYPED, headers={"Origin": "http://localhost"})
        assert form_values(page.text)["retomar"]

    def test_cannot_be_forged(self, late: PortalClient) -> None:
        page = late.submit("/conta/nome", TYPED, headers=OURS)
        fields = form_values(page.text)
        fields["retomar"] = "x" + fields["retomar"]
        answer = late.post("/entrar", data=fields | {"email": EMAIL, "password": PASSWORD})
        assert answer.status_code == 303


class TestAFormOfAPageTooOld:
    def test_is_offered_again_to_whoever_signed_in_elsewhere(
        self, late: PortalClient, admin: int, transaction: Transaction
    ) -> None:
        stale = late.csrf_token
        late.delete_cookie("session")
        late.sign_in(EMAIL, PASSWORD)
        answer = late.post("/conta/nome", data={"csrf_token": stale, "name": "Diana"}, headers=OURS)
        assert answer.status_code == 422
        assert late.post("/conta/nome", data=form_values(answer.text)).status_code == 303
        assert name_of(transaction, admin) == "Diana"

    def test_is_refused_when_another_site_sent_it(
        self, admin: int, client_of: ClientOf, transaction: Transaction
    ) -> None:
        browser = client_of(admin)
        answer = browser.post(
            "/conta/nome", data={"name": "Trocado"}, headers={"Sec-Fetch-Site": "cross-site"}
        )
        assert answer.status_code == 422
        assert "Trocado" not in answer.text
        assert name_of(transaction, admin) == "Diana Prado"

    @pytest.mark.deep
    def test_still_works_after_the_same_person_signed_in_again_in_another_tab(
        self, late: PortalClient, admin: int, transaction: Transaction
    ) -> None:
        open_page = late.csrf_token
        late.sign_in(EMAIL, PASSWORD)
        answer = late.post("/conta/nome", data={"csrf_token": open_page, "name": "Diana"})
        assert answer.status_code == 303
        assert name_of(transaction, admin) == "Diana"


class TestAFragmentAskedForAfterTheSessionEnded:
    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_says_so_and_leaves_the_open_page_alone(self, late: PortalClient, method: str) -> None:
        answer = late.ask("/conta/nome" if method == "POST" else "/conta", method=method)
        assert answer.status_code == 401
        assert "Sua sessão expirou" in answer.text
        assert "O que você digitou continua nesta página." in answer.text
        assert 'href="/entrar?proximo=/entrar/pronto"' in answer.text

    def test_leads_to_a_page_that_sends_the_person_back(self, late: PortalClient) -> None:
        late.sign_in(EMAIL, PASSWORD)
        assert "volte para a página em que você estava" in late.get("/entrar/pronto").text
