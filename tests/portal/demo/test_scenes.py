"""What a told desk leaves alone: what its customers, who live on their own, made impossible meanwhile."""

from random import Random

from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.contracts.queries.reading import load_contract
from portal.contracts.rules.states import ContractKind, ContractState
from portal.demo.bank import Bank
from portal.demo.contract_scenes import Desk
from portal.demo.contracting import Contracting
from portal.demo.scenes import Stage
from tests.factories.contracts import sign
from tests.factories.quotes import NOON, House, make_house
from tests.portal.contracts.test_changing import changed, running


def desk_of(session: Session, house: House) -> Desk:
    dice = Random(1)  # noqa: S311 - a story, not a secret
    bank = Bank(session=session, random=dice, finance=house.admin, administrator=house.admin, present=NOON)
    return Desk(
        stage=Stage(session=session, random=dice, seller=house.seller, manager=house.manager, customers=[]),
        contracting=Contracting(session=session, bank=bank, present=NOON),
        next_partner_id=0,
    )


def contract_that_ends(session: Session, house: House) -> Contract:
    """One whose place a cheaper one takes at the next due date."""
    base = running(session, house)
    sign(session, changed(session, house, base, ContractKind.AMENDMENT, negotiated_total=185_00).id)
    return load_contract(session, base.id)


class TestWhetherAContractMayChange:
    def test_it_may_while_it_runs(self, session: Session) -> None:
        house = make_house(session)
        assert desk_of(session, house).may_change(running(session, house), NOON)

    def test_not_once_it_is_ending(self, session: Session) -> None:
        house = make_house(session)
        contract = contract_that_ends(session, house)
        assert contract.state is ContractState.ENDING
        assert not desk_of(session, house).may_change(contract, NOON)
