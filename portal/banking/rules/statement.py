"""What a statement (extrato) of an account tells: whose it is, its days, what came in and went out. Pure."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from portal.banking.rules.ofx import Element, elements_of
from portal.banking.rules.return_lines import UnreadableFile
from portal.receipts.rules.receiving import CURRENCY, numbers_in
from portal.shared.brazil import clean_document, folded
from portal.shared.labels import LabeledEnum
from portal.shared.refusals import Conflict

MATCH_STATEMENT = "match_statement"
MOST_LINES = 20_000
_AMOUNT = re.compile(r"([+-]?)([0-9]{1,10})(?:[.,]([0-9]{1,2}))?")
_DAY = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:[0-9]{2,6}(?:\.[0-9]{1,3})?)?(?:\[[^\[\]]{1,12}\])?")
_FITID = re.compile(r"[\x21-\x7e]{1,255}")
_WRITTEN = re.compile(
    r"(?<![0-9A-Za-z])(?:[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}"
    r"|[0-9A-Za-z]{2}\.?[0-9A-Za-z]{3}\.?[0-9A-Za-z]{3}/?[0-9A-Za-z]{4}-?[0-9]{2}"
    r"|0{0,4}[0-9]{14}|0{0,4}[0-9]{11})(?![0-9A-Za-z])"
)
_KINDS = frozenset(
    "CREDIT DEBIT INT DIV FEE SRVCHG DEP ATM POS XFER CHECK PAYMENT CASH DIRECTDEP DIRECTDEBIT REPEATPMT"
    " OTHER HOLD IN OUT".split()
)
_A_TED = re.compile(r"\b(?:ted|teds|doc|tev|tef|transf\w*|transferencia\w*|cred\w* em conta)\b")
_NO_TED = re.compile(
    r"\b(?:pix|boleto\w*|cobranca\w*|liquidacao\w*|titulo\w*|cielo|rede|getnet|stone|resgate\w*|aplicacao\w*"
    r"|rendimento\w*|estorno\w*|devol\w*|emprestimo\w*|salario\w*|tarifa\w*|cheque\w*)\b"
)


class LineOutcome(LabeledEnum):
    """What became of a credit of a statement."""

    WAITING = "waiting", "Na fila"
    CONFIRMED = "confirmed", "TED confirmada"
    SECOND = "second", "Aguarda segunda confirmação"
    ANOTHER = "another", "Outra pessoa precisa confirmar"
    KNOWN = "known", "Já registrada"
    PARKED = "parked", "A conferir"
    DOUBT = "doubt", "Talvez já confirmada"
    OTHER = "other", "Não é TED"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementEntry:
    """One entry: `amount_cents` is positive for what came in. `fitid` is the bank's name for it."""

    line: int
    fitid: str
    on: date
    amount_cents: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """An account as its bank names it, the days told of, and every entry."""

    bank: str
    branch: str
    account: str
    first_on: date
    last_on: date
    entries: tuple[StatementEntry, ...]


class AlreadyTaken(Conflict):
    """Somebody decided about this entry first."""

    def __init__(self) -> None:
        super().__init__("Outra pessoa já decidiu sobre este lançamento. Recarregue a página.")


def read_statement(content: bytes, *, today: date) -> Statement:
    """All that a file says, or nothing.

    Raises:
        UnreadableFile: naming the line that is not as it must be, or that tells of a day to come.
    """
    root = elements_of(content)
    if next(root.all("CCSTMTRS"), None) is not None:
        raise UnreadableFile("Este é o extrato de um cartão. Envie o extrato da conta corrente.")
    found = list(root.all("STMTRS"))
    if len(found) != 1:
        raise UnreadableFile(
            "O arquivo precisa ter o extrato de uma conta só. Exporte uma conta de cada vez."
        )
    told = found[0]
    currency = told.find("CURDEF")
    if currency is not None and currency.text != CURRENCY:
        raise UnreadableFile(f"A linha {currency.line} diz que o extrato não é em reais.")
    entries = tuple(_entries(told, today=today))
    days = [one.on for one in entries]
    first, last = (_day_of(told, "BANKTRANLIST", name) for name in ("DTSTART", "DTEND"))
    return Statement(
        bank=_named(told, "BANKID"),
        branch=_named(told, "BRANCHID", is_needed=False),
        account=_named(told, "ACCTID"),
        first_on=min([*days, *filter(None, [first])], default=today),
        last_on=max([*days, *(day for day in [last] if day and day <= today)], default=today),
        entries=entries,
    )


def names_account(statement: Statement, *, bank: str, branch: str, account: str, digit: str) -> bool:
    """Whether a statement is of this account: banks write it with branch and check digit or without."""
    ours = _bare(branch)
    if _bare(statement.bank) != _bare(bank) or not _bare(statement.branch or branch).startswith(ours):
        return False
    written = (account, f"{account}{digit}", f"{branch}{account}", f"{branch}{account}{digit}")
    return _bare(statement.account) in {_bare(each) for each in written}


