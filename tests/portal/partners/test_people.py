"""Usuários and Equipe: who manages whose access, and what that does to it."""

import csv
import io

import pytest
from sqlalchemy import select, update

from portal.partners.models import Partner
from portal.shared.audit import LogEntry
from portal.shared.auth import Actor, Role
from portal.shared.mail_rows import MailMessage
from portal.shared.tokens import LinkToken
from portal.users.models import User
from tests.factories.users import JOINED_AT, actor_of, make_user
from tests.portal.partners.conftest import Vendor
from tests.support.application import Transaction
from tests.support.clients import PortalClient, location
from tests.support.forms import form_values
from tests.support.letters import all_written, write_all
from tests.support.people import ClientOf


@pytest.fixture
def admin(vendor: Vendor, client_of: ClientOf) -> PortalClient:
    client = client_of(vendor.admin.user_id)
    client.get("/conta")
    return client


@pytest.fixture
def gestor(vendor: Vendor, client_of: ClientOf) -> PortalClient:
    client = client_of(vendor.gestor.user_id)
    client.get("/conta")
    return client


def invitation(**changes: str) -> dict[str, str]:
    return {"name": "Nina Nova", "email": "nina@exemplo.com.br", "role": "seller"} | changes


def user_of(transaction: Transaction, email: str = "nina@exemplo.com.br") -> User:
    with transaction() as session:
        user = session.scalars(select(User).where(User.email == email)).one()
        session.expunge(user)
        return user


def names(client: PortalClient, address: str) -> list[str]:
    table = csv.reader(io.StringIO(client.get(address).text.removeprefix("\ufeff")), delimiter=";")
    return [row[0] for row in list(table)[1:]]


