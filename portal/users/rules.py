"""Decisions about people: good passwords, when to slow attempts down, who must remain. Pure."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address, ip_address

from portal.shared.refusals import Conflict, Refusal

MIN_PASSWORD_LENGTH = 10
MAX_PASSWORD_LENGTH = 200
MAX_NAME_LENGTH = 120
# The beginnings people type first; a password made of one of them and figures is guessed at once.
COMMON_PASSWORDS = frozenset(
    """
    1234567890 0123456789 0987654321 12345678910 123456789a a123456789 1q2w3e4r5t qwertyuiop qwerty1234
    qwerty12345 1111111111 0000000000 1212121212 1231231234 abcdefghij abcd123456 abc1234567 password12
    password123 password1234 passw0rd123 iloveyou12 letmein1234 welcome123 administrador administrator
    admin12345 admin123456 changeme123 senha12345 senha123456 senha1234567 minhasenha minhasenha1
    minhasenha123 suasenha123 mudar12345 mudar123456 trocar1234 brasil1234 brasil2026 brasil12345
    flamengo12 flamengo123 corinthians palmeiras123 saopaulo123 vasco12345 gremio1234 teamo12345
    teamomuito deusefiel1 deusefiel123 jesuscristo familia123 parceiro123 portal1234 portaldoparceiro
    hipermini1 hipergestao empresa123 vendas1234 vendedor123
    """.split()
)


def normal_email(text: str) -> str:
    """The form in which an address is kept and compared: one, however its accents were typed."""
    return unicodedata.normalize("NFC", text.strip().lower())


class WeakPassword(Refusal):
    """The password is too easy to guess."""


def check_password(password: str, *, email: str, name: str) -> None:
    """Refuse a password that is short, common, or made of the person's own name or e-mail.

    Raises:
        WeakPassword: at the field `password`, naming what to do.
    """
    if len(password) < MIN_PASSWORD_LENGTH:
        raise WeakPassword(f"Use pelo menos {MIN_PASSWORD_LENGTH} caracteres.", field="password")
    if len(password) > MAX_PASSWORD_LENGTH:
        raise WeakPassword(f"Use no máximo {MAX_PASSWORD_LENGTH} caracteres.", field="password")
    plain = _plain(password)
    if plain in COMMON_PASSWORDS or len(set(plain)) < 4:
        raise WeakPassword(
            "Esta senha é fácil de adivinhar. Escolha outra, como uma frase curta.", field="password"
        )
    own = {_plain(email), _plain(email.partition("@")[0]), _plain(name), *map(_plain, name.split())}
    if re.sub("[0-9]+$", "", plain) in own or plain in own:
        raise WeakPassword("Não use seu nome nem seu e-mail como senha.", field="password")


def _plain(text: str) -> str:
    """Without accents, capitals and anything that is neither letter nor figure."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters if letter.isalnum())


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
RESET_BY_EMAIL = Limit(name="reset_email", free=3, pauses=(15,))
RESET_BY_ADDRESS = Limit(name="reset_address", free=20, pauses=(15,))
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
