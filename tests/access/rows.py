"""Who asks and what is sent, for the table of all views."""

from dataclasses import dataclass, field

SELLER, PARTNER_ADMIN = "seller", "partner_admin"
MANAGER, OTHER_MANAGER = "manager", "other_manager"
FINANCE, SUPPORT, ADMIN = "finance", "support", "admin"
NOBODY, DISABLED, OF_DISABLED_PARTNER = "nobody", "disabled", "of_disabled_partner"
SUBSCRIBER = "subscriber"  # signed in to the Central do Assinante, which is nothing to the staff's pages

RESELLER = frozenset({SELLER, PARTNER_ADMIN})
MANAGERS = frozenset({MANAGER, OTHER_MANAGER})
EVERYBODY = RESELLER | MANAGERS | {FINANCE, SUPPORT, ADMIN}
STRANGERS = frozenset({NOBODY, DISABLED, OF_DISABLED_PARTNER, SUBSCRIBER})
ONLY_SUBSCRIBER = frozenset({SUBSCRIBER})
ANYBODY = EVERYBODY | STRANGERS
WRITERS = RESELLER | {SUPPORT, ADMIN}
DECIDERS = MANAGERS | {ADMIN}
DESK = frozenset({FINANCE, ADMIN})
TASK_PEOPLE = frozenset({FINANCE, SUPPORT, ADMIN})
TRUSTING = RESELLER | {FINANCE, SUPPORT, ADMIN}
DUNNERS = frozenset({FINANCE, SUPPORT, ADMIN})
ONLY_ADMIN = frozenset({ADMIN})
ONLY_TEAM = frozenset({PARTNER_ADMIN})
TWO_READERS = frozenset({PARTNER_ADMIN, ADMIN})  # between them they may open every page and see every form


@dataclass(frozen=True, slots=True)
class Row:
    """Who may use a view, and a request to it that succeeds.

    `ok`: its status, else 200 for GET and 303 for POST. `own`: the thing it names is the person's, not a
    partner's.
    """

    who: frozenset[str]
    address: str
    form: dict[str, str] = field(default_factory=dict)
    ok: int = 0
    own: bool = False

    @property
    def for_subscribers(self) -> bool:
        """Whether it is a page of the Central do Assinante, which no user of the portal may open."""
        return self.who == ONLY_SUBSCRIBER

    @property
    def of_side(self) -> bool:
        """Whether the request names something that only some may see."""
        return "{" in self.address + "".join(self.form.values())


CUSTOMER = {"document": "529.982.247-25", "name": "Ótica Nova", "contacts-0-name": "", "partner_id": "1"}
QUOTE = {"plan": "gestao", "term": "monthly", "payment_method": "boleto", "price_list_id": "1"}
PASSWORD = {"password": "uma frase bem comprida", "password_again": "uma frase bem comprida"}
NEW_QUOTE = QUOTE | {"customer_id": "{customer}", "creation_key": "a form opened once"}
NEW_PASSWORD = PASSWORD | {"current_password": "boa noite padaria"}
PARTNER = {
    "document": "11.222.333/0001-81",
    "name": "Revenda Nova Ltda",
    "trade_name": "Revenda Nova",
    "tier": "prata",
    "arrangement": "central_cobranca",
    "account_manager_id": "3",
    "substitute_id": "",
}
EDITED_PARTNER = PARTNER | {"lock_version": "{partner_lock}"}
INVITATION = {"name": "Nova Pessoa", "email": "nova@pessoa.example", "role": "seller"}
SIGNATORY = {"name": "João Alves", "cpf": "111.444.777-35", "email": "joao@novo.example", "phone": ""}


def whom(kind: str) -> dict[str, str]:
    """Somebody typed to pass a link on to by WhatsApp."""
    return {f"{kind}-to": "other", f"{kind}-name": "Maria", f"{kind}-phone": "(47) 99999-1234"}


DUNNING_STEP = {
    "steps-0-days": "3",
    "steps-0-channel": "email",
    "steps-0-audience": "everybody",
    "steps-0-min_cents": "0,00",
    "steps-0-subject": "Sua fatura",
    "steps-0-body": "Ela venceu há pouco.",
}
CLAUSES = {"clauses": "# Objeto\nA licença de uso.", "note": "Texto mais curto", "based_on": "1"}
