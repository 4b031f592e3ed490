"""How Brazil writes things: money, documents, CEP, phone, business days. Pure."""

import re
import unicodedata
from datetime import date, timedelta
from functools import cache

import holidays
from stdnum.br import cnpj, cpf
from stdnum.exceptions import ValidationError

from portal.shared import cleaning
from portal.shared.cleaning import cleaned

LOCALE = "pt_BR"
MAX_CENTS = 10**13
MONTH_NAMES = ("jan", "fev", "mar", "abr", "mai", "jun", "jul", "ago", "set", "out", "nov", "dez")
LONGEST_EXTENSION = 20
_MONEY = re.compile(
    r"(?:(-)\s?(?=R\$))?(?:R\$)?\s*(-)?\s?"
    r"(?:([0-9]{1,3}(?:(?:\.[0-9]{3})+|(?: [0-9]{3})+)(?=,)|[0-9]{1,14})(?:,([0-9]{0,2}))?"
    r"|([0-9]{1,14})\.([0-9]{1,2})|,([0-9]{1,2}))"
)
_NUMBER_OF = r"(?:\s*n(?:[\u00ba\u00b0o]\.?|r\.?|\.|umero)?)?"
_DOCUMENT = cleaning.labeled(
    rf"(?:cnpj|cpf|c\.n\.p\.j\.?|c\.p\.f\.?)(?:\s?/\s?(?:cnpj|cpf|mf|me))?{_NUMBER_OF}", "doc(?:umento)?"
)
_CNPJ = re.compile(r"[0-9A-Z]{2}\.?[0-9A-Z]{3}\.?[0-9A-Z]{3}/?[0-9A-Z]{4}-?[0-9]{2}", re.IGNORECASE)
_POSTAL_CODE = cleaning.labeled(r"cep|c\.e\.p\.?")
_PHONE = cleaning.labeled(
    r"(?:tele)?fones?|tel|cel(?:ular)?|(?:tel|cel|fone)\.?\s?/\s?whats\s?app|whats\s?app|whats|wpp|zap|contato"
)
_EXTENSION = re.compile(r"\b(?:ramal|ram\.|r\.|ext(?:ens[a\u00e3]o)?\.?|x)\s?:?\s?[0-9]{1,6}$", re.IGNORECASE)
_NATIONAL = r"[1-9][1-9](?:9[0-9]{8}|[1-9][0-9]{7})"  # with its area code; only a cell phone has nine digits
_NON_GEOGRAPHIC = r"0(?:800|300|303|500|900)(?!0{7})[0-9]{7}"
_TRUNK = r"0(?:[1-9][0-9]|[Xx]{2})?"  # the 0 of a long-distance call, and by whom: 047 …, 0 15 47 …
_DAY = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})|([0-9]{4})-([0-9]{2})-([0-9]{2})")


def format_money(cents: int) -> str:
    """123456 → "R$ 1.234,56" (with the no-break space Babel writes), -8500 → "−R$ 85,00"."""
    # By hand: Babel takes 25 µs, and a page of the quote builder holds a hundred amounts.
    sign = "\N{MINUS SIGN}" if cents < 0 else ""
    return f"{sign}R$\N{NO-BREAK SPACE}{format_money_input(abs(cents))}"


def format_money_input(cents: int) -> str:
    """123456 → "1.234,56", as a person types it."""
    if cents < 0:
        return f"-{format_money_input(-cents)}"
    whole, centavos = divmod(cents, 100)
    thousands = f"{whole:,}".replace(",", ".") if whole >= 1000 else whole
    return f"{thousands},{centavos:02d}"


def format_month(day: date) -> str:
    """The month of a day: jun/2026."""
    return f"{MONTH_NAMES[day.month - 1]}/{day.year}"


def parse_money(text: str) -> int:
    """What a person typed, with comma or point, as centavos. Never guesses.

    "1.234,56", "1 234,56", "1234,56", "1234.56", "R$ 1.234,56" and "1234" are understood; "1.234" is
    not (a thousand or one and a bit?), nor are three decimals.

    Raises:
        ValueError: not money, or ambiguous.
    """
    match = _MONEY.fullmatch(cleaned(text))
    if match is None or (match[1] and match[2]):
        raise ValueError(text)
    sign_before, sign_after, *parts = match.groups()
    whole, centavos, whole_before_point, centavos_after_point, only_centavos = parts
    reais = re.sub("[. ]", "", whole or whole_before_point or "0")
    decimals = (centavos or centavos_after_point or only_centavos or "").ljust(2, "0")
    cents = int(reais + decimals)
    if cents > MAX_CENTS:
        raise ValueError(text)
    return -cents if sign_before or sign_after else cents


def clean_document(text: str) -> str:
    """A CNPJ (alphanumeric too) or CPF without its punctuation, in capitals.

    A label before or after it, as "CPF 529.982.247-25", is no part of it. Only where the letters of a label
    could be those of a CNPJ, and both would check, it is refused.

    Raises:
        ValueError: neither a valid CNPJ nor a valid CPF. One sign repeated is none, although its
            check digits are right: the Receita Federal gives out no such document.
    """
    written = cleaned(text)
    bare = cleaning.without_label(written, _DOCUMENT)
    readings = {_document(bare)}
    if bare != written and _CNPJ.fullmatch(written):
        readings.add(_document(written))
    readings.discard(None)
    if len(readings) != 1:
        raise ValueError(text)
    return str(readings.pop())


def _document(text: str) -> str | None:
    compact = re.sub(r"[\s./-]", "", text).upper()
    if len(set(compact)) == 1:
        return None
    try:
        return str(cpf.validate(compact) if len(compact) == 11 else cnpj.validate(compact))
    except ValidationError:
        return None


