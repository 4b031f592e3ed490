"""Statements in OFX 1 and 2 are read strictly: all of it, or nothing and the line that is wrong."""

from datetime import date

import pytest

from portal.banking.rules.return_lines import UnreadableFile
from portal.banking.rules.statement import documents_in, may_be_ted, names_account, read_statement
from tests.factories.statements import Entry, ofx

TODAY = date(2026, 6, 11)
ONE = Entry(fitid="N1", on=date(2026, 6, 10), amount="199.90", memo="TED 012.3456 PADARIA & FILHOS")
TWO = Entry(fitid="N2", on=date(2026, 6, 11), amount="-35,5", memo="TARIFA", kind="DEBIT")
SGML = ofx([ONE, TWO])
XML = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<?OFX OFXHEADER="200" VERSION="211" SECURITY="NONE"'
    b' OLDFILEUID="NONE" NEWFILEUID="NONE"?>\n<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>BRL</CURDEF>\n'
    b"<BANKACCTFROM><BANKID>341</BANKID><BRANCHID>0057</BRANCHID><ACCTID>12345-7</ACCTID></BANKACCTFROM>\n"
    b"<BANKTRANLIST><DTSTART>20260610</DTSTART><DTEND>20260611</DTEND>\n"
    b"<STMTTRN><TRNTYPE>CREDIT</TRNTYPE><DTPOSTED>20260610</DTPOSTED><TRNAMT>199.90</TRNAMT>"
    b"<FITID>N1</FITID><NAME>P\xc3\xa3o &amp; Cia</NAME><MEMO/></STMTTRN>\n"
    b"</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\n"
)


def refused(content: bytes) -> str:
    with pytest.raises(UnreadableFile) as caught:
        read_statement(content, today=TODAY)
    return caught.value.message


class TestAStatement:
    def test_of_the_old_kind_tells_its_entries(self) -> None:
        read = read_statement(SGML, today=TODAY)
        assert [(one.fitid, one.on, one.amount_cents) for one in read.entries] == [
            ("N1", date(2026, 6, 10), 199_90),
            ("N2", date(2026, 6, 11), -35_50),
        ]
        assert read.entries[0].text == "TED 012.3456 PADARIA & FILHOS"
        assert (read.bank, read.account) == ("0341", "0057123457")
        assert (read.first_on, read.last_on) == (date(2026, 6, 1), date(2026, 6, 11))

    def test_of_the_new_kind_tells_them_too(self) -> None:
        (one,) = read_statement(XML, today=TODAY).entries
        assert (one.amount_cents, one.text, one.line) == (199_90, "Pão & Cia", 6)

    def test_may_close_every_leaf_and_stand_on_one_line(self) -> None:
        closed = SGML.replace(b"N1\r\n", b"N1</FITID>\r\n").replace(b"\r\n<", b"<")
        assert len(read_statement(closed, today=TODAY).entries) == 2

    def test_in_windows_letters_is_understood(self) -> None:
        entry = Entry(fitid="N1", on=TODAY, amount="1.00", memo="PÃO QUENTE")
        assert read_statement(ofx([entry]), today=TODAY).entries[0].text == "PÃO QUENTE"


