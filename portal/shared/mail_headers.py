"""Headers of a mail as every program reads them back, however long and accented (RFC 2047, RFC 5322).

The standard library's own folding drops the space between two encoded words where it folds a long header:
"Açougue Três" arrives as "AçougueTrês". Here no space stands between two encoded words but inside one.
"""

import re
from collections.abc import Iterator
from email.header import Header
from email.headerregistry import Address, AddressHeader
from email.policy import EmailPolicy
from itertools import groupby
from typing import Any

LONGEST_LINE = 76
LONGEST_ENCODED_WORD = 66  # fits beside any of our headers' names
_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,60}")  # what a name may hold as it stands
_READABLE = re.compile(r"[!-~]{1,60}")  # what a subject may hold as it stands


class Subject(str):
    """A subject, word for word: as a plain text, what looks like an encoded word would be decoded first."""

    __slots__ = ()
    name = "Subject"


class WrittenWhole(EmailPolicy):
    """As `email.policy.SMTP`, with subjects and names of people written by us."""

    def fold(self, name: str, value: Any) -> str:
        """One header with its line ends."""
        if name.lower() == "subject":
            return self._in_lines(name, _subject(str(value)))
        if name.lower() in ("from", "to") and isinstance(value, AddressHeader):
            (mailbox,) = value.addresses  # a mail of ours has one sender and one receiver
            return self._in_lines(name, _mailbox(mailbox))
        folded: str = super().fold(name, value)
        return folded

    def fold_binary(self, name: str, value: Any) -> bytes:
        """As `fold`, in bytes."""
        return self.fold(name, value).encode("ascii", "surrogateescape")

    def _in_lines(self, name: str, words: list[str]) -> str:
        lines = [f"{name}:"]
        for word in words:
            if len(lines[-1]) + 1 + len(word) > LONGEST_LINE:
                lines.append("")
            lines[-1] += f" {word}"
        return "".join(f"{line}{self.linesep}" for line in lines)


SMTP = WrittenWhole(linesep="\r\n")


def _subject(text: str) -> list[str]:
    words = text.split()
    return words if _can_stand(words, _READABLE) else list(_encoded(text))


def _mailbox(address: Address) -> list[str]:
    """The words of a name are encoded only where they must be, so that few stand in several encoded words:
    some programs, Python's own among them, read a space more between two in a name.
    """
    words = address.display_name.split()
    written: list[str] = []
    for as_it_is, found in groupby(words, lambda word: _can_stand([word], _ATOM)):
        some = list(found)
        written += some if as_it_is else _encoded(" ".join(some))
    return [*written, f"<{address.addr_spec}>"] if written else [address.addr_spec]


def _can_stand(words: list[str], allowed: re.Pattern[str]) -> bool:
    return all(allowed.fullmatch(word) and "=?" not in word for word in words)


def _encoded(text: str) -> Iterator[str]:
    """Encoded words, their spaces inside; no letter is torn apart."""
    yield from Header(text, "utf-8", LONGEST_ENCODED_WORD).encode().split()
