"""An address that no mail reaches is refused in every field of every form that asks for one."""

import io

from tests.access.asking import Caller
from tests.hostile.pages import PageForm
from tests.support.town import TownHall

ACCENTED = "joão@padaria.com.br"
SENTENCE = (
    "Endereços de e-mail não têm acentos nem cedilha. Confira com o dono do endereço: seria joao@padaria"
)
SIGN_IN = "/entrar"  # asks who somebody is, and writes to nobody


class TestAnAddressWithAccents:
    def test_is_refused_in_every_form_and_stays_in_its_field(
        self, hall: TownHall, forms: list[tuple[str, PageForm]]
    ) -> None:
        asked: set[str] = set()
        for name, form in forms:
            for field, kind, _value in form.fields:
                if not field.endswith("email") or kind != "typed" or form.action.startswith(SIGN_IN):
                    continue
                caller = Caller(hall, name)
                caller.client.get("/senha/esqueci" if name == "nobody" else "/clientes")
                values = {each: value for each, _kind, value in form.fields}
                token = {"csrf_token": caller.client.csrf_token or values["csrf_token"]}
                answer = caller.client.post(form.action, data=values | token | {field: ACCENTED})
                assert answer.status_code == 422, (form.action, field, answer.status)
                assert SENTENCE in answer.text, (form.action, field)
                assert f'value="{ACCENTED}"' in answer.text, (form.action, field)
                asked.add(f"{form.action.rstrip('/0123456789')} {field}")
        assert len(asked) >= 8, asked

    def test_is_refused_in_a_file_of_customers(self, hall: TownHall) -> None:
        client = Caller(hall, "seller").client
        client.get("/clientes/importar")
        text = (
            "CNPJ ou CPF;Razão social ou nome;E-mail;Contato: nome;Contato: e-mail\n"
            f"12ABC34501DE35;Pão;{ACCENTED};Ana;{ACCENTED}\n"
        )
        answer = client.submit(
            "/clientes/importar",
            {"file": (io.BytesIO(text.encode()), "clientes.csv")},
            content_type="multipart/form-data",
            follow_redirects=True,
        )
        assert answer.text.count(SENTENCE) == 2
