"""Form fields: what is clear becomes a value, what is wrong is said in Portuguese and stays as typed."""

from datetime import date

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import Form, StringField, TextAreaField
from wtforms.validators import Optional

from portal.shared.fields import (
    ChoiceField,
    CompanyDocumentField,
    DayField,
    DocumentField,
    KeyField,
    MoneyField,
    NoAddress,
    PersonDocumentField,
    PhoneField,
    PostalCodeField,
    Sendable,
    one_line,
    some_lines,
)
from portal.shared.mail_address import typed_address

NO_ACCENTS = "Endereços de e-mail não têm acentos nem cedilha. Confira com o dono do endereço:"
NO_ADDRESS = "Um nome não leva endereço de site nem de e-mail. Escreva-o sem"
NAMES = ("C&A", "Tel. 24h", "Loja.com", "Silva / Souza: Sócios", "Bar 24h//Café")
OTHER_LETTERS = (
    "Endereços de e-mail não têm acentos nem cedilha. Use só letras de a a z, números, ponto e hífen."
)


class Everything(Form):
    """One field of each kind."""

    price = MoneyField("Valor")
    document = DocumentField("Documento")
    cnpj = CompanyDocumentField("CNPJ")
    cpf = PersonDocumentField("CPF")
    cep = PostalCodeField("CEP")
    phone = PhoneField("Telefone")
    day = DayField("Dia", validators=[Optional()])
    email = StringField(
        "E-mail", filters=[typed_address], validators=[Optional(), Sendable("Não é um e-mail.")]
    )
    name = StringField("Nome", filters=[one_line])
    person = StringField("Pessoa", filters=[one_line], validators=[NoAddress()])
    notes = TextAreaField("Notas", filters=[some_lines])
    version = KeyField()
    size = ChoiceField("Tamanho", options=[("p", "Pequeno"), ("g", "Grande")], default="p")


class TestAField:
    @pytest.mark.parametrize(
        ("name", "typed", "value"),
        [
            ("price", "1.234,56", 123456),
            ("price", "", None),
            ("document", "12.abc.345/01de-35", "12ABC34501DE35"),
            ("document", "529.982.247-25", "52998224725"),
            ("cnpj", "12.ABC.345/01DE-35", "12ABC34501DE35"),
            ("cpf", "52998224725", "52998224725"),
            ("cep", "89201-123", "89201123"),
            ("phone", "(47) 99999-1234", "47999991234"),
            ("phone", "0800 123 4567", "08001234567"),
            ("phone", "047\u00a03433\u20131234\u200b", "4734331234"),
            ("cpf", "CPF 529.982.247-25", "52998224725"),
            ("price", "\u200bR$\u00a01.234,56", 123456),
            ("price", "\u200b", None),
            ("day", "15/07/2026", date(2026, 7, 15)),
            ("day", "2026-07-15", date(2026, 7, 15)),
            ("email", "\u200bana@padaria.com.br\u00a0", "ana@padaria.com.br"),
            ("email", "ana@xn--po-nia.com.br", "ana@xn--po-nia.com.br"),
            ("version", "12", 12),
            ("version", "", None),
            ("version", "1\u00aa", 0),
            ("version", "\u0661", 0),  # an Arabic one
            ("version", "\uff11", 0),  # one in double width
            ("version", "-1", 0),
            ("version", "1_0", 0),
            ("version", "9" * 19, 0),
            ("version", "9" * 5_000, 0),
            ("size", "g", "g"),
            ("name", "  Padaria\r\nBcc: x@y \u200b Pa\u0303o ", "Padaria Bcc: x@y Pão"),
            *(("person", name, name) for name in NAMES),
            ("notes", "\n um\u200b \r\n\t- dois\rtrês\n", "um\n\t- dois\ntrês"),
        ],
    )
    def test_takes_what_is_clear(self, name: str, typed: str, value: object) -> None:
        form = Everything(MultiDict({"size": "p"} | {name: typed}))
        assert form.validate(), form.errors
        assert form[name].data == value

    @pytest.mark.parametrize(
        ("name", "typed", "message"),
        [
            ("price", "1.234", "Escreva um valor em reais, por exemplo 1.234,56."),
            ("price", "abc", "Escreva um valor em reais, por exemplo 1.234,56."),
            ("document", "123", "Este CNPJ ou CPF não confere. Confira os números e as letras."),
            ("cnpj", "529.982.247-25", "Este CNPJ não confere. Confira os números e as letras."),
            ("cpf", "12.ABC.345/01DE-35", "Este CPF não confere. Confira os números."),
            ("cep", "8920", "O CEP tem 8 números, por exemplo 89201-123."),
            ("phone", "99999", "Escreva o telefone com DDD, por exemplo (47) 99999-1234."),
            (
                "phone",
                "(47) 3433-1234 ramal 12",
                "Escreva o telefone sem o ramal e anote o ramal nas observações.",
            ),
            ("day", "31/02/2026", "Escreva o dia como 15/07/2026."),
            ("email", "joão@padaria.com.br", f"{NO_ACCENTS} seria joao@padaria.com.br?"),
            ("email", "ana@açougue.com.br", f"{NO_ACCENTS} seria ana@acougue.com.br?"),
            ("email", "иван@padaria.com.br", OTHER_LETTERS),
            ("email", "ana🍞@padaria.com.br", OTHER_LETTERS),
            ("email", "joão", "Não é um e-mail."),
            ("email", "ana@padaria", "Não é um e-mail."),
            ("email", "a..b@padaria.com.br", "Não é um e-mail."),
            ("email", f"{'a' * 65}@padaria.com.br", "Não é um e-mail."),
            ("email", "joão@@padaria.com.br", "Não é um e-mail."),
            ("size", "x", "Escolha uma das opções da lista."),
            ("person", "Ganhe em https://x.example", f"{NO_ADDRESS} “://”."),
            ("person", "WWW.loja.example", f"{NO_ADDRESS} “www.”."),
            ("person", "Ana ana@x.example", f"{NO_ADDRESS} “@”."),
            ("person", "Ana\uff20x", f"{NO_ADDRESS} “@”."),
            ("person", "\uff57\uff57\uff57\uff0ex", f"{NO_ADDRESS} “www.”."),
        ],
    )
    def test_says_what_is_wrong_and_keeps_what_was_typed(self, name: str, typed: str, message: str) -> None:
        form = Everything(MultiDict({"size": "p"} | {name: typed}))
        assert not form.validate()
        assert form.errors == {name: [message]}
        if name != "size":
            assert f'value="{typed}"' in str(form[name]())

    @pytest.mark.parametrize(
        ("name", "value", "shown"),
        [
            ("price", 123456, "1.234,56"),
            ("document", "12ABC34501DE35", "12.ABC.345/01DE-35"),
            ("cep", "89201123", "89201-123"),
            ("phone", "47999991234", "(47) 99999-1234"),
        ],
    )
    def test_shows_a_kept_value_as_people_write_it(self, name: str, value: object, shown: str) -> None:
        assert f'value="{shown}"' in str(Everything(data={name: value})[name]())
