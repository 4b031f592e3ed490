"""What people of the vendor send about reminders."""

import re
from typing import Any

from wtforms import Field, FieldList, FormField, StringField, TextAreaField
from wtforms import Form as PartForm
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from portal.catalog.rules import ServiceKind
from portal.dunning.rules.calls import CallOutcome
from portal.dunning.rules.prices import UNIT, PriceSort
from portal.dunning.rules.sending import HoldKind
from portal.dunning.rules.steps import FIRST_DAY, LAST_DAY, MOST_STEPS, Audience, Channel, Step
from portal.dunning.rules.texts import FIELDS, banned_words, offer_words, unknown_fields
from portal.dunning.rules.ways import is_too_long
from portal.shared.fields import Asked, ChoiceField, DayField, Form, MoneyField, one_line, some_lines

MOST_A_MESSAGE = 100  # reais
LONGEST_SUPPLIER = 160  # name, CNPJ and address of who collects


def kind_words(_form: Any, field: Field) -> None:
    """A text threatens nobody, and has no field that is not filled."""
    text = str(field.data or "")
    if found := banned_words(text):
        raise ValidationError(
            f"Tire do texto o que soa como ameaça, exposição ou pressão: {', '.join(found)}."
        )
    if found := unknown_fields(text):
        known = ", ".join(f"{{{name}}}" for name in FIELDS)
        raise ValidationError(f"Não há campo {{{found[0]}}}. Os campos são {known}.")


class StepForm(PartForm):
    """One step. It is dropped where its day is left empty."""

    days = StringField(
        "Dias depois do vencimento", description="Antes dele, com sinal: -3.", validators=[Asked()]
    )
    channel = ChoiceField("Por", options=Channel.choices(), default=Channel.EMAIL.value, validators=[Asked()])
    audience = ChoiceField(
        "Para quem",
        options=Audience.choices(),
        default=Audience.EVERYBODY.value,
        validators=[Asked()],
    )
    service_kind = ChoiceField(
        "Tipo de contrato", options=[("", "Todos"), *ServiceKind.choices()], default="", validators=[Asked()]
    )
    min_cents = MoneyField("Valor mínimo em aberto")
    subject = StringField(
        "Assunto",
        filters=[one_line],
        validators=[Asked(), Length(max=120, message="Use até 120 letras."), kind_words],
    )
    body = TextAreaField(
        "Texto",
        filters=[some_lines],
        validators=[Asked(), Length(max=1_500, message="Use até 1.500 letras."), kind_words],
    )

    def is_empty(self) -> bool:
        """Whether nothing was typed that makes it a step."""
        return not any((field.data or "").strip() for field in (self.days, self.subject, self.body))

    def validate(self, extra_validators: Any = None) -> bool:
        """Nothing at all, or a whole step."""
        if self.is_empty():
            return True
        is_valid = super().validate(extra_validators)
        day = _whole(self.days.data)
        if day is None or not FIRST_DAY <= day <= LAST_DAY:
            self.days.errors = [f"Escreva um número de dias, de {FIRST_DAY} a {LAST_DAY}."]
            is_valid = False
        for field, message in ((self.subject, "Escreva o assunto."), (self.body, "Escreva o texto.")):
            if not field.data and not field.errors:
                field.errors = [message]
                is_valid = False
        return is_valid and self._fits_its_way()

    def _fits_its_way(self) -> bool:
        """WhatsApp takes no offer among reminders, and no long text."""
        text = self.body.data or ""
        if self.channel.data != Channel.WHATSAPP:
            return True
        if found := offer_words(text):
            self.body.errors = [
                f"Tire a oferta ({', '.join(found)}): por WhatsApp ela não vai com um lembrete."
            ]
        elif is_too_long(text, "x" * LONGEST_SUPPLIER):
            self.body.errors = [
                "Encurte o texto: com Pix e dados da empresa ele passa do que o WhatsApp aceita."
            ]
        return not self.body.errors

    def to_step(self) -> Step:
        """What was typed, once it is valid."""
        return Step(
            days=_whole(self.days.data) or 0,
            channel=Channel(self.channel.data),
            audience=Audience(self.audience.data),
            min_cents=self.min_cents.data or 0,
            subject=self.subject.data or "",
            body=self.body.data or "",
            service_kind=ServiceKind(self.service_kind.data) if self.service_kind.data else None,
        )


