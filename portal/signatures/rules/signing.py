"""Who signs, how the person is recognized, and how often one may try."""

import hmac
import re
from dataclasses import dataclass
from datetime import timedelta

from portal.shared.brazil import folded
from portal.shared.cleaning import cleaned

CODE_DIGITS = 6
CODE_ATTEMPTS = 5
CODE_PAUSE = timedelta(seconds=60)
CODES_AN_HOUR = 5
ONE_VISIT = timedelta(minutes=30)
COPY_VALID_FOR = timedelta(days=90)
REASON_LENGTH = 500
USER_AGENT_LENGTH = 300
# Without what is mistaken for something else when read from paper: 0 O, 1 I L.
VERIFICATION_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
VERIFICATION_LENGTH = 16
SEAL_DOCUMENT = "seal_document"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """The one person who may sign; `cpf` without punctuation."""

    name: str
    cpf: str
    email: str
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """From where a step was taken, as the server saw it. Empty for the system and the house's people."""

    ip: str = ""
    user_agent: str = ""


HOUSE = Visitor()


def is_same_person(signer: Signer, *, full_name: str, cpf: str) -> bool:
    """Whether what was typed names the registered signatory: capitals and accents do not count."""
    return _letters(full_name) == _letters(signer.name) and cpf == signer.cpf


def cleaned_code(text: str) -> str:
    """A code as somebody typed or pasted it ("123 456"), without what is no figure."""
    return re.sub(r"[\s.-]", "", cleaned(text))


def code_of(key: bytes, envelope_id: int, nonce: str) -> str:
    """The code that a nonce stands for: only whoever has the key can tell it, or a small number from it."""
    digest = hmac.digest(key, f"code-to-sign:{envelope_id}:{nonce}".encode(), "sha256")
    return f"{int.from_bytes(digest) % 10**CODE_DIGITS:0{CODE_DIGITS}d}"


def hash_code(key: bytes, envelope_id: int, code: str) -> str:
    """How a code is kept: keyed, so that the table tells nobody a code of six figures."""
    return hmac.digest(key, f"signing-code:{envelope_id}:{code}".encode(), "sha256").hex()


def cleaned_verification_code(text: str) -> str:
    """A verification code as kept; empty when it cannot be one."""
    compact = re.sub(r"[\s.-]", "", cleaned(text)).upper()
    is_one = len(compact) == VERIFICATION_LENGTH and set(compact) <= set(VERIFICATION_ALPHABET)
    return compact if is_one else ""


def shown_verification_code(code: str) -> str:
    """ABCDEFGHJKMNPQRS → ABCD-EFGH-JKMN-PQRS."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def masked_email(address: str) -> str:
    """maria@padaria.com.br → m•••a@padaria.com.br."""
    name, _, domain = address.rpartition("@")
    return f"{name[:1]}•••{name[-1:] if len(name) > 2 else ''}@{domain}"


def masked_cpf(cpf: str) -> str:
    """52998224725 → ***.982.247-**: enough to recognize, not enough to use."""
    return f"***.{cpf[3:6]}.{cpf[6:9]}-**"


def times_left(count: int) -> str:
    """ "1 restante", "3 restantes"."""
    return f"{count} restante" if count == 1 else f"{count} restantes"


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", folded(name)).strip()
