"""Two people changing the same thing at the same moment: one wins, the other is told."""

import threading
from collections.abc import Callable
from dataclasses import replace

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.partners.models import Partner
from portal.partners.operations.people import disable_person, invite_person
from portal.partners.operations.registration import edit_partner
from portal.partners.queries.partners import details_of, get_partner
from portal.partners.queries.people import get_person
from portal.partners.rules import SavedMeanwhile, Tier
from portal.shared.auth import Actor, Role
from portal.shared.db import db
from portal.shared.refusals import Refusal
from portal.users.models import User
from portal.users.rules import EmailTaken, LastAdmin
from tests.factories.users import JOINED_AT, actor_of, make_user
from tests.portal.partners.conftest import Vendor
from tests.support.application import Transaction


def at_once(app: Flask, *works: Callable[[Session], object]) -> list[type[Refusal] | None]:
    """Do each work in a thread and a transaction of its own; what each was refused with, in no order."""
    outcomes: list[type[Refusal] | None] = []
    start = threading.Barrier(len(works))

    def run(work: Callable[[Session], object]) -> None:
        start.wait()
        with app.app_context():
            try:
                work(db.session)
                db.session.commit()
                outcomes.append(None)
            except Refusal as refusal:
                db.session.rollback()
                outcomes.append(type(refusal))

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


class TestTheLastTwoAdministrators:
    def test_cannot_disable_each_other(self, app: Flask, vendor: Vendor, transaction: Transaction) -> None:
        with transaction() as session:
            davi = actor_of(make_user(session, role=Role.ADMIN, name="Davi Outro"))

        def disable(by: Actor, whom: Actor) -> Callable[[Session], None]:
            def work(session: Session) -> None:
                user = get_person(session, by, whom.user_id, for_update=True)
                disable_person(session, user=user, actor=by, now=JOINED_AT)

            return work

        outcomes = at_once(app, disable(vendor.admin, davi), disable(davi, vendor.admin))
        assert set(outcomes) == {None, LastAdmin}
        with transaction() as session:
            active = select(User.name).where(User.role == Role.ADMIN, User.disabled_at.is_(None))
            assert len(session.scalars(active).all()) == 1


class TestTwoInvitationsToOneAddress:
    def test_make_one_person(self, app: Flask, vendor: Vendor, transaction: Transaction) -> None:
        def invite(session: Session) -> None:
            invite_person(
                session,
                email="nina@exemplo.com.br",
                name="Nina",
                role=Role.SELLER,
                partner_id=vendor.partner_id,
                actor=vendor.gestor,
                now=JOINED_AT,
            )

        assert set(at_once(app, invite, invite)) == {None, EmailTaken}


class TestTwoEditorsOfAPartner:
    def test_have_one_winner(self, app: Flask, vendor: Vendor, transaction: Transaction) -> None:
        with transaction() as session:
            seen = session.get_one(Partner, vendor.partner_id).lock_version

        def edit(tier: str) -> Callable[[Session], None]:
            def work(session: Session) -> None:
                partner = get_partner(session, vendor.admin, vendor.partner_id, for_update=True)
                details = replace(details_of(partner), tier=Tier(tier))
                edit_partner(
                    session,
                    partner=partner,
                    lock_version=seen,
                    details=details,
                    tier_reason="Meta",
                    actor=vendor.admin,
                    now=JOINED_AT,
                )

            return work

        assert set(at_once(app, edit("ouro"), edit("platina"))) == {None, SavedMeanwhile}
