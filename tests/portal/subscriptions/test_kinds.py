"""What sort of service was sold comes from the price list and stays as it was sold."""

from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.catalog.rules import ServiceKind
from portal.contracts.rules.states import ContractState
from portal.subscriptions.models import Subscription
from tests.factories.contracts import make_contract
from tests.factories.quotes import make_house

ONLY_THE_MENTOR: dict[str, Any] = {"plan": "mentoria", "quantities": {}}


def kind_of(session: Session, contract_id: int) -> ServiceKind:
    return session.scalars(
        select(Subscription.service_kind).where(Subscription.contract_id == contract_id)
    ).one()


class TestAServiceThatIsSold:
    @pytest.mark.deep
    def test_is_what_its_price_list_says(self, session: Session) -> None:
        house = make_house(session)
        sold = make_contract(session, house, state=ContractState.ACTIVE, **ONLY_THE_MENTOR)
        assert kind_of(session, sold.id) is ServiceKind.MENTORING

    @pytest.mark.deep
    def test_is_a_subscription_where_the_list_says_nothing(self, session: Session) -> None:
        sold = make_contract(session, make_house(session), state=ContractState.ACTIVE)
        assert kind_of(session, sold.id) is ServiceKind.SUBSCRIPTION

    @pytest.mark.parametrize("table", ["subscriptions", "quote_versions"])
    def test_stays_what_it_was_sold_as(self, session: Session, table: str) -> None:
        make_contract(session, make_house(session), state=ContractState.ACTIVE)
        with pytest.raises(IntegrityError, match="is frozen"):
            session.execute(text(f"UPDATE {table} SET service_kind = 'telecom'"))  # noqa: S608
