"""The people who can sign in to the demonstration, on one page."""

from dataclasses import dataclass

from portal.shared.auth import Role
from portal.users.rules import DemoSignIn

PASSWORD = "portal-demo-2026"  # noqa: S105 - printed on purpose, only ever loaded by `demo load`


@dataclass(frozen=True, slots=True)
class DemoPartner:
    """A reseller of the demonstration; managers are given by their e-mail's first part."""

    key: str
    trade_name: str
    name: str
    document: str
    tier: str
    arrangement: str
    manager: str
    substitute: str | None


@dataclass(frozen=True, slots=True)
class DemoUser:
    """Somebody who can sign in; `partner` is the key of a partner or None for the vendor."""

    name: str
    email: str
    role: Role
    partner: str | None = None


DEMO_PARTNERS = (
    DemoPartner(
        "sul",
        "Sul Sistemas",
        "Sul Sistemas Comércio Ltda",
        "9811100A000130",
        "ouro",
        "central_cobranca",
        "ana",
        "bruno",
    ),
    DemoPartner(
        "norte",
        "Norte Tech",
        "Norte Tech Informática Ltda",
        "12ABC34501DE35",
        "prata",
        "central_cobranca",
        "ana",
        "bruno",
    ),
    DemoPartner(
        "serra",
        "Serra Automação",
        "Serra Automação Comercial Ltda",
        "98222003000174",
        "bronze",
        "central_leads",
        "bruno",
        "ana",
    ),
    DemoPartner(
        "litoral",
        "Litoral Soluções",
        "Litoral Soluções em Varejo Ltda",
        "98333004000196",
        "platina",
        "central_cobranca",
        "bruno",
        "ana",
    ),
    DemoPartner(
        "vale",
        "Vale Software",
        "Vale Software e Serviços Ltda",
        "98444005000108",
        "prata",
        "hiperador",
        "ana",
        None,
    ),
    DemoPartner(
        "planalto",
        "Planalto Digital",
        "Planalto Digital Ltda",
        "98555006000120",
        "bronze",
        "central_cobranca",
        "bruno",
        None,
    ),
)

DEMO_USERS = (
    DemoUser("Marina Prado", "marina@sul.example", Role.SELLER, "sul"),
    DemoUser("Paulo Becker", "paulo@sul.example", Role.PARTNER_ADMIN, "sul"),
    DemoUser("Rafael Nunes", "rafael@norte.example", Role.SELLER, "norte"),
    DemoUser("Lúcia Ramos", "lucia@norte.example", Role.PARTNER_ADMIN, "norte"),
    DemoUser("Tiago Moura", "tiago@serra.example", Role.SELLER, "serra"),
    DemoUser("Helena Dias", "helena@litoral.example", Role.SELLER, "litoral"),
    DemoUser("Otávio Reis", "otavio@vale.example", Role.SELLER, "vale"),
    DemoUser("Júlia Castro", "julia@planalto.example", Role.SELLER, "planalto"),
    DemoUser("Ana Souza", "ana@portal.example", Role.ACCOUNT_MANAGER),
    DemoUser("Bruno Lima", "bruno@portal.example", Role.ACCOUNT_MANAGER),
    DemoUser("Carla Freitas", "carla@portal.example", Role.FINANCE),
    DemoUser("Davi Rocha", "davi@portal.example", Role.SUPPORT),
    DemoUser("Elisa Martins", "elisa@portal.example", Role.ADMIN),
)


def sign_ins() -> tuple[DemoSignIn, ...]:
    """Everybody, as the sign-in page of the demonstration offers them."""
    partners = {partner.key: partner.trade_name for partner in DEMO_PARTNERS}
    return tuple(
        DemoSignIn(
            name=user.name,
            email=user.email,
            password=PASSWORD,
            says=user.role.label + (f" · {partners[user.partner]}" if user.partner else ""),
        )
        for user in DEMO_USERS
    )


def users_in_words() -> str:
    """Everybody, a line each, for a terminal."""
    partners = {partner.key: partner for partner in DEMO_PARTNERS}
    lines = [f"Senha de todos: {PASSWORD}", ""]
    for user in DEMO_USERS:
        partner = partners[user.partner] if user.partner else None
        place = f"{partner.trade_name} ({partner.tier})" if partner else "Fornecedor"
        lines.append(f"  {user.email:<24} {user.name:<16} {user.role.label:<20} {place}")
    return "\n".join(lines)
