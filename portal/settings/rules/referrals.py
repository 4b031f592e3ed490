"""The settings of referrals. Pure."""

from portal.settings.rules.names import PAYMENTS, Definition, Name

REFERRAL_DEFINITIONS = (
    Definition(
        name=Name.REFERRAL_DISCOUNT_REAIS,
        group=PAYMENTS,
        label="Desconto por indicação",
        help="Quanto cada um dos dois, quem indica e quem chega, recebe de crédito na próxima fatura. "
        "O repasse do parceiro não muda. Com 0 não há desconto.",
        unit="reais",
        unit_of_one="real",
        default=50,
        minimum=0,
        maximum=1000,
    ),
)
