"""Forms of the users room."""

from typing import ClassVar

from wtforms import EmailField, HiddenField, PasswordField, StringField
from wtforms.validators import DataRequired, EqualTo, InputRequired, Length, StopValidation

from portal.shared.fields import Form, NoAddress, Sendable, one_line
from portal.shared.mail_address import typed_address
from portal.users.rules import MAX_NAME_LENGTH
from portal.users.rules.factors import MAX_PASSKEY_NAME
from portal.users.rules.passwords import MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH

MAX_EMAIL_LENGTH = 254
MAX_PASSKEY_ANSWER = 20_000
PASSWORD_HELP = (
    f"Pelo menos {MIN_PASSWORD_LENGTH} caracteres. Uma frase curta é fácil de lembrar e difícil de adivinhar."
)


class SignInForm(Form):
    """Who is there, and where they wanted to go."""

    email = EmailField(
        "E-mail",
        filters=[typed_address],
        validators=[
            DataRequired("Escreva seu e-mail."),
            Length(max=MAX_EMAIL_LENGTH, message="E-mail longo demais."),
        ],
        render_kw={"autocomplete": "username"},
    )
    password = PasswordField(
        "Senha",
        validators=[
            InputRequired("Escreva sua senha."),
            Length(max=MAX_PASSWORD_LENGTH, message="Senha longa demais."),
        ],
        render_kw={"autocomplete": "current-password"},
    )
    proximo = HiddenField()
    retomar = HiddenField()


class ForgottenPasswordForm(Form):
    """Where to send the link for a new password."""

    email = EmailField(
        "E-mail",
        filters=[typed_address],
        validators=[
            DataRequired("Escreva seu e-mail."),
            Sendable("Confira o e-mail: ele deve ser como nome@empresa.com.br."),
            Length(max=MAX_EMAIL_LENGTH, message="E-mail longo demais."),
        ],
        render_kw={"autocomplete": "username"},
    )


class NewPasswordForm(Form):
    """A password chosen for the first time, or anew."""

    password = PasswordField(
        "Nova senha",
        description=PASSWORD_HELP,
        validators=[InputRequired("Escolha uma senha.")],
        render_kw={"autocomplete": "new-password"},
    )
    password_again = PasswordField(
        "Repita a nova senha",
        validators=[
            InputRequired("Repita a senha."),
            EqualTo("password", "As duas senhas são diferentes. Escreva a mesma nas duas."),
        ],
        render_kw={"autocomplete": "new-password"},
    )


class ChangePasswordForm(NewPasswordForm):
    """A new password for somebody who knows the present one."""

    current_password = PasswordField(
        "Senha atual",
        validators=[
            InputRequired("Escreva sua senha atual."),
            Length(max=MAX_PASSWORD_LENGTH, message="Senha longa demais."),
        ],
        render_kw={"autocomplete": "current-password"},
    )


class NameForm(Form):
    """What a person is called."""

    name = StringField(
        "Nome",
        filters=[one_line],
        validators=[
            DataRequired("Escreva seu nome."),
            NoAddress(),
            Length(max=MAX_NAME_LENGTH, message=f"Use no máximo {MAX_NAME_LENGTH} caracteres."),
        ],
        render_kw={"autocomplete": "name"},
    )


class CodeOrPasskey:
    """A code, unless a passkey answers in its place."""

    field_flags: ClassVar = {"required": True}

    def __call__(self, form: "CodeForm", field: StringField) -> None:
        if form.passkey.data:
            raise StopValidation
        if not field.data:
            raise StopValidation("Escreva o código.")


class CodeForm(Form):
    """A code of the authenticator app or a recovery code, or a passkey's answer, which a script fills in."""

    code = StringField(
        "Código",
        filters=[one_line],
        validators=[CodeOrPasskey(), Length(max=60, message="Código longo demais.")],
        render_kw={"autocomplete": "one-time-code"},
    )
    passkey = HiddenField(validators=[Length(max=MAX_PASSKEY_ANSWER)])
    proximo = HiddenField()
    retomar = HiddenField()


class ConfirmPasswordForm(Form):
    """The password again."""

    password = PasswordField(
        "Senha",
        validators=[
            InputRequired("Escreva sua senha."),
            Length(max=MAX_PASSWORD_LENGTH, message="Senha longa demais."),
        ],
        render_kw={"autocomplete": "current-password"},
    )
    proximo = HiddenField()
    retomar = HiddenField()


class PasskeyForm(Form):
    """A new passkey: what its owner calls it, and what the device answered."""

    name = StringField(
        "Nome da chave",
        filters=[one_line],
        validators=[
            DataRequired("Dê um nome à chave, como o do dispositivo."),
            NoAddress(),
            Length(max=MAX_PASSKEY_NAME, message=f"Use no máximo {MAX_PASSKEY_NAME} caracteres."),
        ],
        render_kw={"autocomplete": "off", "placeholder": "Celular, notebook…"},
    )
    passkey = HiddenField(validators=[Length(max=MAX_PASSKEY_ANSWER)])
