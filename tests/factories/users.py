"""People for tests, as rows: they are there without the operations that would make them."""

from datetime import UTC, datetime
from functools import cache
from itertools import count

from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from portal.shared.auth import Actor, Role
from portal.users.models import User

PASSWORD = "boa noite padaria"
JOINED_AT = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
_numbers = count(1)


@cache
def hash_of(password: str) -> str:
    """Cheap to check, since these passwords protect nothing."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(password)


def make_user(
    session: Session,
    *,
    role: Role = Role.SELLER,
    partner_id: int | None = None,
    name: str = "Bruno Lima",
    email: str | None = None,
    password: str | None = PASSWORD,
    disabled_at: datetime | None = None,
) -> User:
    """A person who can sign in with `PASSWORD`; `password=None` has not accepted the invitation yet."""
    user = User(
        email=email or f"pessoa{next(_numbers)}@exemplo.com.br",
        name=name,
        role=role,
        partner_id=partner_id,
        password_hash=hash_of(password) if password else None,
        invited_at=JOINED_AT,
        activated_at=JOINED_AT if password else None,
        disabled_at=disabled_at,
    )
    session.add(user)
    session.flush()
    return user


def actor_of(user: User, *, session_token: str = "", tier: str | None = None) -> Actor:
    """The person as operations and queries are told who is asking."""
    return Actor(
        user_id=user.id,
        session_token=session_token,
        name=user.name,
        email=user.email,
        role=user.role,
        partner_id=user.partner_id,
        tier=tier,
    )
