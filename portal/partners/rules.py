"""Decisions about resellers: what they may be, and who looks after them. Pure."""

from dataclasses import dataclass, fields

from portal.shared import brazil
from portal.shared.labels import LabeledEnum
from portal.shared.refusals import Conflict, Refusal


class Tier(LabeledEnum):
    """How far a partner is trusted; the price list says which discount each may grant alone."""

    BRONZE = "bronze", "Bronze"
    PRATA = "prata", "Prata"
    OURO = "ouro", "Ouro"
    PLATINA = "platina", "Platina"


class Arrangement(LabeledEnum):
    """Who bills the customer, and how what is paid is shared."""

    CENTRAL_COBRANCA = "central_cobranca", "Central de Cobranças"
    CENTRAL_LEADS = "central_leads", "Central de Leads"
    HIPERADOR = "hiperador", "Hiperador"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerDetails:
    """What is registered of a reseller. Documents and phones without punctuation."""

    document: str
    name: str
    trade_name: str
    tier: Tier
    arrangement: Arrangement
    email: str
    phone: str
    account_manager_id: int
    substitute_id: int | None


FIELD_LABELS = {
    "document": "CNPJ",
    "name": "Razão social",
    "trade_name": "Nome fantasia",
    "tier": "Nível",
    "arrangement": "Modalidade",
    "email": "E-mail",
    "phone": "Telefone",
    "account_manager_id": "Gerente de contas",
    "substitute_id": "Substituto",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """A field whose value in the database is another one than in somebody's form, both as shown."""

    label: str
    saved: str
    typed: str


def differing(before: PartnerDetails, after: PartnerDetails) -> list[str]:
    """The names of the fields in which two registrations differ."""
    return [
        field.name
        for field in fields(PartnerDetails)
        if getattr(before, field.name) != getattr(after, field.name)
    ]


def shown(details: PartnerDetails, field: str, people: dict[int, str]) -> str:
    """A field's value as people read it; `people` gives the names of managers by id."""
    value = getattr(details, field)
    if isinstance(value, Tier | Arrangement):
        return value.label
    if field.endswith("_id"):
        return people.get(value, "nenhum") if value else "nenhum"
    if field == "document":
        return brazil.format_document(value)
    return brazil.format_phone(value) if field == "phone" else value or "vazio"


class DocumentTaken(Refusal):
    """Another partner is registered with this CNPJ."""

    def __init__(self, trade_name: str) -> None:
        super().__init__(f"Este CNPJ já é de {trade_name}.", field="document")


class NotAnAccountManager(Refusal):
    """The chosen person cannot look after partners (any more)."""

    def __init__(self, field: str) -> None:
        super().__init__("Escolha um gerente de contas ativo.", field=field)


class SubstituteIsManager(Refusal):
    """The substitute answers when the manager does not, so it has to be another person."""

    def __init__(self) -> None:
        super().__init__(
            "Escolha outra pessoa: o substituto responde quando o gerente não pode.", field="substitute_id"
        )


class TierReasonMissing(Refusal):
    """A change of tier changes the authority; the log says why."""

    def __init__(self) -> None:
        super().__init__("Escreva por que o nível muda. O motivo fica no histórico.", field="tier_reason")


class ReasonMissing(Refusal):
    """What was done needs a reason for the log."""

    def __init__(self) -> None:
        super().__init__("Escreva o motivo. Ele fica no histórico.", field="reason")


class SavedMeanwhile(Conflict):
    """Somebody saved this registration since the person opened it."""

    def __init__(self, who: str, at: str) -> None:
        super().__init__(f"{who} salvou este cadastro às {at}, enquanto você o editava.")


class StillLooksAfter(Conflict):
    """A manager who holds or substitutes active partners cannot leave before they are handed over."""

    def __init__(self, name: str, partners: list[str]) -> None:
        which = ", ".join(partners[:3]) + (" e outros" if len(partners) > 3 else "")
        super().__init__(f"{name} cuida de {which}. Passe estes parceiros a outra pessoa antes.")


class OwnAccess(Refusal):
    """Who manages a team cannot take the own access to it away."""

    def __init__(self) -> None:
        super().__init__(
            "Você não pode mudar o próprio acesso. Peça a outro gestor ou ao seu gerente de contas."
        )


class PartnerDisabled(Conflict):
    """Nobody can be invited to a partner that may not sign in."""

    def __init__(self, trade_name: str) -> None:
        super().__init__(f"{trade_name} está desativado. Reative o parceiro antes.")
