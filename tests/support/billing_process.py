"""A billing run as a process of its own, in chunks of a few.

python -m tests.support.billing_process URL DAY
"""

import sys
import tempfile
from datetime import date
from pathlib import Path

from portal.app import create_app
from portal.invoices.cli import bill_day
from portal.invoices.operations import billing_runs
from tests.support.application import settings_for

FEW = 5


def main(url: str, day: str) -> None:
    """Bill the day; say when it begins."""
    billing_runs.AT_ONCE = FEW
    app = create_app(settings_for(url, Path(tempfile.mkdtemp())))
    with app.app_context():
        sys.stdout.write("begins\n")
        sys.stdout.flush()
        bill_day(date.fromisoformat(day))


if __name__ == "__main__":
    main(*sys.argv[1:])
