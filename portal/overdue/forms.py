"""What an admin types about a key."""

from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Length

from portal.shared.fields import Form, one_line

MAX_NAME = 80


class KeyForm(Form):
    """A new key: for which product, and what it is called."""

    plan = SelectField("Produto", validators=[InputRequired("Escolha um produto da tabela de preços.")])
    name = StringField(
        "Nome da chave",
        filters=[one_line],
        validators=[
            InputRequired("Dê um nome à chave, como “Servidor de produção”."),
            Length(max=MAX_NAME, message=f"Escreva até {MAX_NAME} letras."),
        ],
    )