def format_document(document: str) -> str:
    """12ABC34501DE35 → 12.ABC.345/01DE-35; 11 digits as a CPF."""
    if len(document) == 11:
        return f"{document[:3]}.{document[3:6]}.{document[6:9]}-{document[9:]}"
    if len(document) == 14:
        return f"{document[:2]}.{document[2:5]}.{document[5:8]}/{document[8:12]}-{document[12:]}"
    return document


def folded(text: str) -> str:
    """As people search it, without capitals, accents and double spaces: "São  João" → "sao joao"."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(letter for letter in letters if not unicodedata.combining(letter)).split())


def is_company(document: str) -> bool:
    """Whether the document is a CNPJ."""
    return len(document) == 14


def clean_postal_code(text: str) -> str:
    """A CEP's eight digits. Raises ValueError when there are not eight."""
    compact = re.sub(r"[\s.-]", "", cleaning.without_label(cleaned(text), _POSTAL_CODE))
    if not re.fullmatch(r"[0-9]{8}", compact):
        raise ValueError(text)
    return compact


def format_decimals(value: int, decimals: int) -> str:
    """A whole number of hundredths (`decimals` 2), or of other parts, without zeros at its end: 150 → 1,5."""
    whole, part = divmod(value, 10**decimals)
    rest = f"{part:0{decimals}d}".rstrip("0") if part else ""
    return f"{whole},{rest}" if rest else str(whole)


def format_rate(basis_points: int) -> str:
    """Hundredths of a percent, as short as can be: 200 → 2%, 33 → 0,33%."""
    return f"{format_decimals(basis_points, 2)}%"


def format_postal_code(code: str) -> str:
    """89201123 → 89201-123."""
    return f"{code[:5]}-{code[5:]}" if len(code) == 8 else code


class HasExtension(ValueError):
    """A phone number with an extension: there is no place to keep it."""


def clean_phone(text: str) -> str:
    """Area code and number, 10 or 11 digits, without +55 and without the 0 of a long-distance call.

    "0800 123 4567" is kept whole: it has no area code.

    Raises:
        HasExtension: "(47) 3433-1234 ramal 12".
        ValueError: no number of Brazil, or one without its area code.
    """
    written = cleaning.without_label(cleaned(text), _PHONE)
    if _EXTENSION.search(written[-LONGEST_EXTENSION:]):
        raise HasExtension(text)
    compact = re.sub(r"[\s()./-]", "", written)
    international = re.fullmatch(r"(?:\+|00)55(.*)", compact)
    national = international[1] if international else compact
    if not international and re.fullmatch(r"55[0-9]{10,11}", compact):
        national = compact[2:]
    if re.fullmatch(_NON_GEOGRAPHIC, national):
        return national
    found = re.fullmatch(rf"(?:{_TRUNK})?({_NATIONAL})", national)
    if found is None:
        raise ValueError(text)
    return found[1]


def format_phone(phone: str) -> str:
    """47999991234 → (47) 99999-1234, 08001234567 → 0800 123 4567."""
    if len(phone) == 11 and phone.startswith("0"):
        return f"{phone[:4]} {phone[4:7]} {phone[7:]}"
    return f"({phone[:2]}) {phone[2:-4]}-{phone[-4:]}" if len(phone) in (10, 11) else phone


def dialed(phone: str) -> str:
    """As it stands in a `tel:` address: +5547999991234, but 08001234567, which nobody abroad can call."""
    return phone if phone.startswith("0") else f"+55{phone}"


def parse_day(text: str) -> date:
    """ "15/07/2026", "15.07.2026" or "2026-07-15". Raises ValueError for anything else, also "15/07/26"."""
    found = _DAY.fullmatch(re.sub(r"\s*([/.-])\s*", r"\1", cleaned(text)[:20]))
    if found is None:
        raise ValueError(text)
    if found[4]:
        return date(int(found[4]), int(found[5]), int(found[6]))
    return date(int(found[3]), int(found[2]), int(found[1]))


def format_date(day: date) -> str:
    """15/07/2026."""
    return day.strftime("%d/%m/%Y")


@cache
def _holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("BR", years=year, categories=("public",)))


def is_holiday(day: date) -> bool:
    """Whether it is a national holiday."""
    return day in _holidays(day.year)


def is_business_day(day: date) -> bool:
    """Neither weekend nor national holiday: when people answer. When banks pay, `is_bank_day` says."""
    return day.weekday() < 5 and day not in _holidays(day.year)


# Banks are closed on days on which others work.
_BANKS_REST_ON = frozenset({"Carnaval", "Corpus Christi"})


@cache
def _bank_holidays(year: int) -> frozenset[date]:
    optional = holidays.country_holidays("BR", years=year, categories=("optional",), language="pt_BR")
    return _holidays(year) | {day for day, name in optional.items() if name in _BANKS_REST_ON}


def is_bank_day(day: date, *, last_of_year: bool = False) -> bool:
    """Whether banks take payments.

    They do not on weekends, national holidays, Carnival Monday and Tuesday, and Corpus Christi; nor on the
    31st of December, unless `last_of_year` says that they work on it.
    """
    if (day.month, day.day) == (12, 31) and not last_of_year:
        return False
    return day.weekday() < 5 and day not in _bank_holidays(day.year)


def next_bank_day(day: date, *, last_of_year: bool = False) -> date:
    """The day itself when it is a bank day, else the next one that is."""
    while not is_bank_day(day, last_of_year=last_of_year):
        day += timedelta(days=1)
    return day


def add_business_days(day: date, count: int) -> date:
    """The business day that lies `count` business days after `day`."""
    while count > 0:
        day += timedelta(days=1)
        if is_business_day(day):
            count -= 1
    return day
