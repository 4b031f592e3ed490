"""Preparing a run of reminders over many late invoices: one statement, on a PostgreSQL with durable settings.

`python -m bench.dunning 100000` measures one size and prints it.
"""

import sys
import time
from dataclasses import dataclass, replace
from datetime import date

from flask import Flask
from sqlalchemy import func, select, update

from bench.billing import WARM_UP, analyze, bill, filled
from portal.config import WhatsAppSettings
from portal.customers.models import Signatory
from portal.dunning.models import DunningMessage
from portal.dunning.operations.policies import make_policy
from portal.dunning.operations.runs import prepare_run
from portal.dunning.rules.steps import Audience, Channel, Step
from portal.shared.auth import Actor, Role
from portal.shared.clock import at_sao_paulo
from portal.shared.db import db
from portal.users.models import User
from portal.whatsapp.models import WhatsAppTemplate
from portal.whatsapp.rules.templates import TemplateState
from tools.postgres.temporary import DURABLE, temporary_server

COUNT = 100_000
DAY = date(2026, 7, 17)
STEPS = (
    Step(2, Channel.EMAIL, Audience.GOOD, 0, "Fatura {fatura}", "Você sempre paga em dia."),
    Step(2, Channel.WHATSAPP, Audience.EVERYBODY, 0, "Fatura {fatura}", "Venceu em {vencimento}."),
)


@dataclass(frozen=True, slots=True)
class DunningFigures:
    """A run over `count` late invoices: the reminders it holds, and in how many seconds it was prepared."""

    count: int
    reminders: int
    seconds: float


def measure_dunning(count: int = COUNT) -> DunningFigures:
    """Prepare a day's run in a database of its own."""
    with temporary_server(DURABLE) as url, filled(url, count) as app, app.app_context():
        bill(WARM_UP)
        analyze()
        give_line(app)
        make_policy(db.session, steps=STEPS, actor=_somebody(), now=at_sao_paulo(DAY, 8))
        db.session.execute(update(WhatsAppTemplate).values(state=TemplateState.APPROVED))
        # three of four have a mobile: the others go by mail
        db.session.execute(update(Signatory).where(Signatory.id % 4 != 0).values(phone="47991230001"))
        db.session.commit()
        began = time.perf_counter()
        run = prepare_run(db.session, now=at_sao_paulo(DAY, 9))
        db.session.commit()
        seconds = time.perf_counter() - began
        held = select(func.count()).select_from(DunningMessage).where(DunningMessage.run_id == run.id)
        return DunningFigures(count, db.session.scalar(held) or 0, seconds)


def give_line(app: Flask) -> None:
    """A line of WhatsApp that is never called: nothing leaves here."""
    line = WhatsAppSettings(
        url="http://127.0.0.1:9", phone_id="1", account_id="2", token="", app_secret="", verify_token=""
    )
    app.config["PORTAL"] = replace(app.config["PORTAL"], whatsapp=line)


def _somebody() -> Actor:
    user = db.session.scalars(select(User).order_by(User.id)).first()
    if user is None:
        raise RuntimeError("the bench's portfolio has nobody")
    return Actor(user_id=user.id, session_token="", name=user.name, email=user.email, role=Role.ADMIN)


if __name__ == "__main__":
    figures = measure_dunning(int(sys.argv[1]) if len(sys.argv) > 1 else COUNT)
    print(f"{figures.reminders:,} reminders of {figures.count:,} late invoices in {figures.seconds:.1f} s")
