"""Which numbers of the business an admin may change, and within which bounds. Pure."""

from portal.settings.rules.agreements import AGREEMENT_DEFINITIONS
from portal.settings.rules.charges import CHARGE_DEFINITIONS
from portal.settings.rules.dunning import DUNNING_DEFINITIONS
from portal.settings.rules.names import (
    ACCESS,
    APPROVALS,
    CONTRACTS,
    MAILS,
    PAYMENTS,
    QUOTES,
    Definition,
    Name,
)
from portal.settings.rules.overdue import OVERDUE_DEFINITIONS
from portal.settings.rules.referrals import REFERRAL_DEFINITIONS
from portal.settings.rules.tax_notes import TAX_NOTE_DEFINITIONS
from portal.shared.auth import PARTNER_ROLES, Role

__all__ = ["BY_NAME", "CARD_RETRIES", "DEFINITIONS", "GUARDS_MONEY", "MONEY_ROLES", "Definition", "Name"]

MONEY_ROLES = frozenset({Role.ADMIN, Role.FINANCE})

DEFINITIONS = (
    Definition(
        name=Name.QUOTE_VALID_DAYS,
        group=QUOTES,
        label="Validade do orçamento",
        help="Por quanto tempo o cliente pode aceitar um orçamento. Vale para os próximos; os que já existem "
        "mantêm a data que têm.",
        unit="dias",
        unit_of_one="dia",
        default=15,
        minimum=1,
        maximum=90,
    ),
    Definition(
        name=Name.APPROVAL_REMINDER_BUSINESS_DAYS,
        group=APPROVALS,
        label="Lembrete ao gerente de contas",
        help="Depois de quanto tempo sem resposta o gerente recebe um lembrete do pedido de aprovação.",
        unit="dias úteis",
        unit_of_one="dia útil",
        default=1,
        minimum=1,
        maximum=10,
    ),
    Definition(
        name=Name.APPROVAL_ESCALATION_BUSINESS_DAYS,
        group=APPROVALS,
        label="Aviso ao substituto",
        help="Depois de quanto tempo sem resposta o pedido vai também ao substituto do gerente ou, sem "
        "substituto, a um administrador.",
        unit="dias úteis",
        unit_of_one="dia útil",
        default=2,
        minimum=1,
        maximum=20,
    ),
    Definition(
        name=Name.SIGNATURE_VALID_DAYS,
        group=CONTRACTS,
        label="Validade do link de assinatura",
        help="Por quanto tempo funciona o link com que o responsável assina o contrato.",
        unit="dias",
        unit_of_one="dia",
        default=7,
        minimum=1,
        maximum=60,
    ),
    Definition(
        name=Name.SIGNATURE_POSTPONEMENTS,
        group=CONTRACTS,
        label="Assinar depois",
        help="Quantas vezes o responsável pode deixar a assinatura para depois.",
        unit="vezes",
        unit_of_one="vez",
        default=5,
        minimum=0,
        maximum=20,
    ),
    Definition(
        name=Name.SIGNATURE_REMINDER_DAYS,
        group=CONTRACTS,
        label="Lembrete de assinatura",
        help="De quanto em quanto tempo lembramos o responsável que o contrato espera a assinatura.",
        unit="dias",
        unit_of_one="dia",
        default=2,
        minimum=1,
        maximum=30,
    ),
    Definition(
        name=Name.SIGNING_CODE_MINUTES,
        group=CONTRACTS,
        label="Validade do código de assinatura",
        help="Por quanto tempo vale o código enviado por e-mail a quem vai assinar.",
        unit="minutos",
        unit_of_one="minuto",
        default=15,
        minimum=5,
        maximum=60,
    ),
    Definition(
        name=Name.CARD_LINK_VALID_DAYS,
        group=PAYMENTS,
        label="Validade do link de cadastro do cartão",
        help="Por quanto tempo funciona o link com que o cliente cadastra o cartão.",
        unit="dias",
        unit_of_one="dia",
        default=7,
        minimum=1,
        maximum=60,
    ),
    *(
        Definition(
            name=name,
            group=PAYMENTS,
            label=f"{which} nova tentativa no cartão",
            help="Quantos dias depois da primeira recusa o mesmo cartão é cobrado de novo.",
            unit="dias",
            unit_of_one="dia",
            default=default,
            minimum=1,
            maximum=30,
        )
        for name, which, default in (
            (Name.CARD_RETRY_1_DAYS, "Primeira", 1),
            (Name.CARD_RETRY_2_DAYS, "Segunda", 3),
            (Name.CARD_RETRY_3_DAYS, "Terceira", 7),
        )
    ),
    Definition(
        name=Name.FIRST_PAYMENT_DAYS,
        group=PAYMENTS,
        label="Prazo do primeiro pagamento",
        help="Quantos dias depois de gerado o contrato vence a primeira fatura paga por boleto, Pix ou TED.",
        unit="dias",
        unit_of_one="dia",
        default=5,
        minimum=1,
        maximum=30,
    ),
    Definition(
        name=Name.INVOICE_DAYS_AHEAD,
        group=PAYMENTS,
        label="Antecedência da fatura",
        help="Quantos dias antes do vencimento a fatura da mensalidade é emitida e enviada.",
        unit="dias",
        unit_of_one="dia",
        default=10,
        minimum=1,
        maximum=25,
    ),
    Definition(
        name=Name.BANKS_WORK_ON_LAST_DAY,
        group=PAYMENTS,
        label="Expediente dos bancos em 31/12",
        help="Sem expediente, o que vence em 31/12 pode ser pago sem acréscimo no próximo dia bancário.",
        unit="Não",
        unit_of_one="Sim",
        default=0,
        minimum=0,
        maximum=1,
    ),
    *CHARGE_DEFINITIONS,
    *OVERDUE_DEFINITIONS,
    *AGREEMENT_DEFINITIONS,
    *REFERRAL_DEFINITIONS,
    Definition(
        name=Name.DUNNING_RELEASED_ALONE,
        group=PAYMENTS,
        label="Régua de cobrança liberada sozinha",
        help="Com não, alguém do financeiro confere a régua de cada dia e a libera.",
        unit="Não",
        unit_of_one="Sim",
        default=0,
        minimum=0,
        maximum=1,
    ),
    *DUNNING_DEFINITIONS,
    Definition(
        name=Name.TED_FOUR_EYES_REAIS,
        group=PAYMENTS,
        label="TED confirmada por duas pessoas",
        help="A partir de que valor uma TED precisa da confirmação de duas pessoas do financeiro.",
        unit="reais",
        unit_of_one="real",
        default=5000,
        minimum=1,
        maximum=1000000,
    ),
    *TAX_NOTE_DEFINITIONS,
    Definition(
        name=Name.SESSION_DAYS,
        group=ACCESS,
        label="Duração do acesso",
        help="Depois de quanto tempo uma pessoa precisa entrar de novo no mesmo dispositivo.",
        unit="dias",
        unit_of_one="dia",
        default=14,
        minimum=1,
        maximum=30,
    ),
    Definition(
        name=Name.SESSION_IDLE_HOURS,
        group=ACCESS,
        label="Acesso sem uso",
        help="Depois de quanto tempo sem usar o portal uma pessoa precisa entrar de novo.",
        unit="horas",
        unit_of_one="hora",
        default=24,
        minimum=1,
        maximum=720,
    ),
    Definition(
        name=Name.CONFIRMATION_MINUTES,
        group=ACCESS,
        label="Confirmação de identidade",
        help="Por quanto tempo vale a confirmação pedida ao mexer em dinheiro, configurações e pessoas.",
        unit="minutos",
        unit_of_one="minuto",
        default=15,
        minimum=1,
        maximum=240,
    ),
    *(
        Definition(
            name=Name(f"second_factor_{role.value}"),
            group=ACCESS,
            label=f"Segunda etapa: {role.label}",
            help="Se quem tem este perfil entra só com a senha ou também com chave de acesso ou código.",
            unit="Não exigida",
            unit_of_one="Exigida",
            default=0,
            minimum=0,
            maximum=1,
            default_in_production=int(role in MONEY_ROLES),
        )
        for role in (Role.ADMIN, Role.FINANCE, Role.SUPPORT, Role.ACCOUNT_MANAGER, *sorted(PARTNER_ROLES))
    ),
    Definition(
        name=Name.INVITATION_VALID_DAYS,
        group=ACCESS,
        label="Validade do convite",
        help="Por quanto tempo funciona o link de convite enviado por e-mail.",
        unit="dias",
        unit_of_one="dia",
        default=7,
        minimum=1,
        maximum=30,
    ),
    Definition(
        name=Name.PASSWORD_RESET_VALID_MINUTES,
        group=ACCESS,
        label="Validade do link de nova senha",
        help="Por quanto tempo funciona o link de quem esqueceu a senha.",
        unit="minutos",
        unit_of_one="minuto",
        default=60,
        minimum=10,
        maximum=1440,
    ),
    *(
        Definition(
            name=name,
            group=MAILS,
            label=f"E-mails por hora {whose}",
            help="O que passa do limite fica retido em Operação e sai sozinho quando a hora tem lugar. "
            "Não existe “sem limite”.",
            unit="e-mails",
            unit_of_one="e-mail",
            default=default,
            minimum=1,
            maximum=maximum,
        )
        for name, whose, default, maximum in (
            (Name.MAILS_PER_RECEIVER, "para um destinatário", 20, 1000),
            (Name.MAILS_PER_SENDER, "por pessoa que os causa", 200, 10000),
            (Name.MAILS_PER_PARTNER, "por parceiro", 500, 100000),
        )
    ),
)
GUARDS_MONEY = frozenset({Name.TED_FOUR_EYES_REAIS})
"""Raised, these let more money pass by one person: another admin has to agree."""
CARD_RETRIES = (Name.CARD_RETRY_1_DAYS, Name.CARD_RETRY_2_DAYS, Name.CARD_RETRY_3_DAYS)
BY_NAME = {definition.name: definition for definition in DEFINITIONS}
