"""Referral codes, who may use one, and when the discount is due. Pure.

A code is the customer's number in another form: nothing is stored, nobody has two, and a typing mistake is
noticed by its last letter.
"""

from datetime import date, timedelta

from portal.shared.brazil import is_company
from portal.shared.labels import LabeledEnum
from portal.shared.refusals import Conflict, Refusal

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXY"  # without 0, 1, I, O, Z: nobody mixes them up aloud
LENGTH = 6
_MANY = len(ALPHABET) ** LENGTH
_STRIDE, _START = 387_420_491, 123_456_789  # so that neighbors do not look alike; no factor of 31
_BACK: int = pow(_STRIDE, -1, _MANY)
EARNED_AFTER = timedelta(days=8)
"""After the first payment: who withdraws within seven days (CDC art. 49) brings nobody a discount."""
FORGOTTEN_AFTER = timedelta(days=180)
ROOT = 8  # figures of a CNPJ that all companies of one owner share


class ReferralState(LabeledEnum):
    """Where a referral stands."""

    WAITING = "waiting", "Aguardando o primeiro pagamento"
    EARNED = "earned", "Desconto dado aos dois"
    DROPPED = "dropped", "Sem desconto"


def code_of(customer_id: int) -> str:
    """The code a customer passes on: "K7QX2MB"."""
    number = (customer_id * _STRIDE + _START) % _MANY
    letters = ""
    for _place in range(LENGTH):
        number, figure = divmod(number, len(ALPHABET))
        letters = ALPHABET[figure] + letters
    return letters + _check(letters)


def customer_of(code: str) -> int:
    """Whose code it is, however it was typed.

    Raises:
        UnknownCode: it is none.
    """
    letters = "".join(code.upper().split()).replace("-", "")
    if len(letters) != LENGTH + 1 or not set(letters) <= set(ALPHABET) or letters[-1] != _check(letters[:-1]):
        raise UnknownCode
    number = 0
    for letter in letters[:-1]:
        number = number * len(ALPHABET) + ALPHABET.index(letter)
    return int((number - _START) * _BACK % _MANY)


def _check(letters: str) -> str:
    weighted = sum(place * ALPHABET.index(letter) for place, letter in enumerate(letters, 1))
    return ALPHABET[weighted % len(ALPHABET)]


def check_documents(referrer: str, referred: str) -> None:
    """Nobody refers itself: not the same person, nor a company of the same CNPJ root.

    Raises:
        OwnCode: they are one.
    """
    same_root = is_company(referrer) and is_company(referred) and referrer[:ROOT] == referred[:ROOT]
    if referrer == referred or same_root:
        raise OwnCode


def is_earned_on(paid_on: date, *, today: date) -> bool:
    """Whether the discount is due of a first payment that came in on a day."""
    return today >= paid_on + EARNED_AFTER


class UnknownCode(Refusal):
    """Nobody has this code."""

    def __init__(self) -> None:
        super().__init__("Não há este código de indicação. Confira as letras com quem indicou.", field="code")


class OwnCode(Refusal):
    """Somebody refers itself."""

    def __init__(self) -> None:
        super().__init__("Este código é do próprio cliente, ou de uma empresa do mesmo grupo.", field="code")


class ReferrerGone(Refusal):
    """Who refers is no customer, or no longer, or one that its partner bills."""

    def __init__(self) -> None:
        super().__init__(
            "Quem indicou não tem contrato em vigor na Central de Cobranças, por isso o código não vale.",
            field="code",
        )


class NotNew(Refusal):
    """Who is referred was a customer before."""

    def __init__(self) -> None:
        super().__init__(
            "A indicação vale para quem ainda não foi cliente, e este documento já teve contrato.",
            field="code",
        )


class AlreadyReferred(Conflict):
    """A referral counts once."""

    def __init__(self) -> None:
        super().__init__("Este cliente já tem uma indicação registrada.")
