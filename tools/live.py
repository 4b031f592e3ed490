"""Live the history of the demonstration anew, and keep it: the file that `demo load` reads.

    python -m tools.live [--months 26] [--customers 120] [--port 8600] [--to FILE]

Takes an hour or so. A PostgreSQL of its own, empty, and the sandboxes of card processor and tax office are
started in a folder of their own (`--var`), which is left for whoever wants to look. What broke is said.
"""

import argparse
import json
import os
import sys
from datetime import datetime
from pathlib import Path
from urllib.request import Request, urlopen

from portal.app import create_app
from portal.config import Settings
from portal.demo.history.keeping import HISTORY, keep_history
from portal.demo.history.living import live
from portal.payouts.queries.invariants import find_broken
from portal.shared import clock
from portal.shared.db import db
from tools.beside import beside_the_portal, card_sandbox_url
from tools.folder import CARD_STORE, TAX_STORE, only_one
from tools.postgres.own import own_postgres
from tools.processes import Supervisor
from tools.run import (
    FLASK,
    ROOT,
    environment_for,
    logs_of,
    start_database,
)

NOT_HERE = ("mail catcher",)  # these mails went out long ago


def main() -> None:
    """Read the command line, live, keep."""
    parser = argparse.ArgumentParser(prog="tools.live", description="Live the demonstration's history anew.")
    parser.add_argument("--months", type=int, default=26)
    parser.add_argument("--customers", type=int, default=120)
    parser.add_argument("--port", type=int, default=8600, help="four and five after it are the sandboxes'")
    parser.add_argument("--var", type=Path, default=Path("var/live"))
    parser.add_argument("--to", type=Path, default=HISTORY)
    options = parser.parse_args()
    var = options.var.resolve()
    with only_one(var) as lock:
        own = own_postgres(var)
        environment = environment_for(var, options.port, own)
        environment.pop("PORTAL_BANK_FOLDER")  # returns come as notices: no file waits to be old enough
        with Supervisor(
            environment=environment, folder=ROOT, logs=logs_of(var), keep_open=lock
        ) as supervisor:
            start_database(own, supervisor)
            supervisor.run("database upgrade", (*FLASK, "database", "upgrade"))
            settings = Settings.from_environment(environment)
            for each in beside_the_portal(var, options.port, settings):
                if each.name not in NOT_HERE:
                    supervisor.start(each.name, each.command)
            _live(settings, options, CardTyped(card_sandbox_url(options.port)))


class CardTyped:
    """What the processor's script does in a customer's browser, at its sandbox."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __call__(self, setup_id: str, secret: str, number: str) -> None:
        """Type a card."""
        card = {"number": number, "exp_month": "12", "exp_year": "2030", "cvc": "123"}
        body = {
            "key": os.environ.get("PORTAL_CARD_PUBLIC_KEY", "pk_test_sandbox"),
            "client_secret": secret,
            "payment_method_data": {"type": "card", "card": card},
        }
        request = Request(
            f"{self._url}/v1/setup_intents/{setup_id}/confirm",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        urlopen(request, timeout=10).close()


def _live(settings: Settings, options: argparse.Namespace, type_card: CardTyped) -> None:
    app = create_app(settings)
    with app.app_context():
        live(db.engine, months=options.months, customers=options.customers, tell=_tell, type_card=type_card)
        broken = find_broken(db.session, since=None, now=clock.now())
        db.session.rollback()
        stores = [settings.var_dir / name for name in (CARD_STORE, TAX_STORE)]
        keep_history(db.engine, options.to, beside=[store for store in stores if store.exists()])
        db.engine.dispose()
    print(f"{options.to}: {options.to.stat().st_size / 1e6:.1f} MB.")
    if broken:
        sys.exit("\n".join(str(each) for each in broken))


def _tell(before: datetime, at: datetime) -> None:
    """A line for each month."""
    if clock.day_of(before).month != clock.day_of(at).month:
        print(f"{clock.wall():%H:%M:%S} UTC: {clock.day_of(at):%m/%Y}", flush=True)


if __name__ == "__main__":
    main()
