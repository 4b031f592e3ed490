"""What a customer wants to hear of, and what is erased when it asks."""

from flask import Flask
from sqlalchemy import select

from portal.contracts.rules.states import ContractState
from portal.customers.models import Contact, Customer
from portal.dunning.models import DunningHold
from portal.shared import clock
from portal.shared.audit import LogEntry
from portal.shared.auth import Role
from portal.shared.mail_rows import MailMessage
from portal.subscribers.models import SubscriberSession
from portal.tasks.models import Task
from tests.factories.contracts import make_contract
from tests.factories.quotes import make_house
from tests.factories.users import make_user
from tests.portal.subscribers.test_signing_in import MARIA, come_in
from tests.support.application import Transaction
from tests.support.clients import PortalClient, location
from tests.support.letters import written
from tests.support.people import ClientOf


def customer_of(transaction: Transaction, state: ContractState) -> int:
    with transaction() as session:
        house = make_house(session)
        house.customer.email, house.customer.notes = MARIA, "Prefere ligar à tarde."
        make_contract(session, house, state=state, now=clock.now())
        return house.customer.id


def test_reminders_and_offers_are_hers_to_choose(
    app: Flask, visitor: PortalClient, transaction: Transaction
) -> None:
    customer_id = customer_of(transaction, ContractState.ACTIVE)
    come_in(app, visitor, transaction)
    assert "O que você recebe" in visitor.get("/assinante/dados").text
    visitor.submit("/assinante/dados/avisos", {})
    with transaction() as session:
        hold = session.scalars(select(DunningHold)).one()
        assert (hold.kind.value, hold.made_by_id, hold.lifted_at) == ("opt_out", None, None)
        assert session.get_one(Customer, customer_id).wants_offers is False
        entry = session.scalars(select(LogEntry).filter_by(action="dunning_held")).one()
        assert entry.actor_label == MARIA
    visitor.get("/assinante/dados")
    visitor.submit("/assinante/dados/avisos", {"reminders": "y", "offers": "y"})
    with transaction() as session:
        assert session.scalars(select(DunningHold)).one().lifted_at is not None
        assert session.get_one(Customer, customer_id).wants_offers is True
    visitor.get("/assinante/dados")
    visitor.submit("/assinante/dados/avisos", {"reminders": "y", "offers": "y"})
    assert "Nada mudou." in visitor.get("/assinante/dados").text


class TestErasure:
    def test_is_carried_out_by_an_admin_and_answered(
        self, app: Flask, visitor: PortalClient, transaction: Transaction, client_of: ClientOf
    ) -> None:
        customer_id = customer_of(transaction, ContractState.ACTIVE)
        with transaction() as session:
            admin = make_user(session, role=Role.ADMIN).id
        come_in(app, visitor, transaction)
        visitor.get("/assinante/dados")
        visitor.submit("/assinante/dados/exclusao")
        client = client_of(admin)
        page = client.get(f"/assinante/exclusao/{customer_id}").text
        assert "1 contato, com telefones e e-mails" in page
        assert "Telefone e e-mail ficam por enquanto" in page
        assert client.submit(f"/assinante/exclusao/{customer_id}", {"words": " "}).status_code == 422
        done = client.submit(f"/assinante/exclusao/{customer_id}", {"words": "Feito hoje."})
        assert location(done) == f"/clientes/{customer_id}"
        with transaction() as session:
            customer = session.get_one(Customer, customer_id)
            assert (customer.notes, customer.email, customer.wants_offers) == ("", MARIA, False)
            assert session.scalars(select(Contact)).all() == []
            assert {each.device for each in session.scalars(select(SubscriberSession))} == {""}
            task = session.scalars(select(Task).where(Task.key.like("erasure:%"))).one()
            assert task.result_note == "Feito hoje."
            mail = session.scalars(select(MailMessage).filter_by(kind="personal_data_erased")).one()
            assert mail.to_address == MARIA
            assert "Feito hoje." in written(session, mail, now=clock.now()).text_body

    def test_takes_phone_and_mail_too_where_no_contract_needs_them(
        self, transaction: Transaction, client_of: ClientOf
    ) -> None:
        with transaction() as session:
            house = make_house(session)
            customer_id, admin = house.customer.id, house.admin.user_id
        client = client_of(admin)
        client.get(f"/assinante/exclusao/{customer_id}")
        client.submit(f"/assinante/exclusao/{customer_id}", {"words": "Feito hoje."})
        with transaction() as session:
            customer = session.get_one(Customer, customer_id)
            assert (customer.phone, customer.email) == ("", "")
            assert customer.name
