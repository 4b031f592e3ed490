"""Companies and people that do not exist, with documents whose check digits are right."""

from dataclasses import dataclass
from random import Random

from stdnum.br import cnpj, cpf

TRADES = (
    "Padaria", "Mercado", "Farmácia", "Papelaria", "Ótica", "Floricultura", "Pet Shop", "Açougue",
    "Livraria", "Auto Peças", "Materiais", "Confeitaria", "Boutique", "Calçados", "Casa de Carnes",
)  # fmt: skip
NAMES = (
    "Pão Quente", "São Jorge", "Bela Vista", "Primavera", "Três Irmãos", "Ipê Amarelo", "Boa Esperança",
    "do Vale", "Santa Clara", "Estrela", "Bom Preço", "Novo Horizonte", "da Praça", "Águas Claras",
    "Avenida", "Central", "do Porto", "Aurora", "Recanto", "Girassol",
)  # fmt: skip
CITIES = (
    ("Joinville", "SC", "89201", "47"),
    ("Blumenau", "SC", "89010", "47"),
    ("Curitiba", "PR", "80010", "41"),
    ("Porto Alegre", "RS", "90010", "51"),
    ("Campinas", "SP", "13010", "19"),
    ("Niterói", "RJ", "24020", "21"),
    ("Goiânia", "GO", "74003", "62"),
    ("Salvador", "BA", "40015", "71"),
)
STREETS = (
    "Rua XV de Novembro",
    "Avenida Brasil",
    "Rua das Palmeiras",
    "Rua Sete de Setembro",
    "Avenida Central",
)
DISTRICTS = ("Centro", "América", "Jardim Europa", "Vila Nova", "Boa Vista")
FIRST_NAMES = (
    "Mariana", "João", "Beatriz", "Pedro", "Camila", "Lucas", "Fernanda", "Gustavo", "Sônia", "Roberto",
    "Patrícia", "André", "Cláudia", "Márcio", "Débora", "Sérgio",
)  # fmt: skip
LAST_NAMES = (
    "Alves", "Barros", "Cardoso", "Duarte", "Esteves", "Farias", "Gonçalves", "Hoffmann", "Klein",
    "Lopes", "Mendes", "Oliveira", "Pereira", "Schmidt", "Teixeira", "Vieira",
)  # fmt: skip
CNPJ_LETTERS = "ABCDEFGHJKLMNPRSTVWXYZ"
ALPHANUMERIC_SHARE = 0.15
PERSON_SHARE = 0.08


@dataclass(frozen=True, slots=True)
class DemoCompany:
    """A customer to be registered; fields as `customers.operations.register_customer` takes them."""

    document: str
    name: str
    trade_name: str
    email: str
    phone: str
    postal_code: str
    street: str
    street_number: str
    district: str
    city: str
    state: str
    person: str
    person_cpf: str
    person_email: str
    person_phone: str


def make_companies(random: Random, count: int) -> list[DemoCompany]:
    """`count` different companies (a few of them persons)."""
    titles = [f"{trade} {name}" for trade in TRADES for name in NAMES]
    return [_company(random, title, index) for index, title in enumerate(random.sample(titles, count))]


def _company(random: Random, title: str, index: int) -> DemoCompany:
    city, state, postal_prefix, area = random.choice(CITIES)
    person = f"{random.choice(FIRST_NAMES)} {random.choice(LAST_NAMES)}"
    person_cpf = _cpf(random)
    is_person = random.random() < PERSON_SHARE
    return DemoCompany(
        document=person_cpf if is_person else _cnpj(random),
        name=person if is_person else f"{title} Ltda",
        trade_name=title,
        email=f"contato@cliente{index + 1}.example",
        phone=f"{area}3{random.randrange(10**7):07d}",
        postal_code=f"{postal_prefix}{random.randrange(1000):03d}",
        street=random.choice(STREETS),
        street_number=str(random.randrange(1, 2000)),
        district=random.choice(DISTRICTS),
        city=city,
        state=state,
        person=person,
        person_cpf=person_cpf,
        person_email=f"responsavel@cliente{index + 1}.example",
        person_phone=f"{area}9{random.randrange(10**8):08d}",
    )


def _cnpj(random: Random) -> str:
    alphabet = "0123456789" + (CNPJ_LETTERS if random.random() < ALPHANUMERIC_SHARE else "")
    root = "".join(random.choice(alphabet) for _ in range(8)) + "0001"
    return root + str(cnpj.calc_check_digits(root))


def _cpf(random: Random) -> str:
    root = f"{random.randrange(10**9):09d}"
    return root + _cpf_digits(root)


def _cpf_digits(root: str) -> str:
    """Two check digits by the rule of the Receita Federal (weights from 10 and 11 down)."""
    digits = root
    for _ in range(2):
        weighted = sum(int(digit) * (len(digits) + 1 - place) for place, digit in enumerate(digits))
        digits += str(weighted * 10 % 11 % 10)
    if not cpf.is_valid(digits):
        raise ValueError(digits)
    return digits[9:]
