"""Settings of a `make run` that is going on, for commands typed beside it.

`make run` starts sandboxes at ports of its own and says in `var/running.json` where they are. A command
without a database of its own works in that run's, so it must reach that run's mail catcher and sandboxes.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from portal.config.names import KNOWN, require_known

RUNNING = "running.json"
DATABASE_URL = "database-url"
AT_ONCE = ("PORTAL_CARD_", "PORTAL_WHATSAPP_")  # keys and address belong together: all of a run's, or none


def beside_a_run(env: Mapping[str, str]) -> Mapping[str, str]:
    """The environment, and for what it does not say, the settings of the run whose database is used.

    What a killed run left behind does no harm: the database it tells of is away, or is not the one used; what
    cannot be read, or is no setting any more, is passed by.

    Raises:
        SettingsError: a variable looks like one of the portal's and is none.
    """
    require_known(env)
    if env.get("PORTAL_ENVIRONMENT") == "production":
        return env
    folder = Path(env.get("PORTAL_VAR", "var")).resolve()
    told, kept = _told(folder / RUNNING), _text(folder / DATABASE_URL)
    if not kept or told.get("PORTAL_DATABASE_URL") != kept:
        return env
    if env.get("PORTAL_DATABASE_URL", kept) != kept:
        return env
    named = tuple(group for group in AT_ONCE if any(name.startswith(group) for name in env))
    return {name: value for name, value in told.items() if not name.startswith(named)} | dict(env)


def _told(path: Path) -> dict[str, str]:
    try:
        told = json.loads(_text(path))
    except ValueError:
        return {}
    if not isinstance(told, dict):
        return {}
    return {name: value for name, value in told.items() if name in KNOWN and isinstance(value, str)}


def _text(path: Path) -> str:
    try:
        return path.read_text().strip()
    except (OSError, UnicodeDecodeError):
        return ""
