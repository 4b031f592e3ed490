"""Decisions about people: when to slow attempts down, what devices are called, who must remain. Pure."""

import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address, ip_address

from portal.shared.labels import LabeledEnum
from portal.shared.refusals import Conflict, Refusal

MAX_NAME_LENGTH = 120
ANSWER_RESET_REQUEST = "answer-reset-request"  # the queue's name of mailing a link for a new password


def normal_email(text: str) -> str:
    """The form in which an address is kept and compared: one, however its accents were typed."""
    return unicodedata.normalize("NFC", text.strip().lower())


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How many attempts are free, and how long the pauses grow after them.

    The attempt number `free` within `window`, and each one after it, is followed by a pause: `pauses`
    minutes, the last one again and again. Nobody is locked out for longer than that, and after the
    window (counted from its first attempt) everything begins anew.
    """

    name: str
    free: int
    window: timedelta = timedelta(hours=1)
    pauses: tuple[int, ...] = (1, 2, 5, 10, 15)

    def pause_after(self, attempts: int) -> timedelta | None:
        """The pause that follows this many attempts in the window."""
        beyond = attempts - self.free
        return timedelta(minutes=self.pauses[min(beyond, len(self.pauses) - 1)]) if beyond >= 0 else None


SIGN_IN_BY_EMAIL = Limit(name="sign_in_email", free=5)
SIGN_IN_BY_ADDRESS = Limit(name="sign_in_address", free=40)
# What a device on which the person signed in before may try. Strangers cannot fill these two.
SIGN_IN_BY_DEVICE = Limit(name="sign_in_device", free=5)
RESET_BY_DEVICE = Limit(name="reset_device", free=3, pauses=(15,))
PROOF_BY_PERSON = Limit(name="proof_person", free=5)
SECOND_STEP_BY_PERSON = Limit(name="second_step_person", free=5)
SECOND_STEP_BY_DEVICE = Limit(name="second_step_device", free=5)
RESET_BY_EMAIL = Limit(name="reset_email", free=3, pauses=(15,))
RESET_BY_ADDRESS = Limit(name="reset_address", free=20, pauses=(15,))
SUBSCRIBER_LINK_BY_EMAIL = Limit(name="subscriber_link_email", free=3, pauses=(15,))
SUBSCRIBER_LINK_BY_ADDRESS = Limit(name="subscriber_link_address", free=20, pauses=(15,))
FILE_CHECK_BY_ADDRESS = Limit(name="file_check_address", free=30)


def network_of(address: str) -> str:
    """What an address is counted as: itself, or the /64 an IPv6 customer owns whole."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return address
    return str(parsed.ipv4_mapped or IPv6Address(int(parsed) >> 64 << 64))


_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


