"""The settings of discounts that are credit: for referrals, and for staying. Pure."""

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
    Definition(
        name=Name.RETENTION_DISCOUNT_PERCENT,
        group=PAYMENTS,
        label="Desconto para o cliente ficar",
        help="Até quanto de três mensalidades pode ser oferecido a quem pede o cancelamento, como crédito "
        "nas próximas faturas, uma vez por ano. Com 0 não há desconto.",
        unit="%",
        unit_of_one="%",
        default=20,
        minimum=0,
        maximum=100,
    ),
)
