"""What each answer of the portal is checked for; most pages differ in words only, and are parsed once."""

import pytest

from tests.support.html import faults, tokens_of, without_tokens


class TestGoodHtml:
    def test_a_fragment(self) -> None:
        assert faults('<p id="a"><a href="/clientes/1">Flor &amp; Mel, R$ 9,90</a> é cliente</p>') == []

    def test_rows_as_they_stand_in_a_table(self) -> None:
        assert faults("<tr><td>1</td><td>R$ 1.234,56</td></tr><tr><td>2</td><td>—</td></tr>") == []

    def test_an_answer_in_parts(self) -> None:
        row = '<template hx type="partial" hx-target="#x"><tr><td>1</td></tr></template>'
        assert faults(f'{row}\n<p id="total">R$ 1,00</p>') == []


class TestWhatPeopleTypedNeverHides:
    """Words and addresses are left out to find pages of one outline: no fault may go with them."""

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("<p>Flor <b>& Mel</p>", "Unexpected end tag (p)"),
            ("<p>Flor</b> Mel</p>", "Unexpected end tag (b)"),
            ("<p>Flor < Mel</p>", "Expected tag name"),
            ("<p>Flor &semicolon Mel</p>", "named entity"),
            ('<p><a href="/a"b">Mel</a></p>', "after attribute value"),
            ('<p><a href="/a" href="/b">Mel</a></p>', "Duplicate"),
            ('<input value="a" onfocus="x()">', "inline onfocus"),
            ('<a href="/a" style="color: red">Mel</a>', "inline style"),
            ("<script>alert(1)</script>", "inline <script>"),
            ('<p id="a">1</p><p id="a">2</p>', "id 'a' stands 2 times"),
            ("<p>Flor</p>\x00", "codepoint"),
        ],
    )
    def test_each_fault_is_found(self, text: str, said: str) -> None:
        assert any(said.lower() in fault.lower() for fault in faults(text)), faults(text)

    def test_also_on_a_page_whose_sister_is_good(self) -> None:
        assert faults("<p>Padaria <i>Flor</i></p>") == []
        assert faults("<p>Mercado <i>Sol</i></i></p>") != []
        assert faults("<p>Mercado <i>Sol</i></p>") == []


class TestTokens:
    def test_are_named_in_their_order(self) -> None:
        first, second = "a" * 40, "b" * 40
        html = f'<input value="{first}"><input value="{second}"><input value="short">'
        assert without_tokens(html) == '<input value="token 0"><input value="token 1"><input value="short">'
        assert tokens_of(html) == {"token 0": first, "token 1": second}