def _whole(text: str | None) -> int | None:
    typed = (text or "").strip().replace("−", "-")
    return int(typed) if typed.lstrip("+-").isdecimal() and len(typed) <= 4 else None


class PolicyForm(Form):
    """All steps of a policy."""

    steps = FieldList(FormField(StepForm, "Passo"), "Passos", min_entries=1, max_entries=MOST_STEPS)

    def validate(self, extra_validators: Any = None) -> bool:
        """At least one step, and no two for the same customers by the same way on one day."""
        if not super().validate(extra_validators):
            return False
        steps = self.to_steps()
        places = {(step.days, step.channel, step.audience, step.service_kind) for step in steps}
        if not steps or len(places) < len(steps):
            self.form_errors.append(
                "Dois passos têm o mesmo dia, forma e público: junte-os."
                if steps
                else "Escreva ao menos um passo."
            )
            return False
        return True

    def to_steps(self) -> list[Step]:
        """The steps that were typed."""
        return [entry.form.to_step() for entry in self.steps if not entry.form.is_empty()]


ALL_INVOICES = ("", "Todas as faturas")


class HoldForm(Form):
    """Why a customer is left alone, and until when; of one of its open invoices, or of all."""

    kind = ChoiceField(
        "O que aconteceu", options=HoldKind.choices(), validators=[InputRequired("Escolha o que aconteceu.")]
    )
    until_on = DayField("Até o dia")
    invoice = ChoiceField("De qual fatura", options=[ALL_INVOICES], default="")
    reason = StringField(
        "Por quê",
        filters=[one_line],
        validators=[
            DataRequired("Escreva por quê, em uma linha."),
            Length(max=200, message="Use até 200 letras."),
        ],
    )


class CallForm(Form):
    """What came of a call."""

    outcome = ChoiceField(
        "Como terminou",
        id="call-outcome",
        options=[("", "Escolha"), *CallOutcome.choices()],
        validators=[InputRequired("Escolha como a ligação terminou.")],
    )
    until_on = DayField("Prometeu pagar até", id="call-until")
    words = StringField(
        "O que ficou combinado",
        id="call-words",
        filters=[one_line],
        validators=[Length(max=200, message="Use até 200 letras.")],
    )


class ChoiceReasonForm(Form):
    """Whether a customer wants messages by WhatsApp, and how we know."""

    wants = ChoiceField(
        "Mensagens por WhatsApp",
        options=[("quer", "Quer receber"), ("nao", "Não quer receber")],
        validators=[InputRequired("Escolha se o cliente quer receber.")],
    )
    reason = StringField(
        "Como sabemos",
        filters=[one_line],
        validators=[
            DataRequired("Escreva como sabemos, em uma linha."),
            Length(max=200, message="Use até 200 letras."),
        ],
    )


class PriceForm(Form):
    """What one message costs from a day on."""

    sort = ChoiceField("Tipo de mensagem", options=PriceSort.choices(), default=PriceSort.UTILITY.value)
    from_on = DayField("A partir de", validators=[InputRequired("Escolha o dia.")])
    price = StringField(
        "Preço de cada uma, em reais",
        description="Até quatro casas: 0,0367.",
        filters=[one_line],
        validators=[InputRequired("Escreva o preço, por exemplo 0,0367.")],
    )

    def validate_price(self, field: Field) -> None:
        """A number of reais with up to four decimals."""
        if _ten_thousandths(field.data) is None:
            raise ValidationError("Escreva um valor como 0,0367, de 0 a 100 reais.")

    @property
    def ten_thousandths(self) -> int:
        """The price; only of a valid form."""
        return _ten_thousandths(self.price.data) or 0


def _ten_thousandths(text: str | None) -> int | None:
    found = re.fullmatch(r"(?:R\$\s*)?([0-9]{1,3})(?:[,.]([0-9]{1,4}))?", (text or "").strip(), re.ASCII)
    if found is None:
        return None
    amount = int(found[1]) * UNIT + int((found[2] or "").ljust(4, "0"))
    return amount if amount <= MOST_A_MESSAGE * UNIT else None
