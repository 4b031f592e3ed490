"""Statements of an account as banks export them: OFX 1 (SGML) and OFX 2 (XML), read strictly. Pure.

`elements_of` takes the file apart, naming the line of what is wrong; `statement.read_statement` says what it
tells. No parser of XML is at work: entities of a file's own, declarations and comments are refused, and what
nests deeper or goes on longer than a statement does.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NoReturn

from portal.banking.rules.return_lines import UnreadableFile

MOST_NESTED = 12
LONGEST_TEXT = 2_000
_MARKS = (
    (b"\xff\xfe", "está em UTF-16, talvez salvo por um editor de texto"),
    (b"\xfe\xff", "está em UTF-16, talvez salvo por um editor de texto"),
    (b"PK", "está compactado: abra-o e envie o extrato que está dentro"),
    (b"%PDF", "é um PDF: no site do banco, escolha exportar em OFX"),
)
_TOKEN = re.compile(r"<(/?)([A-Za-z0-9._]{1,64})[ ]?(/?)>")
_HEADER_LINE = re.compile(r"([A-Z]{1,20}):([^<>\r\n]{0,80})")
_ENTITY = re.compile(r"&(#[0-9]{1,6}|#x[0-9A-Fa-f]{1,6}|[A-Za-z]{1,8});")
_KNOWN = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'", "nbsp": " "}
_LEAVES = frozenset(
    "TRNTYPE DTPOSTED DTUSER DTAVAIL TRNAMT FITID CORRECTFITID CORRECTACTION CHECKNUM REFNUM SIC PAYEEID NAME"
    " MEMO SRVRTID EXTDNAME CODE SEVERITY MESSAGE CURDEF BANKID BRANCHID ACCTID ACCTTYPE ACCTKEY DTSTART"
    " DTEND BALAMT DTASOF DTSERVER LANGUAGE ORG FID TRNUID INTU.BID INTU.USERID DTACCTUP DTPROFUP".split()
)


@dataclass(slots=True)
class Element:
    """A named part of a file: with a text of its own or with parts. `line` counts from 1."""

    name: str
    line: int
    text: str = ""
    parts: list["Element"] = field(default_factory=list)

    def find(self, *names: str) -> "Element | None":
        """The first part so called, of the first part …; None when one is not there."""
        found: Element | None = self
        for name in names:
            found = next((part for part in found.parts if part.name == name), None) if found else None
        return found

    def all(self, name: str) -> Iterator["Element"]:
        """Every part so called, at whatever depth, in order."""
        for part in self.parts:
            if part.name == name:
                yield part
            else:
                yield from part.all(name)


def elements_of(content: bytes) -> Element:
    """The element OFX of a file.

    Raises:
        UnreadableFile: it is none, it is cut off, or what should be closed is not; naming the line.
    """
    text = _text_of(content)
    start = text.upper().find("<OFX>")
    if start < 0:
        raise UnreadableFile("Este não é um extrato OFX. No site do banco, exporte o extrato em OFX.")
    is_xml = _is_xml(text[:start])
    return _Reader(text, start, is_xml=is_xml).read()


def _text_of(content: bytes) -> str:
    for mark, said in _MARKS:
        if content.startswith(mark):
            raise UnreadableFile(f"O arquivo {said}. Baixe o extrato do banco de novo.")
    if b"\0" in content:
        line = content[: content.index(b"\0")].count(b"\n") + 1
        raise UnreadableFile(f"A linha {line} tem bytes que não são de um texto. Baixe o extrato de novo.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")  # what banks write that do not write UTF-8


def _is_xml(header: str) -> bool:
    """Whether it is OFX 2; what stands before the first element must be the header of one of both."""
    if header.lstrip().startswith("<?"):
        if re.fullmatch(r"(\s*<\?(?:xml|OFX)\s[^<>?]{0,300}\?>)+\s*", header, re.IGNORECASE) is None:
            raise UnreadableFile("A linha 1 não é o cabeçalho de um extrato OFX 2. Baixe o extrato de novo.")
        return True
    for number, line in enumerate(header.splitlines(), start=1):
        if line.strip() and any(_HEADER_LINE.fullmatch(word) is None for word in _words(line)):
            raise UnreadableFile(f"A linha {number} não é do cabeçalho de um extrato OFX. Baixe-o de novo.")
    return False


def _words(line: str) -> list[str]:
    """A header's line holds one `NAME:value`, or all of them with blanks between."""
    line = line.strip()
    return [line] if line.count(":") == 1 else line.split()