class TestADamagedStatement:
    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            (b"<TRNAMT>199.90", b"<TRNAMT>1.199.90", "linha 23 há um valor"),
            (b"<TRNAMT>199.90", b"<TRNAMT>NaN", "linha 23 há um valor"),
            (b"<TRNAMT>199.90", b"<TRNAMT>1e5", "linha 23 há um valor"),
            (b"20260610100000", b"20260631100000", "linha 22 há uma data"),
            (b"20260610100000", b"20260612100000", "linha 22 traz um lançamento futuro"),
            (b"<FITID>N2", b"<FITID>N1", "linha 27 repete a identificação"),
            (b"<FITID>N2\r\n", b"", "linha 27 não diz FITID"),
            (b"<FITID>N2", b"<FITID>N2\r\n<FITID>N3", "repete FITID no mesmo"),
            (b"</BANKTRANLIST>", b"", "fecha STMTRS, mas está aberto BANKTRANLIST"),
            (b"</OFX>", b"", "falta o resto"),
            (b"</OFX>", b"</OFX><OFX></OFX>", "depois do fim"),
            (b"<CURDEF>BRL", b"<CURDEF>USD", "não é em reais"),
            (b"<TRNTYPE>DEBIT", b"<TRNTYPE>LUCK", "tipo que não conhecemos"),
            (b"DATA:OFXSGML", b"what is this", "linha 2 não é do cabeçalho"),
            (b"<MEMO>TARIFA", b"<!ENTITY a 'b'><MEMO>TARIFA", "linha 32 não se entende"),
            (b"<MEMO>TARIFA", b"<MEMO>&lol;", "entidade"),
            (b"TARIFA", b"TAR\0FA", "linha 32 tem bytes"),
        ],
    )
    def test_is_refused_whole_naming_the_line(self, old: bytes, new: bytes, said: str) -> None:
        assert old in SGML
        assert said in refused(SGML.replace(old, new, 1))

    @pytest.mark.parametrize("cut", range(200, len(SGML) - 10, 97))
    def test_cut_anywhere_is_refused(self, cut: int) -> None:
        refused(SGML[:cut])

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"", "não é um extrato OFX"),
            (b"<html><body>Sess\xe3o expirada</body></html>", "não é um extrato OFX"),
            (b"PK\x03\x04", "compactado"),
            (b"%PDF-1.7", "PDF"),
            ("OFXHEADER:100\n<OFX>".encode("utf-16"), "UTF-16"),
            (XML.replace(b"<OFX>", b"<!DOCTYPE x [<!ENTITY a 'b'>]><OFX>"), "linha 1 não é o cabeçalho"),
            (XML.replace(b"&amp;", b"&"), "tem um & solto"),
            (XML.replace(b"</NAME>", b""), "abre MEMO antes de fechar NAME"),
            (b"OFXHEADER:100\n<OFX>" + b"<A>" * 50, "mais fundo"),
            (b"OFXHEADER:100\n<OFX><MEMO>" + b"x" * 5_000 + b"</OFX>", "longo demais"),
        ],
    )
    def test_or_something_else_is_none(self, content: bytes, said: str) -> None:
        assert said in refused(content)

    def test_of_a_card_or_of_two_accounts_is_not_taken(self) -> None:
        assert "cartão" in refused(SGML.replace(b"STMTRS>", b"CCSTMTRS>"))
        inner = SGML[SGML.index(b"<STMTRS>") : SGML.index(b"</STMTRS>") + 9]
        assert "uma conta só" in refused(SGML.replace(inner, inner + inner))


@pytest.mark.parametrize(
    ("bank", "account", "ours"),
    [
        ("341", "12345-7", True),
        ("0341", "0057/12345-7", True),
        ("341", "00123457", True),
        ("341", "12345", True),
        ("341", "0057 12345", True),
        ("237", "12345-7", False),
        ("341", "12345-8", False),
        ("341", "1", False),
    ],
)
def test_an_account_is_known_however_its_bank_writes_it(bank: str, account: str, ours: bool) -> None:
    read = read_statement(ofx([ONE], bank=bank, account=account), today=TODAY)
    assert names_account(read, bank="341", branch="0057", account="12345", digit="7") is ours


@pytest.mark.parametrize(
    ("text", "documents"),
    [
        ("TED 11.222.333/0001-81 FULANO", ["11222333000181"]),
        ("TED 11222333000181", ["11222333000181"]),
        ("TED 00011222333000181", ["11222333000181"]),
        ("CPF 529.982.247-25 e 52998224725", ["52998224725"]),
        ("CNPJ 12.ABC.345/01DE-35", ["12ABC34501DE35"]),
        ("TED 11222333000182", []),
        ("PROTOCOLO 411222333000181", []),
        ("11111111111", []),
    ],
)
def test_documents_are_found_in_what_a_bank_writes(text: str, documents: list[str]) -> None:
    assert documents_in(text) == documents


@pytest.mark.parametrize(
    ("text", "is_known", "is_ted"),
    [
        ("TED RECEBIDA", False, True),
        ("Transferência recebida", False, True),
        ("976 TED CREDITO EM CONTA", False, True),
        ("DEPOSITO", True, True),
        ("DEPOSITO", False, False),
        ("PIX RECEBIDO", True, False),
        ("LIQUIDACAO COBRANCA TED", True, False),
        ("RENDIMENTO", False, False),
    ],
)
def test_only_what_is_a_ted_by_its_words_or_its_payer_is_one(text: str, is_known: bool, is_ted: bool) -> None:
    assert may_be_ted(text, has_known_payer=is_known) is is_ted
