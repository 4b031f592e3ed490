"""Customers from a CSV: the report first, then all of them or none, once."""

import io
import re

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from portal.customers import operations
from portal.customers.models import Customer, CustomerImport
from portal.customers.rules import NothingLoaded
from portal.shared.audit import LogEntry, first_broken_position
from portal.shared.db import db
from tests.factories.customers import ALPHANUMERIC_CNPJ, REGISTERED_AT, make_customer
from tests.factories.partners import a_cnpj
from tests.portal.customers.conftest import House, SignIn
from tests.portal.customers.test_editing import at_once
from tests.support.application import Transaction
from tests.support.clients import PortalClient, location

HEADER = "CNPJ ou CPF;Razão social ou nome;E-mail;UF;Responsável: nome;Responsável: CPF;Responsável: e-mail"
BAKERY = (
    "12.ABC.345/01DE-35;Padaria Pão Quente;contato@paoquente.com.br;sc;"
    "Maria;529.982.247-25;m@paoquente.com.br"
)
NO_ADDRESS = "Um nome não leva endereço de site nem de e-mail. Escreva-o sem"
WRONG_DOCUMENT = "Este CNPJ ou CPF não confere. Confira os números e as letras."
BROKEN_NAME = BAKERY.replace("Padaria Pão Quente", '"Padaria\nPão Quente"')


def upload(browser: PortalClient, content: str | bytes, **fields: str) -> TestResponse:
    data = content if isinstance(content, bytes) else content.encode()
    browser.get("/clientes/importar")
    return browser.submit(
        "/clientes/importar",
        {"file": (io.BytesIO(data), "clientes.csv"), **fields},
        content_type="multipart/form-data",
    )


def report_of(browser: PortalClient, content: str | bytes, **fields: str) -> str:
    response = upload(browser, content, **fields)
    assert response.status_code == 303, response.text
    return browser.get(location(response)).text


def problems_in(report: str) -> list[tuple[str, str, str]]:
    """(line, column, message) of each row of the report's table."""
    cells = re.findall(r'data-label="(?:Linha|Coluna|O que corrigir)">(.*?)</td>', report)
    return [(cells[i], cells[i + 1], cells[i + 2]) for i in range(0, len(cells), 3)]


def count_customers(transaction: Transaction) -> int:
    with transaction() as session:
        return session.scalar(select(func.count(Customer.id))) or 0


class TestAFileOfPastedNumbers:
    def test_is_understood(self, house: House, sign_in: SignIn, transaction: Transaction) -> None:
        browser = sign_in(house.seller)
        rows = (
            "CNPJ ou CPF;Razão social ou nome;Telefone;CEP\n"
            "CPF 529.982.247-25;Zé;0800 123 4567;CEP 89201\u2013123\n"
            "CNPJ\u00a012.ABC.345/01DE\u201135;Padaria;\u200b(047) 3433\u20131234;\uff18\uff19201123\n"
        )
        address = location(upload(browser, rows))
        assert "Arquivo sem problemas." in browser.get(address).text
        browser.submit(f"{address}/carregar")
        with transaction() as session:
            kept = select(Customer.document, Customer.phone, Customer.postal_code).order_by(Customer.document)
            assert [tuple(row) for row in session.execute(kept)] == [
                ("12ABC34501DE35", "4734331234", "89201123"),
                ("52998224725", "08001234567", "89201123"),
            ]


