"""Which secrets are none: whoever can guess one signs in as anybody, or tells that money came in."""

import re

from portal.config.problems import SettingsError

FEWEST_LETTERS = 8  # different ones; thirty-two random figures of base 16 have about fourteen
# What stands in examples, whatever signs stand between; by chance in a random secret never.
_WORDS = re.compile(
    "changeme|changethis|replaceme|example|exemplo|secret|segredo|password|default|insecure|development"
    "|fortests|longenough|troqueme|minhachave|mykey"
)
_RUNS = ("abcdefghijklmnopqrstuvwxyz" * 2, "01234567890123456789", "qwertyuiopasdfghjklzxcvbnm")
_LONGEST_RUN = 8


def require_random(name: str, value: str, *, known: str = "") -> None:
    """Refuse a secret that somebody could guess; `known` stands in the source. The value is never told.

    Raises:
        SettingsError: naming the variable and why.
    """
    if why := _why_guessable(value, known):
        raise SettingsError(
            f"{name} {why}: in production it must be random, e.g. from `openssl rand -base64 48`."
        )


def _why_guessable(value: str, known: str) -> str:
    if known and known in value:
        return "is the one of the tests, which stands in the source"
    plain = re.sub("[^a-z0-9]", "", value.lower())
    if _WORDS.search(plain):
        return "looks like the one of an example"
    is_block = value in (value + value)[1:-1]  # "abcabcabc" is found again in itself
    if is_block or len(set(value)) < FEWEST_LETTERS:
        return "has too few different characters"
    if any(
        plain[at : at + _LONGEST_RUN] in run for run in _RUNS for at in range(len(plain) - _LONGEST_RUN + 1)
    ):
        return "is a row of characters anybody could type"
    return ""
