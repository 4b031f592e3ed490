"""`make run`: the whole portal on one machine, from nothing to a table of demo users.

    python -m tools.run --port 8000           start everything; Ctrl-C stops it
    python -m tools.run --reset               delete what it made
    python -m tools.run --upgrade-database    move data of an older PostgreSQL

Prepares `var/`, starts a PostgreSQL of its own, brings the tables up to date, loads the demo data once, then
keeps six more processes going: the web server, the queue's worker, a mail catcher with a web page, and
sandboxes of the card processor, the tax office and WhatsApp. When one of them ends, the others are stopped
too, the database last. With PORTAL_DATABASE_URL in the environment there is no server of its own, with keys
of a card processor, the address of a tax office or a line of WhatsApp no sandbox of it.
"""

import argparse
import json
import os
import signal
import socket
import sys
import time
from contextlib import nullcontext
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

from sqlalchemy import create_engine
from sqlalchemy.exc import SQLAlchemyError

from portal.config import CardSettings, Settings, SettingsError
from portal.config.beside import DATABASE_URL, RUNNING
from portal.demo.accounts import users_in_words
from tools.beside import beside_the_portal, card_keys, card_sandbox_url, tax_office_url, whatsapp_keys
from tools.bytecode import keep_bytecode
from tools.folder import (
    CARD_STORE,
    TAX_STORE,
    WHATSAPP_STORE,
    Refused,
    only_one,
    reset,
    secret_key,
    told_of,
)
from tools.postgres.own import Own, own_postgres
from tools.postgres.refusal import NoPostgres
from tools.postgres.upgrade import upgrade
from tools.processes import Child, ProcessFailed, Stopped, Supervisor

ROOT = Path(__file__).resolve().parent.parent
FLASK = (sys.executable, "-m", "flask", "--app", "wsgi")
GUNICORN = (sys.executable, "-m", "gunicorn", "-c", "portal/gunicorn_conf.py", "wsgi:app")
START_TIMEOUT_S = 120
CARD_EVENTS = ("payment_intent.succeeded", "payment_intent.payment_failed")


def main() -> None:
    """Read the command line; leave with a sentence and status 1 when something is in the way."""
    parser = argparse.ArgumentParser(prog="make run", description="Start the portal with demo data.")
    parser.add_argument(
        "--port",
        default="8000",
        help="the portal's port; the six after it are the mail catcher's and the sandboxes'",
    )
    parser.add_argument("--reset", action="store_true", help="delete the demo database and its logs")
    parser.add_argument(
        "--upgrade-database", action="store_true", help="move the data of an older PostgreSQL to this one"
    )
    options = parser.parse_args()
    var = Path(os.environ.get("PORTAL_VAR", "var")).resolve()
    try:
        with only_one(var) as lock:
            if options.reset:
                reset(var)
            elif options.upgrade_database:
                print(upgrade(own_postgres(var), logs_of(var) / "database.log"))
            else:
                serve(var, port_of(options.port), lock)
    except (Refused, NoPostgres, SettingsError, ProcessFailed) as error:
        sys.exit(f"{error}")
    except Stopped:
        print("\nStopped. The data stay in var/; `make reset` starts over.")


def serve(var: Path, port: int, lock: int) -> None:
    """Start everything and watch it until it is stopped."""
    own = None if os.environ.get("PORTAL_DATABASE_URL") else own_postgres(var)
    (var / RUNNING).unlink(missing_ok=True)  # of a run that was killed
    environment = environment_for(var, port, own)
    settings = Settings.from_environment(environment)
    beside = beside_the_portal(var, port, settings)
    for number in (port, *(number for each in beside for number in each.ports)):
        claim(number)
    logs = logs_of(var)
    with Supervisor(environment=environment, folder=ROOT, logs=logs, keep_open=lock) as supervisor:
        check_database(settings.database_url) if own is None else start_database(own, supervisor)
        print("Preparing the tables and, once, the demonstration…", flush=True)
        supervisor.run("preparation", (*FLASK, "demo", "prepare"))
        for each in beside:
            supervisor.start(each.name, each.command)
        supervisor.start("queue worker", (*FLASK, "jobs", "worker"))
        supervisor.start("web server", GUNICORN)
        wait_until_healthy(supervisor, f"http://127.0.0.1:{port}")
        if settings.cards is not None and settings.cards.sandbox_url == card_sandbox_url(port):
            tell_card_sandbox(settings.cards, f"http://127.0.0.1:{port}")
        told = [f"Portal         {environment['PORTAL_BASE_URL']}"]
        told += [f"{each.title:15}{each.words}" for each in beside]
        if own is not None:
            told.append(f"Database       PostgreSQL {own.binaries.version}, {own.cluster.data}")
        told += [f"Logs           {logs}", "", users_in_words(), "", "Ctrl-C stops everything."]
        print("", *told, sep="\n", flush=True)
        made = settings_made_here(var, port)
        with told_of(var, made, own.cluster.url()) if own else nullcontext():
            while True:
                supervisor.watch()


