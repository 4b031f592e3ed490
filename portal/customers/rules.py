"""What a customer is made of, how it is found again, and what it lacks. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass
from datetime import date
from typing import NamedTuple, Protocol

from portal.catalog.rules import ServiceState
from portal.shared.brazil import folded, is_company
from portal.shared.cleaning import cleaned
from portal.shared.labels import LabeledEnum
from portal.shared.refusals import Conflict, Refusal

STATES = tuple("AC AL AP AM BA CE DF ES GO MA MT MS MG PA PB PR PE PI RJ RN RS RO RR SC SP SE TO".split())
COMPANY, PERSON = "empresa", "pessoa"
KIND_LABELS = {COMPANY: "Empresa", PERSON: "Pessoa"}
CPF_LENGTH = 11
DOCUMENT_COLUMN = "CNPJ ou CPF"
MAX_CONTACTS = 20
MAX_IMPORT_ROWS = 2_000
HISTORY_KINDS = {
    "cadastro": ("Cadastro", ("customers",)),
    "orcamentos": ("Orçamentos e propostas", ("quotes", "quote_versions", "proposals", "approvals")),
    "contratos": ("Contratos", ("contracts",)),
    "documentos": ("Documentos", ("stored_files",)),
    "assinaturas": ("Assinaturas", ("envelopes",)),
    "pagamentos": ("Pagamentos", ("payments", "card_requests", "charges", "boletos", "ted_transfers")),
    "faturas": ("Faturas e liberação", ("invoices", "coverages", "suspensions", "trust_releases")),
    "avisos": ("Avisos e lembretes", ("mail_messages", "dunning_holds")),
}
_PUNCTUATION = re.compile(r"[\s./()+-]")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactDetails:
    """Somebody at the customer."""

    name: str
    position: str = ""
    email: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatoryDetails:
    """The person who signs for the customer; `cpf` without punctuation."""

    name: str
    cpf: str
    email: str
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerDetails:
    """Everything the form holds, cleaned: documents, phones and CEP without punctuation."""

    document: str
    name: str
    trade_name: str = ""
    email: str = ""
    phone: str = ""
    postal_code: str = ""
    street: str = ""
    street_number: str = ""
    complement: str = ""
    district: str = ""
    city: str = ""
    state: str = ""
    notes: str = ""
    contacts: tuple[ContactDetails, ...] = ()
    signatory: SignatoryDetails | None = None


FIELD_LABELS = {
    "document": "CNPJ ou CPF",
    "name": "nome",
    "trade_name": "nome fantasia",
    "email": "e-mail",
    "phone": "telefone",
    "postal_code": "CEP",
    "street": "rua",
    "street_number": "número",
    "complement": "complemento",
    "district": "bairro",
    "city": "cidade",
    "state": "UF",
    "notes": "observações",
    "contacts": "contatos",
    "signatory": "responsável",
}


class Recipient(NamedTuple):
    """Somebody mail goes to."""

    address: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Something about a customer that waits for somebody; `endpoint` and `values` are where it is done."""

    text: str
    action: str
    endpoint: str
    values: Mapping[str, int]


class CustomerState(Protocol):
    """A state of a room downstream, as the badge shows it: an enum member with its Portuguese label."""

    @property
    def value(self) -> str: ...

    @property
    def label(self) -> str: ...


class CustomerSituation(LabeledEnum):
    """How far a customer is, by the table of the subscriptions room; the order is that of its filter."""

    ACTIVE = "active", "Ativo"
    SUSPENDED = "suspended", "Suspenso"
    ENDING = "ending", "Encerrando"
    AWAITING_PAYMENT = "awaiting_payment", "Aguardando pagamento"
    AWAITING_SIGNATURE = "awaiting_signature", "Aguardando contrato"
    ACCEPTED = "accepted", "Aceito"
    SENT = "sent", "Proposta enviada"
    PENDING_APPROVAL = "pending_approval", "Em aprovação"
    QUOTING = "quoting", "Em orçamento"
    ENDED = "ended", "Encerrado"
    NOT_SIGNED = "not_signed", "Contrato não assinado"
    CANCELED = "canceled", "Contrato cancelado"
    DECLINED = "declined", "Proposta recusada"
    EXPIRED = "expired", "Proposta expirada"
    NEW = "new", "Sem contratação"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a customer has: its plans in force, the vendor's cost and partner's share a month in centavos.

    `released_until` is the last paid day, `payment` the worst of plans, `paused` a pause's days.
    """

    situation: CustomerSituation
    plans: tuple[str, ...] = ()
    cost_cents: int | None = None
    repasse_cents: int | None = None
    released_until: date | None = None
    is_released: bool = False
    payment: ServiceState = ServiceState.CURRENT
    paused: tuple[date, date] | None = None


class MonthState(LabeledEnum):
    """How a month of service stands; the order is that of what needs somebody first."""

    LATE = "late", "Vencida"
    OPEN = "open", "Em aberto"
    AGREED = "agreed", "Em acordo"
    PAID = "paid", "Paga"
    FREE = "free", "Grátis"
    PAUSED = "paused", "Em pausa"
    UNPAID = "unpaid", "Sem pagamento"


@dataclass(frozen=True, slots=True)
class MonthPart:
    """What pays, or is to pay, for days of a month, both included. No `invoice_id`: nothing was charged.

    `given_with` is the contract whose months were given away, of a month that was.
    """

    state: MonthState
    starts_on: date
    ends_on: date
    invoice_id: int | None = None
    given_with: int | None = None


@dataclass(frozen=True, slots=True)
class ServiceMonth:
    """A month of service by its first day, and what pays for it; without any, nobody pays it yet."""

    first_day: date
    parts: tuple[MonthPart, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What a room downstream knows of a customer: what waits for somebody, and how many contratações.

    Put together for its record, it has the customer's standing too.
    """

    needs: tuple[Need, ...] = ()
    deals: int = 0
    standing: Standing | None = None


