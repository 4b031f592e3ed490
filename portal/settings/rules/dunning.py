"""The settings about how customers are reminded. Pure."""

from portal.settings.rules.names import PAYMENTS, Definition, Name

DUNNING_DEFINITIONS = (
    Definition(
        name=Name.WHATSAPP_NEEDS_CONSENT,
        group=PAYMENTS,
        label="WhatsApp só para quem autorizou",
        help="Com sim, só recebe lembretes por WhatsApp quem autorizou, na Central do Assinante ou por "
        "alguém da equipe. Com não, recebe quem não recusou.",
        unit="Não",
        unit_of_one="Sim",
        default=0,
        minimum=0,
        maximum=1,
        default_in_production=1,
    ),
)