class TestAnAdministrator:
    @pytest.mark.deep
    def test_invites_people_of_the_vendor_and_of_partners(
        self, vendor: Vendor, admin: PortalClient, transaction: Transaction
    ) -> None:
        partner = str(vendor.partner_id)
        assert admin.submit("/usuarios/convidar", invitation(partner_id=partner)).status_code == 303
        finance = invitation(email="fabio@exemplo.com.br", role="finance", partner_id="")
        assert admin.submit("/usuarios/convidar", finance).status_code == 303
        seller, other = user_of(transaction), user_of(transaction, "fabio@exemplo.com.br")
        assert (seller.role, seller.partner_id) == (Role.SELLER, vendor.partner_id)
        assert (other.role, other.partner_id) == (Role.FINANCE, None)
        with transaction() as session:
            mails = all_written(session, session.scalars(select(MailMessage).order_by(MailMessage.id)).all())
            assert (
                "Diana Prado convidou você para entrar no Portal do Parceiro como Vendedor."
                in mails[0].text_body
            )

    @pytest.mark.parametrize(
        ("changes", "why"),
        [
            ({"role": "seller", "partner_id": ""}, "Escolha o parceiro desta pessoa."),
            ({"role": "finance", "partner_id": "own"}, "deixe o parceiro em branco"),
            ({"email": "DIANA@portal.example", "partner_id": "own"}, "Já existe um usuário com este e-mail."),
            ({"email": "nina", "partner_id": "own"}, "Confira o e-mail"),
            ({"name": " ", "partner_id": "own"}, "Escreva o nome."),
            ({"name": "Nina nina@x.example", "partner_id": "own"}, "Escreva-o sem “@”."),
        ],
    )
    def test_is_told_at_the_field_what_is_wrong_with_an_invitation(
        self, vendor: Vendor, admin: PortalClient, changes: dict[str, str], why: str
    ) -> None:
        if changes.get("partner_id") == "own":
            changes = changes | {"partner_id": str(vendor.partner_id)}
        answer = admin.submit("/usuarios/convidar", invitation(**changes))
        assert answer.status_code == 422
        assert why in answer.text

    @pytest.mark.deep
    def test_cannot_invite_to_a_disabled_partner(
        self, vendor: Vendor, admin: PortalClient, transaction: Transaction
    ) -> None:
        with transaction() as session:
            session.execute(update(Partner).values(disabled_at=JOINED_AT))
        answer = admin.submit("/usuarios/convidar", invitation(partner_id=str(vendor.partner_id)))
        assert answer.status_code == 422

    def test_finds_people_by_role_partner_and_situation(
        self, vendor: Vendor, admin: PortalClient, transaction: Transaction
    ) -> None:
        with transaction() as session:
            make_user(session, role=Role.FINANCE, name="Fábio Convidado", password=None)
            make_user(session, role=Role.FINANCE, name="Flávia Fora", disabled_at=JOINED_AT)
        assert names(admin, "/usuarios.csv?perfil=account_manager") == ["Ana Souza", "Caio Reis"]
        assert names(admin, "/usuarios.csv?parceiro=norte") == ["Rita Rival"]
        assert names(admin, "/usuarios.csv?situacao=convidado") == ["Fábio Convidado"]
        assert names(admin, "/usuarios.csv?situacao=desativado") == ["Flávia Fora"]
        assert names(admin, "/usuarios.csv?busca=fabio") == ["Fábio Convidado"]
        assert "Fábio Convidado" in admin.get("/usuarios?busca=FABIO").text

    def test_changes_a_role_on_the_same_side_only(
        self, vendor: Vendor, admin: PortalClient, transaction: Transaction
    ) -> None:
        path = f"/usuarios/{vendor.seller.user_id}"
        fields = form_values(admin.get(path).text)
        assert admin.post(path, data=fields | {"role": "partner_admin"}).status_code == 303
        assert admin.post(path, data=form_values(admin.get(path).text) | {"role": "admin"}).status_code == 422
        with transaction() as session:
            summary = session.scalars(select(LogEntry.summary)).one()
            assert summary == "Perfil de Bruno Lima: de Vendedor para Gestor da revenda"
            assert session.get_one(User, vendor.seller.user_id).role is Role.PARTNER_ADMIN

    @pytest.mark.deep
    def test_is_told_when_somebody_else_saved_the_person_first(
        self, vendor: Vendor, admin: PortalClient
    ) -> None:
        path = f"/usuarios/{vendor.seller.user_id}"
        opened_before = form_values(admin.get(path).text)
        admin.post(path, data=opened_before | {"name": "Bruno Lima Reis"})
        answer = admin.post(path, data=opened_before | {"name": "Bruno L."})
        assert answer.status_code == 409
        assert "Diana Prado salvou este cadastro às" in answer.text
        assert form_values(answer.text)["name"] == "Bruno L."
        assert admin.post(path, data=form_values(answer.text)).status_code == 303

    @pytest.mark.deep
    def test_who_is_the_only_one_left_can_neither_leave_nor_change_role(
        self, vendor: Vendor, admin: PortalClient, transaction: Transaction
    ) -> None:
        path = f"/usuarios/{vendor.admin.user_id}"
        with transaction() as session:
            make_user(session, role=Role.ADMIN, password=None)
            make_user(session, role=Role.ADMIN, disabled_at=JOINED_AT)
        refused = admin.submit(f"{path}/desativar")
        assert refused.status_code == 409
        assert "único administrador ativo" in refused.text
        fields = form_values(admin.get(path).text)
        assert admin.post(path, data=fields | {"role": "support"}).status_code == 409
        with transaction() as session:
            make_user(session, role=Role.ADMIN, name="Davi Outro")
        assert admin.submit(f"{path}/desativar").status_code == 303
        assert location(admin.get("/conta")).startswith("/entrar")

    def test_hands_partners_over_before_their_manager_leaves(
        self, vendor: Vendor, admin: PortalClient, transaction: Transaction
    ) -> None:
        path = f"/usuarios/{vendor.ana.user_id}/desativar"
        answer = admin.submit(path)
        assert answer.status_code == 409
        assert "Ana Souza cuida de Norte Sistemas, Sul Sistemas." in answer.text
        with transaction() as session:
            session.execute(update(Partner).values(account_manager_id=vendor.caio.user_id))
        assert admin.submit(path).status_code == 303

    def test_takes_access_away_at_once_and_gives_it_back(
        self, vendor: Vendor, admin: PortalClient, client_of: ClientOf
    ) -> None:
        theirs = client_of(vendor.seller.user_id)
        admin.submit(f"/usuarios/{vendor.seller.user_id}/desativar")
        assert location(theirs.get("/conta")).startswith("/entrar")
        admin.submit(f"/usuarios/{vendor.seller.user_id}/reativar")
        assert location(theirs.get("/conta")).startswith("/entrar"), "an ended session stays ended"
        assert client_of(vendor.seller.user_id).get("/conta").status_code == 200