@dataclass(frozen=True, slots=True)
class ImportRow:
    """A row of an uploaded file that reads as a customer; `line` is where it begins."""

    line: int
    details: CustomerDetails


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong in a line of an uploaded file, in which column ("" for the whole line)."""

    line: int
    column: str
    message: str


class AlreadyRegistered(Refusal):
    """The partner has this document already; `customer_id` and `name` say whose it is."""

    def __init__(self, *, document: str, customer_id: int, name: str) -> None:
        self.customer_id, self.name = customer_id, name
        kind = "CNPJ" if is_company(document) else "CPF"
        words = f"Este {kind} já está cadastrado: {name}."
        super().__init__(words, field="document", customer_id=customer_id)


class ChangedMeanwhile(Conflict):
    """Somebody saved the customer after this person opened the form."""

    def __init__(self) -> None:
        super().__init__(
            "Outra pessoa salvou este cadastro depois que você o abriu. O que você digitou continua aqui: "
            "confira as diferenças e salve de novo se quiser manter o seu."
        )


class NothingLoaded(Conflict):
    """An import that may not be loaded (any more)."""


def search_text(details: CustomerDetails) -> str:
    """What a customer is found by; begins with the name, by which lists are sorted."""
    parts = (folded(details.name), folded(details.trade_name), details.document.lower())
    return " ".join(filter(None, parts))


def search_words(search: str) -> list[tuple[str, str]]:
    """The words of a search, each folded and as a document without its punctuation.

    A word matches a customer that holds either: "12.345" finds the CNPJ that has 12345 in it.
    """
    return [(word, _PUNCTUATION.sub("", cleaned(word))) for word in folded(search).split()]


def differences(before: CustomerDetails, after: CustomerDetails) -> list[str]:
    """The Portuguese names of the fields that differ."""
    return [label for name, label in FIELD_LABELS.items() if getattr(before, name) != getattr(after, name)]


def missing_parts(details: CustomerDetails) -> list[str]:
    """What a contract will need and the registration lacks, as sentences."""
    found = []
    if details.signatory is None:
        found.append("Falta o responsável: é ele quem assina o contrato.")
    if not details.email and (details.signatory is None or not details.signatory.email):
        found.append("Falta um e-mail para enviar a proposta.")
    if not all((details.postal_code, details.street, details.street_number, details.city, details.state)):
        found.append("Falta completar o endereço, que vai no contrato.")
    return found


def repeated_documents(rows: Iterable[ImportRow], known: Mapping[str, str]) -> Iterator[RowProblem]:
    """Documents that stand twice in a file, or belong to a customer in `known` (document → name)."""
    first_lines: dict[str, int] = {}
    for row in rows:
        document = row.details.document
        if document in first_lines:
            message = f"Este documento já está na linha {first_lines[document]} deste arquivo."
            yield RowProblem(row.line, DOCUMENT_COLUMN, message)
        elif document in known:
            yield RowProblem(row.line, DOCUMENT_COLUMN, f"Já cadastrado: {known[document]}.")
        first_lines.setdefault(document, row.line)


def side_by_side(theirs: CustomerDetails, mine: CustomerDetails) -> list[tuple[str, str, str]]:
    """(field, saved by the other, typed here) for each field in which two versions differ."""
    fields = [(label, getattr(theirs, name), getattr(mine, name)) for name, label in FIELD_LABELS.items()]
    return [(label, _in_words(saved), _in_words(typed)) for label, saved, typed in fields if saved != typed]


def _in_words(value: str | SignatoryDetails | tuple[ContactDetails, ...] | None) -> str:
    if isinstance(value, str):
        return value or "–"
    people = value if isinstance(value, tuple) else (value,)
    return "; ".join(", ".join(filter(None, astuple(person))) for person in people if person) or "–"
