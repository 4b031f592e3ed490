"""Which passwords are too easy to guess. Pure.

A password is folded as guessing programs unfold words: capitals, accents, signs for letters ("P@ssw0rd"),
figures and signs put before or after ("Senha@2026"). What is left is compared with lists of passwords in
use and with the person's own words; `zxcvbn` estimates what no list holds (keyboard walks, dates, repeats).
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import product

from zxcvbn import zxcvbn
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from portal.shared.refusals import Refusal
from portal.users.rules.common_words import COMMON_WORDS

MIN_PASSWORD_LENGTH = 10
MAX_PASSWORD_LENGTH = 200
FEWEST_GUESSES = 10**7
LONGEST_ESTIMATED = 72  # what is longer and easy has repeats, which show in the beginning
KNOWN_PASSWORDS = frozenset(
    word
    for name in ("passwords", "surnames", "male_names", "female_names")
    for word in FREQUENCY_LISTS[name]
    if len(word) > 3
)
MOST_PIECES = 3
MOST_AROUND = 16  # figures and signs before or after the word that may be a part of it
# What people write for letters. "1" stands for two of them, and a sign may only part two words.
_FIGURES, _SIGNS = "0o 3e 4a 5s 7t 8b 9g", "@a $s !i |l +t (c"
_LEET = tuple(
    str.maketrans({pair[0]: pair[1] for pair in f"{_FIGURES} {signs} {one}".split()})
    for signs, one in product((_SIGNS, ""), ("1i", "1l"))
)


class WeakPassword(Refusal):
    """The password is too easy to guess."""


def check_password(password: str, *, email: str, name: str, company: Iterable[str] = ()) -> None:
    """Refuse a password that is short, in use everywhere, or made of words that anybody knows of the person.

    Those are the own name, the e-mail with its domain, and the names of the `company`.

    Raises:
        WeakPassword: at the field `password`, naming what to do.
    """
    if len(password) < MIN_PASSWORD_LENGTH:
        raise WeakPassword(f"Use pelo menos {MIN_PASSWORD_LENGTH} caracteres.", field="password")
    if len(password) > MAX_PASSWORD_LENGTH:
        raise WeakPassword(f"Use no máximo {MAX_PASSWORD_LENGTH} caracteres.", field="password")
    cores = set(_cores(password))
    if any(_is_made_of(core, set(_own_words(email, name))) for core in cores):
        raise WeakPassword("Não use seu nome nem seu e-mail como senha.", field="password")
    if is_common(password, cores, known={word for text in company for word in _words(text)}):
        raise WeakPassword(
            "Esta senha é fácil de adivinhar. Escolha outra, como uma frase curta.", field="password"
        )


def is_common(password: str, cores: set[str], *, known: set[str]) -> bool:
    """Whether a list of passwords in use, or one built on it, finds this one soon."""
    if len(set(_plain(password))) < 4 or cores & KNOWN_PASSWORDS:
        return True
    one_word = not any(letter.isspace() for letter in password.strip())
    listed = COMMON_WORDS | known
    if any(core in listed or (one_word and _is_made_of(core, listed)) for core in cores):
        return True
    return bool(zxcvbn(password[:LONGEST_ESTIMATED])["guesses"] < FEWEST_GUESSES)


def _cores(password: str) -> Iterator[str]:
    """The words a password may have been made of: what is left without what stands around them."""
    text = _folded(password)
    yield _plain(text)
    first = re.search("[a-z]", text)
    if first is None:
        return
    last = max(index for index, letter in enumerate(text) if letter.isalpha())
    starts = range(max(first.start() - MOST_AROUND, 0), first.start() + 1)
    ends = range(last + 1, min(last + 1 + MOST_AROUND, len(text)) + 1)
    for start, end, table in product(starts, ends, _LEET):
        yield _letters(text[start:end].translate(table))
    yield _letters(text)


def _is_made_of(text: str, words: set[str] | frozenset[str], pieces: int = MOST_PIECES) -> bool:
    """Whether a text is one to three of these words, one after the other."""
    if text in words:
        return True
    return pieces > 1 and any(
        text[:length] in words and _is_made_of(text[length:], words, pieces - 1)
        for length in range(3, len(text) - 2)
    )


def _own_words(email: str, name: str) -> Iterator[str]:
    user, _, domain = email.partition("@")
    yield from (_plain(email), _letters(_folded(email)), _plain(user), _letters(_folded(user)), _plain(name))
    yield from _words(user)
    yield from _words(domain.partition(".")[0])
    yield from _words(name)


def _words(text: str) -> Iterator[str]:
    """The words of a name, and the name in one."""
    yield from (word for word in re.findall("[a-z]{3,}", _folded(text)))
    if len(whole := _letters(_folded(text))) > 2:
        yield whole


def _folded(text: str) -> str:
    """Without capitals and accents."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _plain(text: str) -> str:
    """Without anything that is neither letter nor figure."""
    return "".join(letter for letter in _folded(text) if letter.isalnum())


def _letters(text: str) -> str:
    return "".join(letter for letter in text if letter.isalpha())
