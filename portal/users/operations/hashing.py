"""Passwords at rest: argon2id, with the library's recommended cost; and what may not be one."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from portal.shared.environment import environment

hasher = PasswordHasher()


def password_hash(password: str) -> str:
    """The hash under which a password is kept."""
    return hasher.hash(password)


def password_matches(kept: str | None, password: str) -> bool:
    """Whether this is the password. Without one to compare it takes just as long to say no."""
    try:
        hasher.verify(kept or _decoy(), password)
    except VerificationError:
        return False
    return kept is not None


def company_words() -> tuple[str, ...]:
    """What anybody knows of the vendor, and nobody should take as a password."""
    company = environment().company
    return (company.name, company.email.partition("@")[2].partition(".")[0])


def needs_new_hash(kept: str | None) -> bool:
    """Whether the hash was made at another cost than today's."""
    return kept is not None and hasher.check_needs_rehash(kept)


@cache
def _decoy() -> str:
    return hasher.hash("nobody has this password")


_decoy()  # made at start: the first unknown e-mail must not take longer than the others