class _Reader:
    """Goes over the marks of a file once and keeps what is open."""

    def __init__(self, text: str, start: int, *, is_xml: bool) -> None:
        self._text, self._is_xml = text, is_xml
        self._at, self._line, self._next_line = start, 0, text.count("\n", 0, start) + 1
        self._open: list[Element] = []
        self._leaf: Element | None = None

    def read(self) -> Element:
        root: Element | None = None
        while root is None:
            is_end, name, text, is_whole = self._next()
            if is_end:
                root = self._close(name)
            else:
                self._begin(name, text, is_whole=is_whole)
        if self._text[self._at :].strip():
            self._line = self._next_line
            self._fail("vem depois do fim do extrato")
        return root

    def _next(self) -> tuple[bool, str, str, bool]:
        """The mark at this place: whether it ends something, its name, the text after it, if that is all."""
        self._line = self._next_line
        match = _TOKEN.match(self._text, self._at)
        if match is None:
            cut = self._at >= len(self._text)
            self._fail("é a última, e o extrato não termina nela: falta o resto" if cut else "não se entende")
        end = self._text.find("<", match.end())
        end = len(self._text) if end < 0 else end
        if end - match.end() > LONGEST_TEXT:
            self._fail("tem um texto longo demais para um extrato")
        text = self._plain(self._text[match.end() : end].strip())
        if text and (match[1] or match[3]):
            self._fail("tem um texto fora do lugar")
        self._next_line += self._text.count("\n", self._at, end)
        self._at = end
        return bool(match[1]), match[2].upper(), text, bool(match[3])

    def _begin(self, name: str, text: str, *, is_whole: bool) -> None:
        if self._leaf is not None and self._is_xml:
            self._fail(f"abre {name} antes de fechar {self._leaf.name}")
        element = Element(name, self._line, text)
        if self._open:
            self._open[-1].parts.append(element)
        self._leaf = None
        if is_whole:
            return
        if text or name in _LEAVES:
            self._leaf = element
            return
        self._open.append(element)
        if len(self._open) > MOST_NESTED:
            self._fail("está mais fundo do que um extrato vai")

    def _close(self, name: str) -> Element | None:
        if self._leaf is not None and self._leaf.name == name:
            self._leaf = None
            return None
        if self._leaf is not None and self._is_xml:
            self._fail(f"fecha {name} antes de {self._leaf.name}")
        self._leaf = None
        if self._open[-1].name != name:
            self._fail(f"fecha {name}, mas está aberto {self._open[-1].name}")
        closed = self._open.pop()
        return None if self._open else closed

    def _plain(self, text: str) -> str:
        def sign(match: re.Match[str]) -> str:
            name = match[1]
            if name.startswith("#"):
                code = int(f"0{name[1:]}", 0) if name[1] == "x" else int(name[1:])
                return chr(code) if 32 <= code < 0xD800 or 0xE000 <= code < 0x110000 else ""
            if name not in _KNOWN:
                self._fail("usa uma entidade que um extrato não tem")
            return _KNOWN[name]

        if self._is_xml and "&" in _ENTITY.sub("", text):
            self._fail("tem um & solto")
        plain = _ENTITY.sub(sign, text)
        return " ".join("".join(letter if letter.isprintable() else " " for letter in plain).split())

    def _fail(self, said: str) -> NoReturn:
        raise UnreadableFile(f"A linha {self._line} {said}. Baixe o extrato do banco de novo.")