class TestATeamsManager:
    @pytest.mark.deep
    def test_sees_only_the_own_team(self, gestor: PortalClient) -> None:
        page = gestor.get("/equipe").text
        assert "Bruno Lima" in page
        assert "Rita Rival" not in page
        assert "Ana Souza" not in page
        assert names(gestor, "/equipe.csv") == ["Bruno Lima", "Gil Gestor"]
        assert names(gestor, "/equipe.csv?busca=rita") == []

    @pytest.mark.parametrize("role", ["seller", "partner_admin"])
    def test_invites_to_the_own_team_whatever_partner_the_form_names(
        self, vendor: Vendor, gestor: PortalClient, transaction: Transaction, role: str
    ) -> None:
        fields = invitation(role=role, partner_id=str(vendor.rival_partner_id))
        gestor.submit("/equipe/convidar", fields)
        with transaction() as session:
            invited = session.scalars(select(User).where(User.email == "nina@exemplo.com.br")).all()
            assert {user.partner_id for user in invited} <= {vendor.partner_id}
        fields = invitation(role=role, email="nilo@exemplo.com.br")
        assert gestor.submit("/equipe/convidar", fields).status_code == 303
        assert user_of(transaction, "nilo@exemplo.com.br").partner_id == vendor.partner_id

    @pytest.mark.parametrize("role", ["admin", "support", "account_manager"])
    def test_cannot_invite_people_of_the_vendor(
        self, gestor: PortalClient, transaction: Transaction, role: str
    ) -> None:
        assert gestor.submit("/equipe/convidar", invitation(role=role)).status_code == 422
        with transaction() as session:
            assert session.scalars(select(User).where(User.email == "nina@exemplo.com.br")).all() == []

    @pytest.mark.deep
    def test_meets_others_as_if_they_were_not_there(self, vendor: Vendor, gestor: PortalClient) -> None:
        for stranger in (vendor.rival, vendor.admin, vendor.ana):
            path = f"/equipe/{stranger.user_id}"
            assert gestor.get(path).status_code == 404
            for action in ("", "/desativar", "/reativar", "/convite"):
                assert gestor.submit(path + action, {"name": "x", "role": "seller"}).status_code == 404

    def test_disables_and_enables_a_seller(
        self, vendor: Vendor, gestor: PortalClient, transaction: Transaction
    ) -> None:
        path = f"/equipe/{vendor.seller.user_id}"
        assert gestor.submit(f"{path}/desativar").status_code == 303
        assert gestor.submit(f"{path}/reativar").status_code == 303
        with transaction() as session:
            entries = session.scalars(select(LogEntry).order_by(LogEntry.position)).all()
            assert [entry.summary for entry in entries] == [
                "Acesso de Bruno Lima desativado",
                "Acesso de Bruno Lima reativado",
            ]
            assert {entry.partner_id for entry in entries} == {vendor.partner_id}

    def test_does_not_lock_himself_out(self, vendor: Vendor, gestor: PortalClient) -> None:
        path = f"/equipe/{vendor.gestor.user_id}"
        assert gestor.submit(f"{path}/desativar").status_code == 422
        answer = gestor.post(path, data=form_values(gestor.get(path).text) | {"role": "seller"})
        assert "Você não pode mudar o próprio acesso." in answer.text

    def test_sends_an_invitation_again_only_while_it_is_open(
        self, vendor: Vendor, gestor: PortalClient, transaction: Transaction
    ) -> None:
        gestor.submit("/equipe/convidar", invitation())
        invited = user_of(transaction)
        with transaction() as session:  # a day passes
            session.execute(update(MailMessage).values(created_at=JOINED_AT))
        assert gestor.submit(f"/equipe/{invited.id}/convite").status_code == 303
        answer = gestor.submit(f"/equipe/{vendor.seller.user_id}/convite")
        assert answer.status_code == 409
        assert "Bruno Lima já aceitou o convite." in answer.text
        with transaction() as session:
            assert len(session.scalars(select(MailMessage)).all()) == 2

    def test_corrects_the_address_of_an_open_invitation(
        self, vendor: Vendor, gestor: PortalClient, transaction: Transaction
    ) -> None:
        gestor.submit("/equipe/convidar", invitation(email="nian@exemplo.com.br"))
        with transaction() as session:
            write_all(session)  # it has left
        path = f"/equipe/{user_of(transaction, 'nian@exemplo.com.br').id}"
        typed = form_values(gestor.get(path).text)
        taken = gestor.post(path, data=typed | {"email": "diana@portal.example"})
        assert (taken.status_code, "Já existe um usuário com este e-mail." in taken.text) == (422, True)
        assert gestor.post(path, data=typed | {"email": "Nina@exemplo.com.br"}).status_code == 303
        with transaction() as session:
            write_all(session)
            mails = session.scalars(select(MailMessage.to_address).order_by(MailMessage.id)).all()
            closed = session.scalars(select(LinkToken.revoked_at).order_by(LinkToken.id)).all()
        assert mails == ["nian@exemplo.com.br", "nina@exemplo.com.br"]
        assert [at is None for at in closed] == [False, True], "the link sent to the wrong one is closed"
        assert "email" not in form_values(gestor.get(f"/equipe/{vendor.seller.user_id}").text)

    @pytest.mark.deep
    def test_may_name_people_as_oddly_as_they_are_called(
        self, gestor: PortalClient, transaction: Transaction
    ) -> None:
        gestor.submit("/equipe/convidar", invitation(name="=cmd|'/C calc'!A0<script>"))
        page = gestor.get("/equipe").text
        assert "<script>" not in page.partition("<main")[2]
        assert "'=cmd|'/C calc'!A0<script>" in names(gestor, "/equipe.csv")


class TestThePagesOfPeople:
    @pytest.mark.parametrize("role", list(Role))
    def test_are_for_those_who_manage_them(
        self, vendor: Vendor, transaction: Transaction, client_of: ClientOf, role: Role
    ) -> None:
        with transaction() as session:
            partner_id = vendor.partner_id if role.of_partner else None
            person: Actor = actor_of(make_user(session, role=role, partner_id=partner_id))
        client = client_of(person.user_id)
        client.get("/conta")
        for place, manager in (("/usuarios", Role.ADMIN), ("/equipe", Role.PARTNER_ADMIN)):
            one = f"{place}/{vendor.seller.user_id}"
            expected = 200 if role is manager else 403
            for page in (place, f"{place}.csv", f"{place}/convidar", one):
                assert client.get(page).status_code == expected, page
            if role is not manager:
                for action in (
                    f"{place}/convidar",
                    one,
                    f"{one}/desativar",
                    f"{one}/reativar",
                    f"{one}/convite",
                ):
                    assert client.submit(action).status_code == 403, action
