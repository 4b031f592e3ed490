"""Where the lives are lived: three partners with their people, and the vendor's; built once a run."""

import pickle
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import cast

from sqlalchemy.orm import Session

from portal.partners.models import Partner
from portal.shared.auth import Actor, Role
from portal.shared.db import db
from tests.factories.customers import ALPHANUMERIC_CNPJ, make_customer
from tests.factories.partners import make_partner
from tests.factories.payouts import make_finance
from tests.factories.quotes import House, make_house
from tests.factories.users import actor_of, make_user
from tests.support.application import settings_for
from tests.support.databases import EMPTY, Database

TEMPLATE = "village"


@dataclass(frozen=True, slots=True, kw_only=True)
class Village:
    """Ids of partners by arrangement, the one that takes over, and who acts."""

    partners: dict[str, int]
    sellers: dict[str, Actor]
    other_partner: int
    other_seller: Actor
    house: House
    finance: Actor
    finance_too: Actor
    support: Actor

    def house_of(self, session: Session, arrangement: str, *, now: datetime) -> House:
        """A new customer of the partner of this arrangement, with everybody around."""
        partner = session.get_one(Partner, self.partners[arrangement])
        return House(
            partner=partner,
            customer=make_customer(session, partner_id=partner.id, now=now),
            list_id=self.house.list_id,
            seller=self.sellers[arrangement],
            manager=self.house.manager,
            substitute=self.house.substitute,
            admin=self.house.admin,
            manager_user=self.house.manager_user,
        )


def build_village(session: Session) -> Village:
    """By the operations and rows of the factories."""
    house = make_house(session, document=ALPHANUMERIC_CNPJ)  # none that a process counts up to
    partners, sellers = {"central_cobranca": house.partner.id}, {"central_cobranca": house.seller}
    for arrangement in ("central_leads", "hiperador"):
        partner = make_partner(session, trade_name=f"Casa {arrangement}", arrangement=arrangement)
        make_user(session, role=Role.PARTNER_ADMIN, partner_id=partner.id)
        partners[arrangement] = partner.id
        sellers[arrangement] = actor_of(make_user(session, role=Role.SELLER, partner_id=partner.id))
    other = make_partner(session, trade_name="Norte Sistemas")
    village = Village(
        partners=partners,
        sellers=sellers,
        other_partner=other.id,
        other_seller=actor_of(make_user(session, role=Role.SELLER, partner_id=other.id)),
        house=house,
        finance=make_finance(session),
        finance_too=make_finance(session, "Clara Luz"),
        support=actor_of(make_user(session, role=Role.SUPPORT)),
    )
    session.flush()
    session.expunge_all()
    return village


def villages(database: Database, shared: Path, folder: Path) -> Village:
    """Build it into a template of its own, once a run; who lives there is kept beside it for all workers."""
    from portal.app import create_app

    register = shared / "village.pickle"

    def fill(url: str) -> None:
        app = create_app(settings_for(url, folder))
        with app.app_context():
            village = build_village(db.session)
            db.session.commit()
            register.write_bytes(pickle.dumps(village))
            db.session.close()
            db.engine.dispose()

    database.make_template(TEMPLATE, fill, upon=EMPTY)
    return cast("Village", pickle.loads(register.read_bytes()))  # noqa: S301 - this run's own