def start_database(own: Own, supervisor: Supervisor) -> None:
    """The first child, so that it is stopped last; commands beside the portal read its address in `var/`."""
    print("Starting the database…", flush=True)
    if not own.cluster.exists:  # a new one knows no customer of the card sandbox
        (own.var / CARD_STORE).unlink(missing_ok=True)
        (own.var / TAX_STORE).unlink(missing_ok=True)
        (own.var / WHATSAPP_STORE).unlink(missing_ok=True)
    log = supervisor.logs / "database.log"
    log.unlink(missing_ok=True)
    process = own.start(log)
    supervisor.adopt(Child("database", process, log, stop_signal=signal.SIGINT, stops_by_itself=True))
    (own.var / DATABASE_URL).write_text(f"{own.cluster.url()}\n")


def logs_of(var: Path) -> Path:
    """The folder of the logs."""
    logs = var / "logs"
    logs.mkdir(exist_ok=True)
    return logs


def environment_for(var: Path, port: int, own: Own | None) -> dict[str, str]:
    """The settings of the processes: the caller's, and for what is not set, this machine's."""
    environment = {
        "PORTAL_SECRET_KEY": secret_key(var),
        **settings_made_here(var, port),
        **os.environ,
        **({"PORTAL_DATABASE_URL": own.cluster.url()} if own else {}),
        "PORTAL_BIND": f"127.0.0.1:{port}",
        "PORTAL_VAR": str(var),
    }
    keep_bytecode(environment, var / "bytecode")
    return environment


def settings_made_here(var: Path, port: int) -> dict[str, str]:
    """Where the portal, its folder and what stands beside it are, as far as the caller does not say."""
    secret = secret_key(var)
    made = {
        "PORTAL_SMTP_URL": f"smtp://127.0.0.1:{port + 2}",
        "PORTAL_BASE_URL": f"http://127.0.0.1:{port}",
        "PORTAL_BANK_FOLDER": str(var / "banco"),
        "PORTAL_NFSE_URL": tax_office_url(port),
    }
    for group, keys in (("PORTAL_CARD_", card_keys), ("PORTAL_WHATSAPP_", whatsapp_keys)):
        if not any(name.startswith(group) for name in os.environ):
            made |= keys(secret, port)
    return {name: value for name, value in made.items() if name not in os.environ}


def check_database(url: str) -> None:
    """See that the database answers."""
    engine = create_engine(url)
    try:
        engine.connect().close()
    except SQLAlchemyError as error:
        cause = str(getattr(error, "orig", error)).splitlines()[0]
        raise Refused(f"The database of PORTAL_DATABASE_URL does not answer: {cause}.") from None
    engine.dispose()


def tell_card_sandbox(cards: CardSettings, portal: str) -> None:
    """Have the sandbox tell the portal of what happens; it forgets this whenever it ends."""
    hook = {"url": f"{portal}/webhooks/cartao", "secret": cards.webhook_secret, "events": CARD_EVENTS}
    request = Request(
        f"{cards.sandbox_url}/_config/webhooks/portal",
        data=json.dumps(hook).encode(),
        headers={"Content-Type": "application/json"},
    )
    give_up = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < give_up:
        try:
            urlopen(request, timeout=5).close()
        except (URLError, OSError):
            time.sleep(0.2)
        else:
            return
    raise Refused("The card sandbox did not answer; see var/logs/card-sandbox.log.")


def port_of(text: str) -> int:
    """The port somebody asked for."""
    if not text.isdecimal() or not 1 <= int(text) <= 65529:
        raise Refused(f"PORT must be a number from 1 to 65529, not {text!r}.")
    return int(text)


def claim(port: int) -> None:
    """See that the port can be had."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise Refused(
                f"Port {port}: {error.strerror}. Choose others with `make run PORT=8100`."
            ) from None


def wait_until_healthy(supervisor: Supervisor, url: str) -> None:
    """Return once /healthz answers 200."""
    give_up = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < give_up:
        supervisor.watch()
        try:
            with urlopen(f"{url}/healthz", timeout=5):
                return
        except (URLError, OSError):
            continue
    raise Refused(f"The portal did not become healthy in {START_TIMEOUT_S} s; see var/logs/web-server.log.")


if __name__ == "__main__":
    main()
