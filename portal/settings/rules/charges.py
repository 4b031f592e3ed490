"""The settings about late charges and small amounts. Pure."""

from portal.settings.rules.names import PAYMENTS, Definition, Name

CHARGE_DEFINITIONS = tuple(
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
            Name.TOLERANCE_CENTS,
            "Diferença de centavos",
            "Até que diferença, para mais ou para menos, um pagamento quita a fatura.",
            ("centavos", "centavo"),
            10,
            0,
            100,
        ),
        (
            Name.LEAST_REMINDED_REAIS,
            "Menor valor lembrado",
            "Por menos que isto ninguém é lembrado ou suspenso, mesmo que um passo da régua diga menos.",
            ("reais", "real"),
            5,
            1,
            50,
        ),
    )
)
