"""What people type about a cancellation."""

from typing import Any

from wtforms import BooleanField, HiddenField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from portal.cancellations.rules.cases import WORDS_LENGTH, Answer, Offer, Reason
from portal.cancellations.rules.pauses import LONGEST_PAUSE, months_in_words
from portal.shared.fields import ChecksField, ChoiceField, DayField, Form, MoneyField, some_lines

_SAID = DataRequired("Escreva o que foi dito.")
_SHORT = Length(max=WORDS_LENGTH, message=f"Escreva até {WORDS_LENGTH} letras.")


class OpenForm(Form):
    """Why the customer wants to leave, in a word and in its own, and what ends where that is not all."""

    reason = ChoiceField(
        "Motivo",
        options=[("", "Escolha o motivo"), *Reason.choices()],
        validators=[InputRequired("Escolha o motivo.")],
    )
    services = ChecksField(
        "Só estes serviços", description="Sem nenhum marcado, o pedido é do contrato inteiro."
    )
    words = TextAreaField(
        "O que o cliente disse",
        description="Fica no histórico do cliente.",
        filters=[some_lines],
        validators=[DataRequired("Escreva o que o cliente disse."), _SHORT],
    )


class ArgueForm(Form):
    """What was offered and answered; without an offer it is a note."""

    offer = ChoiceField("Oferta", options=[("", "Só uma anotação"), *Offer.choices()])
    answer = ChoiceField("Resposta do cliente", options=[("", "Sem oferta"), *Answer.choices()], default="")
    discount = MoneyField(
        "Valor do desconto aceito",
        description="Só de um desconto que o cliente aceitou. Se ficar, ele o recebe como crédito.",
    )
    pause_months = ChoiceField(
        "Meses de pausa aceitos",
        default="",
        options=[
            ("", "Nenhum"),
            *((str(months), months_in_words(months)) for months in range(1, LONGEST_PAUSE + 1)),
        ],
        description="Só de uma pausa que o cliente aceitou. Se ficar, ela vale.",
    )
    words = TextAreaField("O que foi dito", filters=[some_lines], validators=[_SAID, _SHORT])
    awaits_reply = BooleanField(
        "Falei pelo chat e espero a resposta",
        description="Sem resposta em 10 minutos, o atendimento recebe a tarefa de ligar.",
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """An offer has its answer; an amount stands beside a discount that was accepted, and nowhere else."""
        is_valid = super().validate(extra_validators)
        if self.offer.data and not self.answer.data:
            self.answer.errors = ["Escolha o que o cliente respondeu."]
            return False
        is_pause = (self.offer.data, self.answer.data) == (Offer.PAUSE.value, Answer.ACCEPTED.value)
        if bool(self.pause_months.data) is not is_pause:
            why = "Escolha quantos meses." if is_pause else "Escolha meses só de uma pausa aceita."
            self.pause_months.errors = [why]
            return False
        is_accepted = (self.offer.data, self.answer.data) == (Offer.DISCOUNT.value, Answer.ACCEPTED.value)
        if self.discount.data and not is_accepted:
            self.discount.errors = ["Escreva um valor só quando o cliente aceitou um desconto."]
            return False
        if is_accepted and not self.discount.data and not self.discount.errors:
            self.discount.errors = ["Escreva o valor do desconto que o cliente aceitou."]
            return False
        return is_valid


class RetainForm(Form):
    """Why the customer stays, and when to ask again."""

    follow_up_on = DayField("Perguntar de novo em", validators=[InputRequired("Escolha o dia do retorno.")])
    words = TextAreaField(
        "Como o cliente ficou", id="retain-words", filters=[some_lines], validators=[_SAID, _SHORT]
    )


class ConfirmForm(Form):
    """The end, with the settlement that was shown."""

    seen = HiddenField()
    words = TextAreaField(
        "Como a conversa terminou",
        id="confirm-words",
        description="Fica no histórico do cliente.",
        filters=[some_lines],
        validators=[_SAID, _SHORT],
    )


class TakeBackForm(Form):
    """Why the customer stays after all."""

    words = TextAreaField(
        "Por que o cliente volta atrás", id="undo-words", filters=[some_lines], validators=[_SAID, _SHORT]
    )


class ReturnForm(Form):
    """When to talk again to a customer who left."""

    return_on = DayField("Falar de novo em", validators=[InputRequired("Escolha o dia.")])
