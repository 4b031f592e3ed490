"""Which e-mail addresses can be written to. Pure.

A name with accents before the @ needs SMTPUTF8 (RFC 6531) of every server on the way, which few have: such a
mail is taken and comes back, or never arrives. Accented domains have a form without accents (xn--…), by which
they can be written to; people who type an accent there mean the plain name nearly always, so they are asked.
"""

import unicodedata

from email_validator import EmailNotValidError, validate_email

from portal.shared.cleaning import cleaned

NO_ACCENTS = "Endereços de e-mail não têm acentos nem cedilha."


def typed_address(text: str | None) -> str:
    """An address as it was seen, its accents in one way (NFC); only what nobody sees is left out."""
    return unicodedata.normalize("NFC", cleaned(text or ""))


def why_not_sendable(address: str, *, malformed: str) -> str:
    """What to tell who typed it, `malformed` where it is no address; "" when a mail can be sent there."""
    if not address.isascii():
        return _accents(address) or malformed
    try:
        validate_email(address, check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError:
        return malformed
    return ""


def _accents(address: str) -> str:
    """The sentence for an address that would be right without its accents, else one for other letters."""
    letters = unicodedata.normalize("NFKD", address)
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    if why_not_sendable(plain, malformed="x") if plain.isascii() else "@" not in plain:
        return ""
    if plain.isascii():
        return f"{NO_ACCENTS} Confira com o dono do endereço: seria {plain}?"
    return f"{NO_ACCENTS} Use só letras de a a z, números, ponto e hífen."
