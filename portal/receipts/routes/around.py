"""What every page about payments shows around: its tabs."""

from typing import Any

from portal.receipts.queries import finance as queries
from portal.shared.db import db
from portal.shared.environment import environment


def around() -> dict[str, Any]:
    """How much waits on each tab, and whether there is a bank of the tests."""
    return {"waiting": queries.count_waiting(db.session), "has_sandbox": environment().bank.sandbox}
