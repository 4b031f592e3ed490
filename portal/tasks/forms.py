"""What people type about tasks."""

from datetime import datetime

from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from portal.shared.clock import at_sao_paulo
from portal.shared.fields import ChoiceField, DayField, Form, one_line, some_lines
from portal.tasks.rules import NOTE_LENGTH, TEAMS, TITLE_LENGTH, TaskResult

DUE_HOUR = 18


class NewTaskForm(Form):
    """A task that somebody writes by hand. `creation_key` is the form's own: sent twice, it is one task."""

    creation_key = HiddenField()
    title = StringField(
        "O que fazer",
        filters=[one_line],
        validators=[
            InputRequired("Escreva o que é preciso fazer."),
            Length(max=TITLE_LENGTH, message=f"Escreva até {TITLE_LENGTH} letras."),
        ],
    )
    team = ChoiceField("Equipe", options=[(role.value, role.label) for role in TEAMS])
    due_on = DayField("Prazo", validators=[InputRequired("Escolha até quando.")])
    detail = TextAreaField(
        "Detalhes",
        filters=[some_lines],
        validators=[Length(max=NOTE_LENGTH, message=f"Escreva até {NOTE_LENGTH} letras.")],
    )

    @property
    def due_at(self) -> datetime:
        """The end of the working day; only of a valid form."""
        if self.due_on.data is None:
            raise ValueError("the form is not valid")
        return at_sao_paulo(self.due_on.data, DUE_HOUR)


class OwnerForm(Form):
    """Who does it."""

    owner = ChoiceField("Responsável")


class CloseForm(Form):
    """What came of it."""

    result = ChoiceField("Resultado", options=TaskResult.choices())
    note = TextAreaField(
        "O que foi feito",
        filters=[some_lines],
        validators=[
            InputRequired("Escreva o que foi feito, ou por que não foi."),
            Length(max=NOTE_LENGTH, message=f"Escreva até {NOTE_LENGTH} letras."),
        ],
    )
