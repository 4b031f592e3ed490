"""The settings about notas fiscais. Pure."""

from portal.settings.rules.names import TAX_NOTES, Definition, Name

TAX_NOTE_DEFINITIONS = (
    Definition(
        name=Name.TAX_NOTE_DAY,
        group=TAX_NOTES,
        label="Dia das notas fiscais",
        help="A partir de que dia do mês saem as notas fiscais do que foi pago nele.",
        unit="",
        unit_of_one="",
        default=25,
        minimum=2,
        maximum=28,
    ),
    Definition(
        name=Name.TAX_NOTES_WHEN_DUE,
        group=TAX_NOTES,
        label="Notas do que venceu e não foi pago",
        help="Com não, só sai nota do que foi pago. Com sim, também do que venceu, pago ou não.",
        unit="Não",
        unit_of_one="Sim",
        default=0,
        minimum=0,
        maximum=1,
    ),
)
