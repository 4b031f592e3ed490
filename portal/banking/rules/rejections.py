"""Why a bank did not take a boleto, in words. Pure.

Banks give codes; those of CNAB 240 are FEBRABAN's for all, Bradesco's CNAB 400 has the same ones, Itaú has
its own in both. A code that is not here, and those of the layouts that are not, is quoted.
"""

from collections.abc import Iterable, Mapping

_STANDARD = {
    "01": "código do banco inválido",
    "04": "movimento não permitido para a carteira",
    "05": "código de movimento inválido",
    "06": "CNPJ ou CPF do beneficiário inválido",
    "07": "agência ou conta inválida",
    "08": "nosso número inválido",
    "09": "nosso número repetido",
    "10": "carteira inválida",
    "12": "tipo de documento inválido",
    "15": "características da cobrança incompatíveis",
    "16": "vencimento inválido",
    "17": "vencimento antes da emissão",
    "18": "vencimento fora do prazo que o banco aceita",
    "20": "valor inválido",
    "21": "espécie do título inválida",
    "22": "espécie não permitida para a carteira",
    "24": "data de emissão inválida",
    "25": "emissão depois da entrada no banco",
    "26": "código dos juros inválido",
    "27": "valor ou taxa dos juros inválido",
    "28": "código do desconto inválido",
    "29": "desconto igual ou maior que o valor",
    "33": "abatimento inválido",
    "34": "abatimento igual ou maior que o valor",
    "38": "prazo para protesto inválido",
    "42": "código para baixa inválido",
    "43": "prazo para baixa inválido",
    "44": "moeda inválida",
    "45": "nome do pagador não informado",
    "46": "CNPJ ou CPF do pagador inválido",
    "47": "endereço do pagador não informado",
    "48": "CEP do pagador inválido",
    "49": "CEP do pagador sem praça de cobrança",
    "50": "CEP do pagador de banco correspondente",
    "51": "CEP do pagador não é do estado dele",
    "52": "estado do pagador inválido",
    "57": "código da multa inválido",
    "58": "data da multa inválida",
    "59": "valor ou percentual da multa inválido",
    "60": "o banco não conhece este título",
    "63": "o título já estava registrado",
}
_ITAU = {
    "04": "estado do pagador inválido",
    "05": "vencimento fora do prazo que o banco aceita",
    "07": "valor maior que o permitido",
    "08": "nome do pagador não informado",
    "09": "agência encerrada",
    "10": "endereço do pagador não informado",
    "11": "CEP do pagador inválido",
    "13": "CEP do pagador não é do estado dele",
    "14": "nosso número já registrado ou fora da faixa",
    "15": "nosso número repetido no arquivo",
    "18": "data de entrada inválida para a carteira",
    "19": "ocorrência inválida",
    "22": "carteira não permitida",
    "26": "conta não liberada para cobrança",
    "27": "CNPJ do beneficiário inapto",
    "30": "conta suspensa para cobrança",
    "37": "CNPJ ou CPF do pagador inválido",
    "42": "nosso número fora da faixa",
}
_TABLES: Mapping[tuple[str, int], Mapping[str, str]] = {
    ("341", 400): _ITAU,
    ("341", 240): _ITAU,
    ("237", 400): _STANDARD,
    ("237", 240): _STANDARD,
    ("001", 240): _STANDARD,
    ("033", 240): _STANDARD,
}


def rejection_in_words(bank: str, size: int, codes: Iterable[str]) -> str:
    """What a return says of why, each with the code that the bank's people know it by; "" for none."""
    known = _TABLES.get((bank, size), {})
    return "; ".join(f"{known[code]} ({code})" if code in known else f"motivo {code}" for code in codes)
