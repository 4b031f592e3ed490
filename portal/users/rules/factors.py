"""The second factor: what proves, beside the password, who somebody is. Pure."""

from enum import StrEnum

from portal.shared.refusals import Conflict, Refusal

RECOVERY_CODES = 10
RECOVERY_ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ23456789"  # nothing that looks like something else
RECOVERY_LENGTH = 16
MAX_PASSKEYS = 10
MAX_PASSKEY_NAME = 60
TOTP_DIGITS = 6
TOTP_STEPS_OFF = 1  # how many steps of 30 seconds a telephone's clock may be wrong


class Proof(StrEnum):
    """How somebody proved who they are."""

    PASSWORD = "password"  # noqa: S105 - the name of a kind, not a password
    TOTP = "totp"
    PASSKEY = "passkey"
    RECOVERY_CODE = "recovery_code"


class Ceremony(StrEnum):
    """What a challenge was made for; one for another purpose is nothing worth."""

    SIGN_IN = "sign_in"
    PROVE = "prove"
    ADD_PASSKEY = "add_passkey"


def plain_code(text: str) -> str:
    """A code without the spaces and dashes people write into it, in capitals."""
    return "".join(letter for letter in text.upper() if letter.isascii() and letter.isalnum())


def is_totp(code: str) -> bool:
    """Whether it is a code of an authenticator app, else a recovery code."""
    return len(code) == TOTP_DIGITS and code.isdigit()


def in_groups(code: str) -> str:
    """A recovery code as people copy it: ABCD-EFGH-JKMN-PQRS."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


class WrongCode(Refusal):
    """No code of now, or one used before."""

    def __init__(self) -> None:
        super().__init__(
            "Este código não confere. Use o que o aplicativo mostra agora, ou um código de recuperação.",
            field="code",
        )


class WrongPasskey(Refusal):
    """The browser's answer proves nothing: another key, an old challenge, a changed signature."""

    def __init__(self) -> None:
        super().__init__(
            "Não foi possível confirmar a chave de acesso. Tente de novo ou use um código.", field="code"
        )


class WrongPassword(Refusal):
    """The password asked again is another one."""

    def __init__(self) -> None:
        super().__init__("Esta não é a sua senha.", field="password")


class TooManyPasskeys(Conflict):
    """Nobody needs more."""

    def __init__(self) -> None:
        super().__init__(f"Você já tem {MAX_PASSKEYS} chaves de acesso. Remova uma antes.")


class OwnFactors(Conflict):
    """A lost device is handled by another person."""

    def __init__(self) -> None:
        super().__init__("Peça a outro administrador para retirar a sua segunda etapa.")


class SecondStepOver(Refusal):
    """The password was given too long ago, or in another browser."""

    status = 401

    def __init__(self) -> None:
        super().__init__("Passou muito tempo desde a senha. Entre de novo.")
