"""The settings of due days and debt agreements. Pure."""

from portal.settings.rules.names import PAYMENTS, Definition, Name

_DAYS, _PARTS, _PERCENT = ("dias", "dia"), ("parcelas", "parcela"), ("%", "%")
AGREEMENT_DEFINITIONS = tuple(
    Definition(
        name=name,
        group=PAYMENTS,
        label=label,
        help=words,
        unit=unit[0],
        unit_of_one=unit[1],
        default=default,
        minimum=minimum,
        maximum=maximum,
    )
    for name, label, words, unit, default, minimum, maximum in (
        (
            Name.DUE_DAY_AGAIN_DAYS,
            "Nova mudança de vencimento",
            "Quantos dias depois de uma mudança do dia de vencimento o contrato pode ter outra.",
            _DAYS,
            365,
            0,
            730,
        ),
        (
            Name.AGREEMENT_PARTS,
            "Parcelas de um acordo",
            "Em quantas parcelas, além da entrada, um acordo de débitos pode ser dividido.",
            _PARTS,
            12,
            1,
            12,
        ),
        (
            Name.AGREEMENT_PARTS_ALONE,
            "Parcelas que o cliente escolhe sozinho",
            "Até quantas parcelas, além da entrada, o cliente pode escolher sem falar com o financeiro.",
            _PARTS,
            6,
            1,
            12,
        ),
        (
            Name.AGREEMENT_ENTRY_ALONE_PERCENT,
            "Entrada que o cliente escolhe sozinho",
            "Qual parte do total, no mínimo, é a entrada de um acordo que o cliente faz sozinho.",
            _PERCENT,
            20,
            0,
            90,
        ),
        (
            Name.AGREEMENT_DISCOUNT_PERCENT,
            "Desconto de encargos pelo financeiro",
            "Até quanto da multa e dos juros o financeiro desconta em um acordo. O valor das faturas, nunca.",
            _PERCENT,
            50,
            0,
            100,
        ),
        (
            Name.AGREEMENT_DISCOUNT_ALONE_PERCENT,
            "Desconto de encargos sem o financeiro",
            "Quanto da multa e dos juros é descontado em um acordo que o cliente faz sozinho.",
            _PERCENT,
            0,
            0,
            100,
        ),
        (
            Name.AGREEMENT_ENTRY_DAYS,
            "Atraso da entrada de um acordo",
            "Com mais de quantos dias de atraso da entrada o acordo é desfeito.",
            _DAYS,
            5,
            1,
            30,
        ),
        (
            Name.AGREEMENT_BROKEN_DAYS,
            "Atraso de parcela de um acordo",
            "Com mais de quantos dias de atraso de uma parcela o acordo é desfeito.",
            _DAYS,
            15,
            5,
            90,
        ),
    )
)
