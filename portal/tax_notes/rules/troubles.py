"""Why a note was not issued, in words, and what to do about it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from portal.tax_notes.rules.states import WaitingFor

ADVICE = {
    "E0008": "O relógio deste servidor está adiantado. Acerte-o e envie de novo.",
    "E0014": "A repartição já tem uma nota desta DPS. Envie de novo: o portal a busca em vez de criar outra.",
    "E0015": "A competência não pode ser depois da emissão. Envie de novo hoje.",
    "E0116": "A inscrição municipal difere da que a prefeitura tem. Corrija PORTAL_NFSE_REGISTRATION.",
    "E0120": "A prefeitura não tem esta inscrição municipal. Corrija ou apague PORTAL_NFSE_REGISTRATION.",
    "E0121": "O portal não envia o nome do prestador: atualize-o e fale com o suporte.",
    "E0128": "O portal não envia o endereço do prestador: atualize-o e fale com o suporte.",
    "E0204": "A retenção de ISS informada não cabe a este serviço. Fale com a contabilidade.",
    "E0237": "A retenção de ISS informada não cabe a este tomador. Fale com a contabilidade.",
    "E0312": "O município usa um código próprio para este serviço. Preencha PORTAL_NFSE_CITY_CODE.",
    "E0315": "O município não usa código próprio para este serviço. Apague PORTAL_NFSE_CITY_CODE.",
    "E0712": "O regime não combina com o percentual do Simples. Confira PORTAL_NFSE_REGIME.",
    "E0714": "A assinatura não foi aceita. Confira se o certificado da empresa é o de PORTAL_NFSE_PFX.",
    "E1235": "O esquema oficial recusou a nota. Confira se PORTAL_NFSE_SCHEMAS é a versão em vigor.",
}
UNKNOWN = "Leia o motivo acima com a contabilidade, corrija o cadastro e envie de novo."
FIELDS = {
    "toma/CNPJ": "o CNPJ do cliente",
    "toma/CPF": "o CPF do cliente",
    "toma/xNome": "o nome do cliente",
    "toma/email": "o e-mail do cliente",
    "cServ/xDescServ": "a descrição do serviço",
    "prest/CNPJ": "o CNPJ da sua empresa",
    "infDPS": "o CNPJ da sua empresa",
    "infPedReg": "a chave da nota",
    "vServPrest/vServ": "o valor",
}
IDENTITIES = ("toma/CNPJ", "prest/CNPJ", "infDPS")


@dataclass(frozen=True, slots=True)
class Trouble:
    """What stands in the way of a note and what to do."""

    why: str
    advice: str


def waits_for(fields: Sequence[str], *, documents: Sequence[str]) -> WaitingFor:
    """What a note waits for whose fields the official schema refuses.

    Letters in a CNPJ are legal since July 2026, but the schema in force knows figures only: no fault of
    anybody here.
    """
    has_letters = any(not document.isdigit() for document in documents)
    return WaitingFor.LETTERS if has_letters and set(fields) <= set(IDENTITIES) else WaitingFor.SCHEMA


def trouble_of_wait(waiting_for: WaitingFor, fields: Sequence[str]) -> Trouble:
    """A note that was not sent."""
    if waiting_for is WaitingFor.LETTERS:
        return Trouble(
            "O CNPJ tem letras e o esquema oficial em vigor (DPS 1.01) ainda aceita só números.",
            "Não há o que corrigir: a nota espera e sai sozinha quando o esquema novo for instalado "
            "(PORTAL_NFSE_SCHEMAS).",
        )
    if waiting_for is WaitingFor.INVOICE:
        return Trouble(
            "A fatura desta nota foi anulada, creditada ou devolvida antes do envio.",
            "Nada é enviado enquanto for assim. Se a fatura voltar a valer, a nota sai sozinha.",
        )
    named = [FIELDS.get(field, f"o campo {field}") for field in fields] or ["a nota"]
    return Trouble(
        f"O esquema oficial não aceita {', '.join(named)}.",
        "Corrija o cadastro do cliente e envie de novo.",
    )


def trouble_of_refusal(code: str, words: str) -> Trouble:
    """A note that the office rejected."""
    return Trouble(f"{code}: {words}" if code else words, ADVICE.get(code, UNKNOWN))
