"""The settings about late charges and small amounts. Pure."""

from portal.settings.rules.late_terms import LAWFUL_FEE, LAWFUL_INTEREST
from portal.settings.rules.names import PAYMENTS, Name, Unit, listed

_PERCENT = Unit("%", "%", decimals=2)
_FROM_NOW = "Vale para as faturas emitidas a partir de agora, sem passar do que o contrato assinado diz."
CHARGE_DEFINITIONS = listed(
    PAYMENTS,
    (
        (
            Name.LATE_FEE_BASIS_POINTS,
            "Multa por atraso",
            f"Uma vez, sobre o que é pago em atraso. {_FROM_NOW}",
            _PERCENT,
            200,
            0,
            LAWFUL_FEE,
        ),
        (
            Name.LATE_INTEREST_BASIS_POINTS,
            "Juros por atraso",
            f"Ao mês, contados por dia. {_FROM_NOW}",
            _PERCENT,
            100,
            0,
            LAWFUL_INTEREST,
        ),
        (
            Name.CHARGES_FIRST,
            "O que um pagamento em atraso quita primeiro",
            "Vale para os contratos gerados a partir de agora, se o texto do contrato disser a ordem.",
            Unit("O valor da fatura", "A multa e os juros"),
            0,
            0,
            1,
        ),
        (
            Name.TOLERANCE_CENTS,
            "Diferença de centavos",
            "Até que diferença, para mais ou para menos, um pagamento quita a fatura.",
            Unit("centavos", "centavo"),
            10,
            0,
            100,
        ),
        (
            Name.LEAST_REMINDED_REAIS,
            "Menor valor lembrado",
            "Por menos que isto ninguém é lembrado ou suspenso, mesmo que um passo da régua diga menos.",
            Unit("reais", "real"),
            5,
            1,
            50,
        ),
    ),
)
