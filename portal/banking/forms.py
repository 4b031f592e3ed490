"""What people type about files of the bank and accounts."""

import re
from typing import Any, BinaryIO

from wtforms import BooleanField, SelectField, StringField
from wtforms.validators import DataRequired, Length, Regexp

from portal.banking.rules.account_changes import ChangedAccount, NewAccount
from portal.banking.rules.accounts import BANKS
from portal.shared.fields import Form, KeyField, UploadField, choices_of, one_line

# A hundred thousand titles, each in two lines of CNAB 240, have 48 MB.
LARGEST_RETURN = 60 * 2**20
LARGEST_RETURN_BODY = LARGEST_RETURN + 2**20


class ReturnForm(Form):
    """The file as the bank's site gave it."""

    file = UploadField(
        "Arquivo de retorno",
        description="CNAB 400 ou 240, como o banco o entrega (.RET). A conta é reconhecida pelo arquivo.",
        validators=[DataRequired("Escolha o arquivo de retorno.")],
        largest=LARGEST_RETURN,
    )

    @property
    def stream(self) -> BinaryIO:
        """The bytes that were sent; many of them stand in a file, not in memory."""
        sent: BinaryIO = self.file.data.stream
        return sent

    @property
    def content(self) -> bytes:
        """The bytes that were sent, all at once."""
        sent: bytes = self.file.data.read()
        return sent

    @property
    def name(self) -> str:
        """The file's name, on one line."""
        return one_line(self.file.data.filename or "")


class StatementForm(ReturnForm):
    """A statement as the bank's site gave it."""

    file = UploadField(
        "Extrato em OFX",
        description="Exporte o extrato da conta no site do banco (Money ou OFX), até 5 MB.",
        validators=[DataRequired("Escolha o arquivo do extrato.")],
    )


class RemittanceForm(Form):
    """For which account; without one, the account of new boletos."""

    account_id = KeyField()


class WaiveForm(Form):
    """Why a faulty line may be processed all the same."""

    reason = StringField(
        "Motivo",
        validators=[
            DataRequired("Escreva por que esta linha pode ser processada mesmo assim."),
            Length(max=300, message="Escreva o motivo em até 300 letras."),
        ],
    )


def _without_signs(typed: object) -> str:
    """A number as typed or kept, without the dots, dashes and slashes it is written with."""
    return re.sub("[./-]", "", one_line(str("" if typed is None else typed)))


def _digits(label: str, description: str = "", *, longest: int = 20, signs: str = "0-9") -> Any:
    return StringField(
        label,
        description=description,
        filters=[_without_signs],
        validators=[
            Regexp(f"^[{signs}]*$", message="Escreva só números."),
            Length(max=longest, message=f"Escreva até {longest} números."),
        ],
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )


class ChangedAccountForm(Form):
    """What of an account can change."""

    lock_version = KeyField()
    name = StringField(
        "Nome",
        description="Como a equipe a chama, por exemplo Bradesco matriz.",
        filters=[one_line],
        validators=[DataRequired("Dê um nome à conta."), Length(max=60, message="Use até 60 letras.")],
    )
    variation = _digits("Variação da carteira", "Só do Banco do Brasil: 3 números.")
    transmission = _digits("Código de transmissão", "Só do Santander: 15 números.")
    pix_key = StringField(
        "Chave Pix",
        filters=[one_line],
        validators=[Regexp(r"^([0-9A-Za-z@.+_-]{5,77})?$", message="Escreva uma chave Pix desta conta.")],
    )
    last_number = _digits("Último nosso número", "Combinado com o banco.", longest=11)
    is_boleto_default = BooleanField("Os boletos novos saem por esta conta")
    is_pix_default = BooleanField("O Pix é recebido nesta conta")
    is_ted_default = BooleanField("As TEDs são recebidas nesta conta")
    is_closed = BooleanField("Conta fechada: nada novo sai por ela")

    def _changed(self) -> dict[str, Any]:
        return {
            "name": self.name.data,
            "variation": self.variation.data,
            "transmission": self.transmission.data,
            "pix_key": self.pix_key.data,
            "last_number": int(self.last_number.data or 0),
            "is_boleto_default": self.is_boleto_default.data,
            "is_pix_default": self.is_pix_default.data,
            "is_ted_default": self.is_ted_default.data,
        }

    def values(self) -> ChangedAccount:
        """What was typed."""
        lock_version = self.lock_version.data or 0
        return ChangedAccount(**self._changed(), is_closed=self.is_closed.data, lock_version=lock_version)


class AccountForm(ChangedAccountForm):
    """A new account."""

    bank = SelectField("Banco", choices=choices_of((bank.code, bank.name) for bank in BANKS.values()))
    branch = _digits("Agência", "4 números, sem o dígito.")
    account = _digits("Conta", "Com zeros à esquerda: 5 números no Itaú, 7 no Bradesco, 8 nos outros.")
    account_digit = _digits("Dígito da conta", longest=1, signs="0-9Xx")
    wallet = _digits("Carteira", "Por exemplo 109 no Itaú, 09 no Bradesco, 17 no BB, 101 no Santander.")
    agreement = _digits("Convênio", "Código que o banco deu à empresa; no Itaú, em branco.")
    first_number = _digits("Primeiro nosso número", longest=11)

    def values(self) -> NewAccount:
        """What was typed."""
        return NewAccount(
            **self._changed(),
            bank=self.bank.data,
            branch=self.branch.data,
            account=self.account.data,
            account_digit=(self.account_digit.data or "").upper(),
            wallet=self.wallet.data,
            agreement=self.agreement.data,
            first_number=int(self.first_number.data or 0),
        )
