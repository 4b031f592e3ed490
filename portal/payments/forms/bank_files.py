"""A return file of the bank."""

from wtforms import FileField
from wtforms.validators import DataRequired

from portal.shared.fields import Form, one_line, small_enough


class ReturnForm(Form):
    """The file as the bank's site gave it."""

    file = FileField(
        "Arquivo de retorno",
        description="CNAB 400, como o banco o entrega (.RET).",
        validators=[DataRequired("Escolha o arquivo de retorno."), small_enough],
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
