"""What the signatory types, and what somebody checks."""

import re

from wtforms import BooleanField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from portal.shared.fields import Form, PersonDocumentField, UploadField, one_line, some_lines
from portal.signatures.rules.signing import (
    CODE_DIGITS,
    REASON_LENGTH,
    cleaned_code,
    cleaned_verification_code,
)

LONGEST_NAME = 200


class AgreeForm(Form):
    """The terms."""

    agreed = BooleanField(
        "Li e concordo com os termos",
        validators=[InputRequired("Marque que leu e concorda com os termos para continuar.")],
    )


class ConfirmForm(Form):
    """Who signs: name, CPF, and the code that was mailed."""

    full_name = StringField(
        "Nome completo",
        validators=[
            DataRequired("Escreva seu nome completo, como está no documento."),
            Length(max=LONGEST_NAME, message=f"Escreva até {LONGEST_NAME} letras."),
        ],
        filters=[one_line],
    )
    cpf = PersonDocumentField("CPF", validators=[DataRequired("Escreva seu CPF.")])
    code = StringField(
        "Código recebido por e-mail",
        validators=[DataRequired("Escreva o código que enviamos por e-mail.")],
    )

    def validate_code(self, field: StringField) -> None:
        """Six figures."""
        if not re.fullmatch(f"[0-9]{{{CODE_DIGITS}}}", self.typed_code):
            raise ValidationError(f"O código tem {CODE_DIGITS} números.")

    @property
    def typed_code(self) -> str:
        """The code without spaces and dashes."""
        return cleaned_code(self.code.data or "")


class DeclineForm(Form):
    """Why the signatory does not sign."""

    reason = TextAreaField(
        "Por que você não quer assinar?",
        validators=[
            DataRequired("Conte em poucas palavras por que você não quer assinar."),
            Length(max=REASON_LENGTH, message=f"Escreva até {REASON_LENGTH} letras."),
        ],
        filters=[some_lines],
    )


class CodeForm(Form):
    """The code on the paper; asked by GET, since looking changes nothing."""

    class Meta(Form.Meta):
        """No CSRF token in an address."""

        csrf = False

    codigo = StringField(
        "Código de verificação",
        description="Está na última página do documento assinado, por exemplo ABCD-EFGH-JKMN-PQRS.",
        validators=[DataRequired("Escreva o código de verificação.")],
    )

    def validate_codigo(self, field: StringField) -> None:
        """Looks like one of ours."""
        if not self.code:
            raise ValidationError(
                "Este código não confere. Ele tem 16 letras e números, sem 0, O, 1, I nem L. Confira."
            )

    @property
    def code(self) -> str:
        """The code as kept, empty when it cannot be one."""
        return cleaned_verification_code(self.codigo.data or "")


class FileForm(Form):
    """A file to check; `.content` once valid."""

    file = UploadField(
        "Arquivo PDF",
        description="Até 5 MB. O arquivo é só comparado e não fica guardado.",
        validators=[DataRequired("Escolha o arquivo PDF.")],
    )
    content = b""

    def validate_file(self, field: UploadField) -> None:
        """There is something in it."""
        self.content = field.data.read()
        if not self.content:
            raise ValidationError("O arquivo está vazio. Escolha outro.")
