"""What the portal is measured against: a bare Flask view that renders a 15 KB template, nothing else.

No database, no session, no hooks, and the page's content is there already. The template (15 KB in its three
files) is written as such pages usually are: a layout, macros for the fields, loops, filters, autoescaping,
amounts and days by Babel. It shows a quote, as the portal's own page does.

Two lighter pages stand beside it for whoever finds that too easy: `/by-hand`, the same template with amounts
formatted by hand as in the portal, and `/list`, the plainest page of 15 KB one can write: one loop.
"""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from babel.dates import format_date
from babel.numbers import format_currency
from flask import Flask, render_template

TEMPLATES = Path(__file__).parent / "templates"
QUOTE_TEMPLATES = ("frame.html", "macros.html", "page.html")

APPS: list[dict[str, Any]] = [
    {
        "code": f"app{number}",
        "label": f"Aplicativo {number}",
        "cents": number % 4 * 1490,
        "maximum": 5 if number % 5 == 0 else 1,
        "units": int(number < 4),
        "note": "até 5, preço por unidade" if number % 5 == 0 else "",
    }
    for number in range(14)
]
LINES = [
    {
        "code": f"line{number}",
        "label": f"Item {number}",
        "units": number % 3 + 1,
        "original": 9990 + number,
        "minimum": 6990 + number,
        "negotiated": 8990 + number,
    }
    for number in range(7)
]
QUOTE: dict[str, Any] = {
    "number": 1042,
    "version": 2,
    "list_name": "Tabela junho/2026",
    "changed_on": "15/06/2026 14:32",
    "plan": "gestao",
    "term": "monthly",
    "payment_method": "boleto",
    "installments": 1,
    "setup": 49900,
    "needs_approval": False,
    "manager": "Ana Souza",
    "free_down_to": 26964,
    "lines": LINES,
    "payments": [{"due_on": date(2026, month, 15), "cents": 27977} for month in range(7, 10)],
    "customer": {
        "name": "Padaria Pão Quente & Filhos",
        "document": "12.345.678/0001-95",
        "email": "contato@padaria.example",
        "phone": "(47) 99999-1234",
        "street": "Rua das Flores, 12",
        "city": "Joinville",
        "contacts": [
            {"name": name, "role": role, "email": f"{name.lower()}@padaria.example"}
            for name, role in (("Marta", "proprietária"), ("Davi", ""))
        ],
    },
}
CONTENT: dict[str, Any] = {
    "here": "/orcamentos",
    "person": {
        "name": "Marina Dias",
        "email": "marina@sul.example",
        "role": "Vendedora",
        "company": "Sul Sistemas",
    },
    "menu": [
        {"label": label, "url": f"/{icon}", "icon": icon}
        for label, icon in (("Início", "home"), ("Clientes", "store"), ("Orçamentos", "orcamentos"))
    ],
    "trail": [("Clientes", "/clientes"), ("Padaria Pão Quente & Filhos", "/clientes/1")],
    "quote": QUOTE,
    "plans": [
        {
            "code": code,
            "label": f"Hiper {label}",
            "includes": ["2 usuários", "1 caixa", "1 filial"],
            "cents": 9990,
        }
        for code, label in (("mini", "Mini"), ("gestao", "Gestão"))
    ],
    "addons": [
        {"code": code, "label": label, "included": 1, "maximum": 99, "chosen": 3}
        for code, label in (("user", "Usuários"), ("register", "Caixas"), ("branch", "Filiais"))
    ],
    "terms": [
        {
            "code": code,
            "label": label,
            "months": months,
            "cents": 29960 - months * 300,
            "saved": months * 3000,
        }
        for code, label, months in (
            ("monthly", "Mensal", 1),
            ("semiannual", "Semestral", 6),
            ("annual", "Anual", 12),
        )
    ],
    "apps": APPS,
    "payment_methods": [("boleto", "Boleto bancário"), ("card", "Cartão de Crédito"), ("ted", "TED")],
    "installments": [(1, "à vista")],
    "sums": [
        {"label": label, "value": "R$ 279,77", "note": ""}
        for label in ("Mensalidade", "1º pagamento", "Liberado até", "Próximo", "Custo", "Taxa", "Repasse")
    ],
    "shares": [
        {"kind": "less", "label": label, "cents": 11900, "why": "parte do que o cliente paga"}
        for label in ("Mensalidade", "Custo", "Taxa da central", "Repasse")
    ],
    "versions": [
        {
            "number": number,
            "state": "draft",
            "state_label": "Rascunho",
            "plan": "Hiper Gestão",
            "cents": 27977,
            "discount": 6.62,
            "who": "Marina Dias",
            "changed_on": "15/06/2026",
        }
        for number in (2, 1)
    ],
    "documents": [
        {"id": number, "title": f"Proposta v{number}.pdf", "made_on": date(2026, 6, number), "bytes": 48_213}
        for number in (2, 1)
    ],
    "history": [
        {
            "at": f"{day:02d}/06/2026 10:00",
            "what": "Valores alterados",
            "state": "draft",
            "state_label": "Rascunho",
            "who": "Marina Dias",
            "reason": "O cliente pediu para comparar com o que paga hoje a outro fornecedor.",
        }
        for day in range(4)
    ],
}
ROWS = [(f"Cliente {number}", f"{number:06d}", "Enviado", number * 1037) for number in range(48)]

app = Flask(__name__, template_folder=str(TEMPLATES))
app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True  # as the portal's


def money_by_babel(cents: int) -> str:
    """R$ 1.234,56, as one writes it with the library for it."""
    return format_currency(Decimal(cents) / 100, "BRL", locale="pt_BR")


def money_by_hand(cents: int) -> str:
    """R$ 1.234,56, as the portal writes it, because Babel takes long."""
    return f"R$ {cents // 100:,}".replace(",", ".") + f",{cents % 100:02d}"


def day(value: date) -> str:
    """15/07/2026."""
    return format_date(value, "dd/MM/yyyy", locale="pt_BR")


@app.get("/")
def quote() -> str:
    """The page of a quote."""
    return render_template("page.html", money=money_by_babel, day=day, **CONTENT)


@app.get("/by-hand")
def quote_by_hand() -> str:
    """The same page without Babel's formats."""
    return render_template("page.html", money=money_by_hand, day="{:%d/%m/%Y}".format, **CONTENT)


@app.get("/list")
def plain_list() -> str:
    """One table."""
    return render_template("list.html", rows=ROWS, money=money_by_hand)
