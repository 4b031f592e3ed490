"""Whatever is done about a person's access at once, also by a mail that leaves, nobody waits in a circle."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.partners.operations.people import disable_person, resend_invitation
from portal.partners.operations.registration import disable_partner
from portal.partners.queries.partners import get_partner
from portal.partners.queries.people import get_person
from portal.shared.auth import Role
from portal.shared.mail_delivery import send_mail
from portal.shared.mail_rows import MailMessage, MailState
from portal.shared.mail_writing import write_letter
from portal.shared.tokens import LinkToken
from portal.users.operations.invitations import accept_invitation, invite_user
from tests.factories.partners import make_partner
from tests.factories.quotes import NOON
from tests.factories.users import actor_of, make_user
from tests.faults.conftest import Circles
from tests.support.application import Transaction

LATER = NOON + timedelta(minutes=5)


class TestTwoAtOnePerson:
    def test_invited_mailed_accepting_and_disabled_wait_in_a_row(
        self, circles: Circles, transaction: Transaction
    ) -> None:
        with transaction() as session:
            partner = make_partner(session)
            admin = actor_of(make_user(session, role=Role.ADMIN))
            user = invite_user(
                session,
                email="bia@sulsistemas.com.br",
                name="Bia Ramos",
                role=Role.SELLER,
                partner_id=partner.id,
                actor=admin,
                now=NOON,
            )
            partner_id, user_id = partner.id, user.id
            mail = session.scalars(select(MailMessage)).one()
            write_letter(session, mail, now=NOON)
            mail_id = mail.id
            assert (mail.state, mail.link_token_id is None) == (MailState.QUEUED, False)
            secret = session.get_one(LinkToken, mail.link_token_id).secret()
            another = invite_user(
                session,
                email="caio@sulsistemas.com.br",
                name="Caio Ramos",
                role=Role.SELLER,
                partner_id=partner.id,
                actor=admin,
                now=NOON,
            )
            new_mail = session.scalars(select(MailMessage.id).filter_by(subject_id=another.id)).one()
            # Of the first person, a mail that takes the link that is out, for longer.
            mail.link_token_id = None

        def person_disabled(session: Session) -> None:
            user = get_person(session, admin, user_id, for_update=True)
            disable_person(session, user=user, actor=admin, now=LATER)

        def partner_disabled(session: Session) -> None:
            partner = get_partner(session, admin, partner_id, for_update=True)
            disable_partner(session, partner=partner, reason="Sem contrato", actor=admin, now=LATER)

        def invited_again(session: Session) -> None:
            user = get_person(session, admin, user_id, for_update=True)
            resend_invitation(session, user=user, actor=admin, now=LATER)

        def accepted(session: Session) -> None:
            accept_invitation(session, secret=secret, password="quatro gatos no telhado", now=LATER)

        acts = {
            "mail leaves": lambda session: send_mail.before(session, mail_id, now=LATER),
            "first mail leaves": lambda session: send_mail.before(session, new_mail, now=LATER),
            "person disabled": person_disabled,
            "partner disabled": partner_disabled,
            "invited again": invited_again,
            "accepted": accepted,
        }
        assert circles(acts) == {}
