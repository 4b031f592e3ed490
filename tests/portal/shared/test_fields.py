"""Form fields: what is clear becomes a value, what is wrong is said in Portuguese and stays as typed."""

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import Form, StringField, TextAreaField

from portal.shared.fields import (
    ChoiceField,
    CompanyDocumentField,
    DocumentField,
    MoneyField,
    PersonDocumentField,
    PhoneField,
    PostalCodeField,
    one_line,
    some_lines,
)


class Everything(Form):
    """One field of each kind."""

    price = MoneyField("Valor")
    document = DocumentField("Documento")
    cnpj = CompanyDocumentField("CNPJ")
    cpf = PersonDocumentField("CPF")
    cep = PostalCodeField("CEP")
    phone = PhoneField("Telefone")
    name = StringField("Nome", filters=[one_line])
    notes = TextAreaField("Notas", filters=[some_lines])
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
            ("size", "g", "g"),
            ("name", "  Padaria\r\nBcc: x@y \u200b Pa\u0303o ", "Padaria Bcc: x@y Pão"),
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
            ("size", "x", "Escolha uma das opções da lista."),
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