def device_name(user_agent: str) -> str:
    """What a person calls the device: "Chrome em Windows"."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return " em ".join(filter(None, (browser, system))) or "Dispositivo desconhecido"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """From where somebody acts: the network address and what the browser says it is."""

    address: str = ""
    user_agent: str = ""

    @property
    def device(self) -> str:
        return device_name(self.user_agent) if self.user_agent else ""


NOWHERE = Origin()


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSignIn:
    """Somebody of the demonstration, offered on the sign-in page. Never in production."""

    name: str
    email: str
    password: str
    says: str


class AccessKind(LabeledEnum):
    """What is kept of how people come in and go."""

    SIGNED_IN = "signed_in", "Entrou"
    SIGN_IN_FAILED = "sign_in_failed", "Tentativa recusada"
    SIGNED_OUT = "signed_out", "Saiu"
    SIGNED_OUT_EVERYWHERE = "signed_out_everywhere", "Saiu de todos os dispositivos"
    SESSION_ENDED = "session_ended", "Acesso encerrado"
    RESET_ASKED = "reset_asked", "Nova senha pedida"
    PASSWORD_RESET = "password_reset", "Senha escolhida pelo link"
    PASSWORD_CHANGED = "password_changed", "Senha trocada"
    SECOND_STEP_FAILED = "second_step_failed", "Segunda etapa recusada"
    CONFIRMED = "confirmed", "Confirmou a identidade"
    CONFIRMATION_FAILED = "confirmation_failed", "Confirmação recusada"
    RECOVERY_CODE_USED = "recovery_code_used", "Código de recuperação usado"
    FACTOR_ADDED = "factor_added", "Segunda etapa adicionada"
    FACTOR_REMOVED = "factor_removed", "Segunda etapa removida"
    FACTORS_RESET = "factors_reset", "Segunda etapa retirada"
    FORBIDDEN = "forbidden", "Acesso negado"

    @property
    def is_alarming(self) -> bool:
        """Whether the person should look twice if it was not them."""
        return self in ALARMING


ALARMING = frozenset(
    {
        AccessKind.SIGN_IN_FAILED,
        AccessKind.SECOND_STEP_FAILED,
        AccessKind.CONFIRMATION_FAILED,
        AccessKind.RECOVERY_CODE_USED,
        AccessKind.FORBIDDEN,
    }
)


def local_path(target: str) -> str:
    """The target of a redirect if it is a path of the portal itself, else the home page.

    Browsers drop tabs and line ends from addresses and read a backslash as a slash, so "/\t/evil.com"
    and "/\\evil.com" lead away.
    """
    leads_away = not target.startswith("/") or target.startswith("//") or "\\" in target
    has_hidden = any(ord(letter) <= 32 or ord(letter) == 127 for letter in target)
    return "/" if leads_away or has_hidden else target


class WrongPassword(Refusal):
    """Unknown e-mail or wrong password: the answer is the same."""

    def __init__(self) -> None:
        super().__init__(
            "E-mail ou senha não conferem. Confira os dois ou peça uma nova senha.", field="password"
        )


class WrongCurrentPassword(Refusal):
    """The present password, asked again before a change, is another one."""

    def __init__(self) -> None:
        super().__init__("Esta não é a sua senha atual.", field="current_password")


class AccessDisabled(Refusal):
    """The right password, but the person or the partner was disabled."""

    status = 403

    def __init__(self) -> None:
        super().__init__(
            "Seu acesso está desativado. Fale com o gestor da sua revenda ou com o seu gerente de contas."
        )


class LinkNotWorking(Refusal):
    """A link that was used, replaced, made up or has expired."""

    status = 404

    def __init__(self, message: str) -> None:
        super().__init__(message)


class EmailTaken(Refusal):
    """Another person signs in with this address."""

    def __init__(self) -> None:
        super().__init__("Já existe um usuário com este e-mail.", field="email")


class PartnerNotMatching(Refusal):
    """A role of a reseller without a partner, or a role of the vendor with one."""


class RoleOfOtherSide(Refusal):
    """A person of a reseller cannot become one of the vendor, nor the other way round."""

    def __init__(self) -> None:
        super().__init__(
            "Este perfil é do outro lado (revenda ou empresa). Convide a pessoa com outro e-mail.",
            field="role",
        )


class LastAdmin(Conflict):
    """Without this person nobody could manage the portal."""

    def __init__(self) -> None:
        super().__init__("Esta pessoa é o único administrador ativo. Convide outro antes.")


class AlreadyActive(Conflict):
    """The person has accepted the invitation."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} já aceitou o convite.")


def check_partner_of_role(*, of_partner: bool, partner_id: int | None) -> None:
    """A reseller's roles need a partner, the vendor's have none.

    Raises:
        PartnerNotMatching: at the field `partner_id`.
    """
    if of_partner and partner_id is None:
        raise PartnerNotMatching("Escolha o parceiro desta pessoa.", field="partner_id")
    if not of_partner and partner_id is not None:
        raise PartnerNotMatching("Este perfil é da empresa: deixe o parceiro em branco.", field="partner_id")
