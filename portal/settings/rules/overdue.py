"""The settings that say what follows when something is paid late. Pure."""

from portal.settings.rules.names import PAYMENTS, Definition, Name

OVERDUE_DEFINITIONS = tuple(
    Definition(
        name=name,
        group=PAYMENTS,
        label=label,
        help=words,
        unit="dias",
        unit_of_one="dia",
        default=default,
        minimum=minimum,
        maximum=maximum,
    )
    for name, label, words, default, minimum, maximum in (
        (
            Name.OVERDUE_GRACE_DAYS,
            "Tolerância do atraso",
            "Por quantos dias depois do vencimento o cliente está em tolerância: ninguém o avisa ainda.",
            3,
            0,
            15,
        ),
        (
            Name.SUSPENDED_AFTER_DAYS,
            "Suspensão por atraso",
            "Com mais de quantos dias de atraso a assinatura ou mentoria é suspensa, depois do aviso.",
            15,
            5,
            90,
        ),
        (
            Name.TELECOM_NOTICE_DAYS,
            "Suspensão de telecom",
            "Quantos dias depois do aviso um serviço de telecomunicações é suspenso.",
            15,
            15,
            90,
        ),
        (
            Name.TELECOM_END_DAYS,
            "Encerramento de telecom",
            "Quantos dias depois da suspensão um contrato de telecomunicações pode ser encerrado.",
            60,
            30,
            365,
        ),
        (
            Name.TRUST_RELEASE_DAYS,
            "Liberação em confiança",
            "Por quantos dias um serviço suspenso volta antes de ser pago, a pedido do cliente. 0: nunca.",
            3,
            0,
            15,
        ),
        (
            Name.TRUST_RELEASE_AGAIN_DAYS,
            "Nova liberação em confiança",
            "Quantos dias depois da última um cliente pode ter outra. 0: cada cliente tem uma só.",
            0,
            0,
            730,
        ),
    )
)
