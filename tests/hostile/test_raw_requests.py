"""Requests that no page of ours sends: refused in words, never with a fault."""

import pytest

from tests.access.asking import Caller
from tests.access.rows import NOBODY
from tests.support.town import TownHall, changes

JSON = {"Content-Type": "application/json"}
MULTIPART = {"Content-Type": "multipart/form-data; boundary=x"}


def in_words(status: int, text: str) -> bool:
    """Whether an answer is a page of ours that says in Portuguese what is wrong."""
    return 400 <= status < 500 and '<html lang="pt-BR">' in text and "<h1" in text


@pytest.fixture
def seller(hall: TownHall) -> Caller:
    return Caller(hall, "seller")


class TestABody:
    def test_too_large_is_refused_in_words(self, seller: Caller) -> None:
        head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="clientes.csv"\r\n\r\n'
        body = head + b"a;b\n" * 4_000_000 + b"\r\n--x--\r\n"
        token = {"X-CSRFToken": seller.client.csrf_token or ""}
        answer = seller.client.post("/clientes/importar", headers=MULTIPART | token, data=body)
        assert answer.status_code == 413
        assert "arquivo" in answer.text

    @pytest.mark.parametrize("path", ["/verificar", "/clientes/importar"])
    def test_with_a_text_where_a_file_belongs_is_refused_in_words(self, seller: Caller, path: str) -> None:
        token = {"X-CSRFToken": seller.client.csrf_token or ""}
        answer = seller.client.post(path, headers=token, data={"file": "not a file"})
        assert in_words(answer.status_code, answer.text)

    @pytest.mark.parametrize(
        ("headers", "body"),
        [
            (JSON, b'{"plan": "mini"'),
            (JSON, b'{"csrf_token": 1}'),
            (MULTIPART, b"--x\r\nno end"),
            (MULTIPART, b"--x\r\nContent-Disposition: form-data; name=\xff\xfe\r\n\r\n\xff\r\n--x--"),
            ({"Content-Type": "multipart/form-data"}, b"no boundary"),
            ({"Content-Type": "multipart/form-data; boundary=" + "y" * 5000}, b"--y"),
            ({"Content-Type": "text/plain; charset=utf-16"}, b"\x00"),
            ({"Content-Type": "; ;="}, b"plan=mini"),
            ({"Content-Type": "application/x-www-form-urlencoded; charset=idna"}, b"plan=%ff%fe&=&&;=%"),
            ({"Content-Type": "application/x-www-form-urlencoded", "Content-Length": "-5"}, b"plan=mini"),
            ({"Content-Type": "application/x-www-form-urlencoded", "Content-Length": "many"}, b"plan=mini"),
        ],
    )
    @pytest.mark.parametrize("path", ["/orcamentos", "/orcamentos/calculo", "/clientes/novo", "/entrar"])
    def test_of_no_form_is_refused_in_words(
        self, hall: TownHall, seller: Caller, path: str, headers: dict[str, str], body: bytes
    ) -> None:
        before = hall.rows()
        token = {"X-CSRFToken": seller.client.csrf_token or ""}
        for sent in (headers, headers | token):
            answer = seller.client.post(path, headers=sent, data=body)
            assert in_words(answer.status_code, answer.text), answer.text
        after = changes(before, hall.rows())
        assert set(after) <= {"throttles"}

    def test_with_a_field_twice_is_never_a_fault(self, hall: TownHall, seller: Caller) -> None:
        for path in ("/orcamentos", "/clientes/novo", "/conta/nome", "/orcamentos/calculo"):
            fields = {"name": ["Um", "Dois"], "plan": ["mini", "gestao"], "document": ["1", "2"]}
            answer = seller.client.submit(path, fields)
            assert answer.status_code in {303, 422}

    def test_with_ten_thousand_fields_is_refused(self, seller: Caller) -> None:
        answer = seller.client.submit("/orcamentos/calculo", {f"app_{n}": "1" for n in range(10_000)})
        assert in_words(answer.status_code, answer.text)


