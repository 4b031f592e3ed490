"""A return file of the bank."""

from wtforms.validators import DataRequired

from portal.shared.fields import Form, UploadField, one_line


class ReturnForm(Form):
    """The file as the bank's site gave it."""

    file = UploadField(
        "Arquivo de retorno",
        description="CNAB 400, como o banco o entrega (.RET).",
        validators=[DataRequired("Escolha o arquivo de retorno.")],
    )

    @property
    def content(self) -> bytes:
        """The bytes that were sent."""
        sent: bytes = self.file.data.read()
        return sent

    @property
    def name(self) -> str:
        """The file's name, on one line."""
        return one_line(self.file.data.filename or "")