class TestAGoodFile:
    @pytest.mark.deep
    @pytest.mark.parametrize(
        "content",
        [
            f"{HEADER}\n{BAKERY}\n".encode(),
            f"\ufeff{HEADER}\r\n{BAKERY}\r\n".encode(),
            f"{HEADER}\r\n{BAKERY}".encode("cp1252"),
            f"{HEADER}\n{BAKERY}\n".encode("utf-16"),
            f"{HEADER}\n\n{BAKERY}\n;;;;;;\n".replace(";", ",").encode(),
            f"{HEADER}\n{BAKERY}\n".replace(";", "\t").encode(),
            f"{HEADER.upper()}\n{BAKERY}\n".encode(),
            f"{HEADER}\n{BROKEN_NAME}".encode(),
            f"\ufeff\ufeff{HEADER}\n{BAKERY}\n".encode(),
            f"\ufeffsep=;\r\n\ufeff{HEADER}\r\n{BAKERY}\r\n".encode(),
            f"SEP=,\n{HEADER}\n{BAKERY}\n".encode(),
            f"sep=#\n{HEADER}\n{BAKERY}\n".replace(";", "#").encode(),
            f"{HEADER}\n{BAKERY}\n".replace(";", "|").encode(),
            f"{HEADER}\n{BAKERY}\n\x1a".encode(),
            f"{HEADER}\r\n{BAKERY.replace('Padaria ', 'Padaria' + chr(11))}".encode(),
            f"{HEADER}\r{BAKERY}\r".encode(),
            f"{HEADER}\n{BAKERY}\n".encode("utf-16-le"),
            f"{HEADER}\n{BAKERY}\n".encode("utf-16-be"),
            f"{HEADER}\n{BAKERY}\n".encode("utf-32"),
            f"{HEADER}\n{BAKERY}\n".encode("cp850"),
            f"{HEADER}\n{BAKERY}\n".encode("mac_roman"),
        ],
        ids=(
            "utf-8,bom,latin-1,utf-16,commas and blank lines,tabs,capitals,line break,two marks,sep,"
            "wrong sep,other sep,bars,Ctrl-Z,vertical tab,old line ends,utf-16-le,utf-16-be,utf-32,DOS,Mac"
        ).split(","),
    )
    def test_is_loaded_after_it_is_confirmed_and_not_before(
        self, house: House, sign_in: SignIn, transaction: Transaction, content: bytes
    ) -> None:
        browser = sign_in(house.seller)
        address = location(upload(browser, content))
        assert "Arquivo sem problemas." in browser.get(address).text
        assert count_customers(transaction) == 0
        outcome = browser.submit(f"{address}/carregar", follow_redirects=True)
        assert "1 cliente importado." in outcome.text
        with transaction() as session:
            customer = session.scalars(select(Customer)).one()
            assert (customer.document, customer.name) == (ALPHANUMERIC_CNPJ, "Padaria Pão Quente")
            assert (customer.partner_id, customer.state) == (house.partner_id, "SC")
            assert session.scalars(select(LogEntry.customer_id)).all() == [customer.id]

    def test_is_loaded_once_however_often_it_is_confirmed(
        self, house: House, sign_in: SignIn, transaction: Transaction
    ) -> None:
        browser = sign_in(house.seller)
        address = location(upload(browser, f"{HEADER}\n{BAKERY}\n"))
        browser.get(address)
        for _ in range(2):
            assert browser.submit(f"{address}/carregar").status_code == 303
        assert count_customers(transaction) == 1
        with transaction() as session:
            assert session.scalars(select(CustomerImport.rows)).all() == [[]], (
                "no second copy of the data is kept"
            )

    def test_is_loaded_once_when_two_confirm_at_the_same_moment(
        self, app: Flask, house: House, sign_in: SignIn, transaction: Transaction
    ) -> None:
        address = location(upload(sign_in(house.seller), f"{HEADER}\n{BAKERY}\n"))
        import_id = int(address.rsplit("/", 1)[1])

        def load() -> str:
            with app.app_context():
                checked = db.session.get_one(CustomerImport, import_id)
                try:
                    operations.load_import(db.session, checked=checked, actor=house.seller, now=REGISTERED_AT)
                    db.session.commit()
                except NothingLoaded:
                    db.session.rollback()
                    return "refused"
                return "loaded"

        assert sorted(at_once(load, load)) == ["loaded", "refused"]
        assert count_customers(transaction) == 1

    def test_of_the_template_itself_can_be_sent_back(self, house: House, sign_in: SignIn) -> None:
        browser = sign_in(house.seller)
        template = browser.get("/clientes/importar/modelo.csv")
        assert "Arquivo sem problemas." in report_of(browser, template.data)

    @pytest.mark.deep
    def test_is_loaded_for_the_partner_that_support_chooses(
        self, house: House, sign_in: SignIn, transaction: Transaction
    ) -> None:
        browser = sign_in(house.support)
        assert upload(browser, f"{HEADER}\n{BAKERY}\n").status_code == 422
        address = location(upload(browser, f"{HEADER}\n{BAKERY}\n", partner_id=str(house.rival_partner_id)))
        browser.get(address)
        browser.submit(f"{address}/carregar")
        with transaction() as session:
            assert session.scalars(select(Customer.partner_id)).one() == house.rival_partner_id


