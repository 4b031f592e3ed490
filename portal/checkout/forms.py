"""What a payer sends."""

from wtforms.validators import DataRequired

from portal.shared.fields import Form, UploadField


class ProofForm(Form):
    """The customer's proof. What it really is, its content says."""

    proof = UploadField(
        "Comprovante da TED",
        description="PDF, JPG ou PNG de até 5 MB.",
        validators=[DataRequired("Escolha o arquivo do comprovante.")],
    )

    @property
    def content(self) -> bytes:
        """The bytes that were sent."""
        sent: bytes = self.proof.data.read()
        return sent
