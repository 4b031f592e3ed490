"""What finance types to give money back."""

from datetime import date

from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Regexp, ValidationError

from portal.receipts.rules.refunds import Destination, Wanted
from portal.shared.fields import DayField, DocumentField, Form, MoneyField, UploadField, one_line, some_lines
from portal.shared.reason_form import REASON_LENGTH


def _line(label: str, missing: str, longest: int) -> StringField:
    return StringField(
        label,
        filters=[one_line],
        validators=[InputRequired(missing), Length(max=longest, message=f"Escreva até {longest} letras.")],
    )


class RefundForm(Form):
    """How much goes back, and why. `key` is the form's own: sent twice, it is one refund."""

    key = HiddenField(validators=[Regexp("^[0-9a-f]{32}$", message="Recarregue a página.")])
    amount = MoneyField("Valor a devolver", validators=[InputRequired("Escreva quanto devolver.")])
    reason = TextAreaField(
        "Motivo",
        filters=[some_lines],
        validators=[
            InputRequired("Escreva o motivo."),
            Length(max=REASON_LENGTH, message=f"Escreva até {REASON_LENGTH} letras."),
        ],
    )

    def validate_amount(self, field: MoneyField) -> None:
        """It is something."""
        if not field.data:
            raise ValidationError("Escreva um valor maior que zero.")

    @property
    def wanted(self) -> Wanted:
        """What is asked for; only of a valid form."""
        return Wanted(
            key=self.key.data or "", amount_cents=self.amount.data or 0, reason=self.reason.data or ""
        )


class TransferRefundForm(RefundForm):
    """The same, with the account of who paid, for a person transfers it."""

    holder_name = _line("Titular da conta", "Escreva o nome do titular da conta.", 140)
    holder_document = DocumentField(
        "CNPJ ou CPF do titular", validators=[InputRequired("Escreva o CNPJ ou CPF do titular.")]
    )
    bank = _line("Banco", "Escreva o banco, por exemplo 341 Itaú.", 60)
    branch = _line("Agência", "Escreva a agência.", 20)
    account = _line("Conta", "Escreva a conta com o dígito.", 30)

    @property
    def wanted(self) -> Wanted:
        """What is asked for, and where to; only of a valid form."""
        return Wanted(
            key=self.key.data or "",
            amount_cents=self.amount.data or 0,
            reason=self.reason.data or "",
            destination=Destination(
                holder_name=self.holder_name.data or "",
                holder_document=self.holder_document.data or "",
                bank=self.bank.data or "",
                branch=self.branch.data or "",
                account=self.account.data or "",
            ),
        )


class PaidRefundForm(Form):
    """How it was transferred, with the bank's proof."""

    paid_on = DayField("Dia da transferência", validators=[InputRequired("Escolha o dia da transferência.")])
    reference = _line("Identificação no banco", "Escreva o número que o banco deu à transferência.", 80)
    proof = UploadField(
        "Comprovante",
        description="PDF, JPG ou PNG de até 5 MB.",
        validators=[DataRequired("Escolha o arquivo do comprovante.")],
    )

    @property
    def day(self) -> date:
        """The day; only of a valid form."""
        if self.paid_on.data is None:
            raise ValueError("the form is not valid")
        return self.paid_on.data

    @property
    def content(self) -> bytes:
        """The bytes that were sent."""
        sent: bytes = self.proof.data.read()
        return sent