class TestABadFile:
    def test_names_each_bad_line_and_column_and_loads_nothing(
        self, house: House, sign_in: SignIn, transaction: Transaction
    ) -> None:
        with transaction() as session:
            make_customer(session, partner_id=house.partner_id, document=a_cnpj(5), name="Loja Antiga")
            make_customer(session, partner_id=house.rival_partner_id, document=a_cnpj(6))
        browser = sign_in(house.seller)
        rows = [
            BAKERY,
            "1234567890123;Loja;;;;;",
            '99.999.999/0001-99;"Loja\ncom quebra";sem-arroba;XX;;;',
            f"{a_cnpj(5)};Loja;;;;;",
            f"{a_cnpj(6)};Do rival também;;;;;",
            BAKERY,
            f"{a_cnpj(7)};;;;Ana;;",
            f"{a_cnpj(8)};Loja;;;;;;sobra",
            f"{a_cnpj(9)};https://x.example;;;www.x.example;529.982.247-25;ana@x.example",
        ]
        response = upload(browser, "\n".join([HEADER, *rows]))
        report = browser.get(location(response)).text
        assert problems_in(report) == [
            (
                "3",
                "CNPJ ou CPF",
                WRONG_DOCUMENT + " A planilha pode ter cortado zeros ou arredondado: "
                "formate a coluna como texto.",
            ),
            ("4", "CNPJ ou CPF", WRONG_DOCUMENT),
            ("4", "E-mail", "Escreva um e-mail completo, por exemplo nome@empresa.com.br."),
            ("4", "UF", "Escreva a UF com duas letras, por exemplo SC."),
            ("6", "CNPJ ou CPF", "Já cadastrado: Loja Antiga."),
            ("8", "CNPJ ou CPF", "Este documento já está na linha 2 deste arquivo."),
            ("9", "Razão social ou nome", "Escreva o nome ou a razão social."),
            ("9", "Responsável: CPF", "Escreva o CPF do responsável: só ele poderá assinar."),
            ("9", "Responsável: e-mail", "Escreva o e-mail do responsável: é para ele que vai o contrato."),
            (
                "10",
                "linha inteira",
                "A linha tem mais células que o cabeçalho. Confira se falta pôr um texto entre aspas.",
            ),
            ("11", "Razão social ou nome", f"{NO_ADDRESS} “://”."),
            ("11", "Responsável: nome", f"{NO_ADDRESS} “www.”."),
        ]
        assert "Nenhum cliente foi cadastrado." in report
        assert browser.submit(f"{location(response)}/carregar").status_code == 303
        assert count_customers(transaction) == 2

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"", "O arquivo está vazio."),
            (b"\xef\xbb\xbf \r\n", "O arquivo está vazio."),
            (b"PK\x03\x04rest of a spreadsheet", "Este arquivo é uma planilha do Excel."),
            (b"\x89PNG\r\n\x1a\n\x00\x00", "Este arquivo não é um CSV."),
            (b"%PDF-1.7\n\x81\x8d", "Este arquivo não é um CSV."),
            (b"\xef\xbb\xbf\xef\xbb\xbf\n", "O arquivo está vazio."),
            (b"\x1a", "O arquivo está vazio."),
            (b"\xd0\xcf\x11\xe0an old spreadsheet", "Este arquivo é uma planilha do Excel."),
            (b"<html><table><tr><td>CNPJ", "Este arquivo é uma planilha do Excel."),
            (f"{HEADER}\n{BAKERY}\nA\0B;C\n".encode(), "A linha 3 tem um caractere que não se vê"),
            (f"{HEADER}\nA\x07B;C\n".encode(), "A linha 2 tem um caractere que não se vê"),
            (f"{HEADER}\n{BAKERY}\n\x1aB;C\n".encode(), "Este arquivo não é um CSV."),
            (f"{HEADER}\n\nPadaria P\ufffdo;\n".encode(), "A linha 3 perdeu letras com acento"),
        ],
    )
    def test_that_is_none_is_refused_at_the_field(
        self, house: House, sign_in: SignIn, content: bytes, message: str
    ) -> None:
        response = upload(sign_in(house.seller), content)
        assert response.status_code == 422
        assert message in response.text

    @pytest.mark.parametrize(
        ("content", "problem"),
        [
            ("CNPJ ou CPF;Apelido\n1;2", ("1", "Apelido", "Esta coluna não existe no modelo.")),
            ("CNPJ ou CPF;CNPJ ou CPF\n1;2", ("1", "CNPJ ou CPF", "Esta coluna aparece mais de uma vez.")),
            ("E-mail\na@b.com.br", ("1", "CNPJ ou CPF", "Falta esta coluna.")),
            (f"{HEADER}\n", ("1", "linha inteira", "O arquivo só tem o cabeçalho.")),
            (HEADER.replace(";", "^"), ("1", "linha inteira", "Não encontramos as colunas.")),
            (
                f"CNPJ ou CPF;Razão social ou nome;Observações\n{a_cnpj(9)};Loja;{'x' * 140_000}\n",
                ("2", "Observações", "Use até 2.000 letras."),
            ),
            (
                f"CNPJ ou CPF;Razão social ou nome;Telefone\n{a_cnpj(9)};Loja;3433-1234 ramal 5\n",
                ("2", "Telefone", "Escreva o telefone sem o ramal"),
            ),
            (
                f'{HEADER}\n{a_cnpj(9)};"Loja;;;;;\n',
                ("2", "linha inteira", "As aspas desta linha não fecham."),
            ),
            (HEADER + f"\n{a_cnpj(9)};x;;;;;" * 2001, ("1", "linha inteira", "O arquivo tem 2001 clientes.")),
        ],
        ids=(
            "unknown column,repeated,missing,no rows,no separator,long cell,extension,open quote,too many"
        ).split(","),
    )
    def test_whose_shape_is_wrong_says_so(
        self, house: House, sign_in: SignIn, content: str, problem: tuple[str, str, str]
    ) -> None:
        first = problems_in(report_of(sign_in(house.seller), content))[0]
        assert first[:2] == problem[:2]
        assert first[2].startswith(problem[2])

    @pytest.mark.deep
    def test_shows_hostile_text_as_text(self, house: House, sign_in: SignIn) -> None:
        report = report_of(sign_in(house.seller), f"{HEADER}\n{a_cnpj(9)};<script>alert(1)</script>;;;;;\n")
        assert "&lt;script&gt;" in report

    def test_loads_nothing_when_a_customer_was_registered_after_the_check(
        self, house: House, sign_in: SignIn, transaction: Transaction
    ) -> None:
        browser = sign_in(house.seller)
        address = location(upload(browser, f"{HEADER}\n{a_cnpj(9)};Loja;;;;;\n{BAKERY}\n"))
        browser.get(address)
        with transaction() as session:
            make_customer(session, partner_id=house.partner_id, document=ALPHANUMERIC_CNPJ)
        outcome = browser.submit(f"{address}/carregar", follow_redirects=True)
        assert "Nada foi carregado" in outcome.text
        assert count_customers(transaction) == 1


class TestManyCustomersAtOnce:
    def test_each_begin_a_whole_timeline_of_their_own(
        self, house: House, sign_in: SignIn, transaction: Transaction
    ) -> None:
        rows = [f"{a_cnpj(number)};Loja {number};;;;;" for number in range(1000, 1120)]
        browser = sign_in(house.seller)
        address = location(upload(browser, "\n".join([HEADER, *rows])))
        browser.get(address)
        assert "120 clientes importados" in browser.submit(f"{address}/carregar", follow_redirects=True).text
        with transaction() as session:
            streams = session.scalars(select(LogEntry.stream)).all()
            assert len(set(streams)) == len(streams) == 120
            assert [stream for stream in streams if first_broken_position(session, stream)] == []
            assert set(session.scalars(select(LogEntry.actor_label))) == {house.seller.name}
