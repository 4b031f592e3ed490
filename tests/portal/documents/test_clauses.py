"""The marks in which clauses are written."""

import pytest

from portal.documents.rules.clauses import FIRST_CLAUSES, UnreadableClauses, parts_of
from portal.documents.rules.paper import Heading, Paragraph


class TestClauses:
    def test_are_numbered_as_they_come(self) -> None:
        text = """
            As partes ajustam o que segue.

            # Objeto
            A CONTRATADA concede a licença.
            É vedado:
            - copiar;
            - ceder.
            O resto é permitido.

            # Preço
            O preço é o do quadro.
        """
        assert parts_of(text) == (
            Paragraph("As partes ajustam o que segue."),
            Heading("1. Objeto"),
            Paragraph("A CONTRATADA concede a licença.", "1.1"),
            Paragraph("É vedado:", "1.2"),
            Paragraph("copiar;", "a)"),
            Paragraph("ceder.", "b)"),
            Paragraph("O resto é permitido.", "1.3"),
            Heading("2. Preço"),
            Paragraph("O preço é o do quadro.", "2.1"),
        )

    def test_keep_everything_else_as_text(self) -> None:
        hostile = "*a* {{ b }} <b>c</b> #d $e$ -f \\g"
        assert parts_of(f"# Objeto\n{hostile}")[1] == Paragraph(hostile, "1.1")

    def test_of_the_first_contract_say_what_the_law_and_the_product_ask_for(self) -> None:
        parts = parts_of(FIRST_CLAUSES)
        names = [part.text for part in parts if isinstance(part, Heading)]
        assert len(names) == len(set(names)) == 15
        text = " ".join(part.text for part in parts if isinstance(part, Paragraph))
        for said in (
            "Lei 13.709/2018",
            "art. 10, § 2º, da Medida Provisória 2.200-2/2001",
            "IGP-M",
            "multa de {multa} e juros de mora de {juros} ao mês",  # as they are when it is printed
            "quita, nesta ordem, {ordem}",
            "superior a 15 (quinze) dias",
            "7 (sete) dias",
            "art. 42 do Código de Defesa do Consumidor",
        ):
            assert said in text

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", "Falta ao menos uma cláusula"),
            ("Só um parágrafo.", "Falta ao menos uma cláusula"),
            ("# Objeto\n\n# Preço\nTexto.", "Linha 3: a cláusula “1. Objeto” está sem texto."),
            ("# Objeto", "Linha 1: a cláusula “1. Objeto” está sem texto."),
            ("# Objeto\nTexto.\n #\nTexto.", "Linha 3: escreva o nome da cláusula"),
            ("# Objeto\nTexto:\n" + "- item\n" * 27, "Linha 29: a lista tem mais de 26 itens."),
        ],
    )
    def test_that_cannot_be_read_are_refused_at_their_line(self, text: str, message: str) -> None:
        with pytest.raises(UnreadableClauses) as refused:
            parts_of(text)
        assert refused.value.message.startswith(message)
        assert refused.value.field == "clauses"
