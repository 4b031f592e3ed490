"""A process of its own that counts attempts to sign in, and prints how many were let through."""

import sys
from datetime import UTC, datetime

from portal.app import create_app
from portal.shared.db import db
from portal.shared.refusals import TooManyAttempts
from portal.users.operations.attempts import count_sign_in

NOON = datetime(2026, 7, 1, 15, 0, tzinfo=UTC)


def main(email: str, attempts: int) -> int:
    """How many of these attempts were free."""
    passed = 0
    with create_app().app_context():
        for _ in range(attempts):
            try:
                count_sign_in(db.session, email=email, address="203.0.113.9", now=NOON)
                db.session.commit()
                passed += 1
            except TooManyAttempts:
                db.session.rollback()
    return passed


if __name__ == "__main__":
    sys.stdout.write(str(main(sys.argv[1], int(sys.argv[2]))))