class TestAnAddress:
    @pytest.mark.parametrize(
        "path",
        [
            "/orcamentos/-1",
            "/orcamentos/0",
            "/orcamentos/99999999999999999999999",
            "/orcamentos/9223372036854775808",
            "/orcamentos/1/versoes/99999999999999999999/1",
            "/clientes/18446744073709551616",
            "/orcamentos/1e3",
            "/orcamentos/1/alternativas/annual",
            "/orcamentos/novo?cliente=99999999999999999999999&plano=mini",
            "/orcamentos/novo?cliente=-1",
            "/orcamentos/novo?cliente=%00",
            "/tabelas/comparar?antes=99999999999999999999&depois=x",
            "/p/" + "a" * 4000,
            "/p/%00",
            "/p/..%2f..%2fentrar",
            "/static/../wsgi.py",
            "/static/%2e%2e/wsgi.py",
            "/static/..%5cwsgi.py",
            "/static//etc/passwd",
            "/static/%00",
            "/static/css",
            "//evil.example/orcamentos",
            "/orcamentos//1",
            "/ORCAMENTOS",
            "/orcamentos/1/",
            "/%ff%fe",
            "/.git/config",
            "/.env",
            "/wsgi.py",
        ],
    )
    def test_of_nothing_is_not_found_in_words(self, hall: TownHall, path: str) -> None:
        for name in (NOBODY, "seller", "admin"):
            answer = Caller(hall, name).client.get(path)
            assert answer.status_code in {303, 308, 403, 404, 405}, (name, answer.text)
            if answer.status_code >= 400:
                assert in_words(answer.status_code, answer.text)
            else:
                assert "evil.example" not in answer.headers["Location"].partition("?")[0]
            answer.close()

    @pytest.mark.parametrize(
        "query",
        [
            "busca=%ff%fe%00",
            "busca=%C2%B2",  # a superscript two: a digit, and yet no number
            "de=0001-01-01&ate=9999-12-31",
            "pagina=-5",
            "pagina=1e9",
            "ordem=;DROP",
            "&&=&a",
            "%",
        ],
    )
    def test_with_a_broken_query_is_answered_as_without(self, seller: Caller, query: str) -> None:
        for path in ("/orcamentos", "/clientes", "/orcamentos.csv", "/"):
            answer = seller.client.get(f"{path}?{query}")
            assert answer.status_code == 200
            answer.get_data()
            answer.close()


class TestAMethod:
    def test_is_never_overridden(self, hall: TownHall, seller: Caller) -> None:
        before = hall.rows()
        path = f"/orcamentos/{hall.town.things['sul']['draft']}/anular"
        for headers in ({"X-HTTP-Method-Override": "POST"}, {"X-Method-Override": "POST"}):
            answer = seller.client.get(f"{path}?_method=POST&reason=duplicate", headers=headers)
            assert answer.status_code == 405
        assert changes(before, hall.rows()) == {}

    def test_trace_echoes_nothing(self, seller: Caller) -> None:
        answer = seller.client.open("/orcamentos", method="TRACE", headers={"X-Secret": "abc"})
        assert answer.status_code == 405
        assert "abc" not in answer.text


class TestAHostHeader:
    @pytest.mark.parametrize(
        "host", ["evil.example", "evil.example:80@localhost", "", "a b", "[::1", "ü.example"]
    )
    def test_changes_no_address_we_write(self, hall: TownHall, seller: Caller, host: str) -> None:
        answer = seller.client.get("/orcamentos", headers={"Host": host})
        assert answer.status_code in {200, 303, 400, 422}
        assert "evil.example" not in answer.text
        hall.browser(None).get("/senha/esqueci")
        visitor = hall.browser(None)
        visitor.get("/senha/esqueci")
        email = hall.town.people["seller"].email
        visitor.submit("/senha/esqueci", {"email": email}, headers={"Host": host})
        bodies = [row for row in hall.rows()["mail_messages"].values() if email in row]
        assert not [row for row in bodies if "evil.example" in repr(row)]


class TestASessionCookie:
    @pytest.mark.parametrize("forged", ["{}x", "x{}", "eyJfdXNlcl9pZCI6IjEifQ.aaaaaa.bbbb", "", "....", "ü"])
    def test_that_was_tampered_with_is_nobodys(self, hall: TownHall, forged: str) -> None:
        client = hall.browser("admin")
        cookie = client.get_cookie("session")
        assert cookie is not None
        client.set_cookie("session", forged.format(cookie.value))
        answer = client.get("/parceiros")
        assert (answer.status_code, answer.headers["Location"]) == (303, "/entrar?proximo=/parceiros")

    def test_is_kept_from_scripts_and_other_sites(self, hall: TownHall) -> None:
        answer = hall.browser(None).get("/entrar")
        assert "HttpOnly" in answer.headers["Set-Cookie"]
        assert "SameSite=Lax" in answer.headers["Set-Cookie"]


class TestTheAddressAfterSigningIn:
    @pytest.mark.parametrize(
        "target",
        [
            "https://evil.example/",
            "//evil.example/",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "javascript:alert(1)",
            "http:evil.example",
            " //evil.example",
            "/%0d%0aLocation:%20//evil.example",
            "/\r\nSet-Cookie: a=b",
            "////evil.example",
            "/..//evil.example",
        ],
    )
    def test_is_always_ours(self, hall: TownHall, target: str) -> None:
        client = hall.browser("seller")
        signed_in = client.get("/entrar", query_string={"proximo": target})
        visitor = hall.browser(None)
        visitor.get("/entrar", query_string={"proximo": target})
        entered = visitor.submit(
            "/entrar",
            {"email": hall.town.people["seller"].email, "password": "boa noite padaria", "proximo": target},
        )
        for answer in (signed_in, entered):
            assert answer.status_code == 303
            location = answer.headers["Location"]
            assert location.startswith("/")
            assert not location.startswith(("//", "/\\"))
            assert "Set-Cookie: a=b" not in str(answer.headers)