def may_be_ted(text: str, *, has_known_payer: bool) -> bool:
    """Whether an entry is a TED by its words; money of a payer we know is one unless it says otherwise."""
    words = folded(text)
    if _NO_TED.search(words):
        return False
    return has_known_payer or _A_TED.search(words) is not None


def documents_in(text: str) -> list[str]:
    """Every valid CPF and CNPJ that stands in a text, without signs, in order."""
    found: dict[str, None] = {}
    for match in _WRITTEN.finditer(text):
        for written in (match[0], match[0][-14:], match[0][-11:]):
            try:
                found[clean_document(written)] = None
                break
            except ValueError:
                continue
    return list(found)


def invoice_numbers_in(text: str) -> list[int]:
    """What may be the number of an invoice in a text: the parts of a CPF or CNPJ are none."""
    return numbers_in(_WRITTEN.sub(" ", text))


def _entries(told: Element, *, today: date) -> Iterator[StatementEntry]:
    seen: dict[str, int] = {}
    for number, one in enumerate(told.all("STMTTRN"), start=1):
        if number > MOST_LINES:
            raise UnreadableFile(f"O extrato tem mais de {MOST_LINES} lançamentos. Exporte menos dias.")
        entry = _entry(one, today=today)
        if entry.fitid in seen:
            raise UnreadableFile(
                f"A linha {entry.line} repete a identificação (FITID) da linha {seen[entry.fitid]}: não dá"
                " para saber se é o mesmo lançamento. Baixe o extrato de novo ou fale com o banco."
            )
        seen[entry.fitid] = entry.line
        yield entry


def _entry(one: Element, *, today: date) -> StatementEntry:
    fields: dict[str, Element] = {}
    for part in one.parts:
        if part.name in fields:
            raise UnreadableFile(f"A linha {part.line} repete {part.name} no mesmo lançamento.")
        fields[part.name] = part
    kind, fitid = _text(one, fields, "TRNTYPE"), _text(one, fields, "FITID")
    if kind.upper() not in _KINDS:
        raise UnreadableFile(f"A linha {fields['TRNTYPE'].line} tem um tipo que não conhecemos: {kind[:20]}.")
    if _FITID.fullmatch(fitid) is None:
        raise UnreadableFile(f"A linha {fields['FITID'].line} tem uma identificação (FITID) que não se lê.")
    on = _day(_text(one, fields, "DTPOSTED"), fields["DTPOSTED"].line)
    if on > today:
        raise UnreadableFile(
            f"A linha {fields['DTPOSTED'].line} traz um lançamento futuro. Exporte o extrato até hoje."
        )
    words = (fields[name].text for name in ("NAME", "MEMO", "CHECKNUM", "REFNUM") if name in fields)
    return StatementEntry(
        line=one.line,
        fitid=fitid,
        on=on,
        amount_cents=_cents(_text(one, fields, "TRNAMT"), fields["TRNAMT"].line),
        text=" · ".join(_without_repeats(words)),
    )


def _without_repeats(words: Iterable[str]) -> Iterator[str]:
    told = ""
    for word in words:
        if word and word not in told:
            told += word
            yield word


def _text(one: Element, fields: dict[str, Element], name: str) -> str:
    if name not in fields or not fields[name].text:
        raise UnreadableFile(f"O lançamento da linha {one.line} não diz {name}. Baixe o extrato de novo.")
    return fields[name].text


def _named(told: Element, name: str, *, is_needed: bool = True) -> str:
    found = told.find("BANKACCTFROM", name)
    if found is not None and found.text:
        return found.text
    if is_needed:
        raise UnreadableFile(f"O extrato não diz de que conta é ({name}). Baixe-o do banco de novo.")
    return ""


def _day_of(told: Element, *names: str) -> date | None:
    found = told.find(*names)
    return _day(found.text, found.line) if found is not None and found.text else None


def _day(text: str, line: int) -> date:
    match = _DAY.fullmatch(text)
    try:
        if match:
            return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        pass
    raise UnreadableFile(f"Na linha {line} há uma data que não existe.")


def _cents(text: str, line: int) -> int:
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise UnreadableFile(f"Na linha {line} há um valor que não se lê.")
    cents = int(match[2]) * 100 + int((match[3] or "").ljust(2, "0"))
    return -cents if match[1] == "-" else cents


def _bare(text: str) -> str:
    """An account's or bank's figures as they are compared: without signs and leading zeros, in capitals."""
    return re.sub("[^0-9A-Z]", "", text.upper()).lstrip("0")
