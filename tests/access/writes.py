"""What each action asks for: one row a view that changes something. See `table.py`."""

from tests.access.rows import (
    ADMIN,
    ANYBODY,
    CLAUSES,
    CUSTOMER,
    DECIDERS,
    DESK,
    DUNNERS,
    DUNNING_STEP,
    EDITED_PARTNER,
    EVERYBODY,
    INVITATION,
    MANAGERS,
    NEW_PASSWORD,
    NEW_QUOTE,
    ONLY_ADMIN,
    ONLY_SUBSCRIBER,
    ONLY_TEAM,
    PARTNER,
    PASSWORD,
    QUOTE,
    RESELLER,
    SIGNATORY,
    SUPPORT,
    TASK_PEOPLE,
    TRUSTING,
    WRITERS,
    Row,
    whom,
)

WRITES = {
    # signing in and one's own account
    "users.sign_in_now": Row(ANYBODY, "/entrar", {"email": "x@y.example", "password": "errada"}, ok=422),
    "users.sign_out": Row(ANYBODY, "/sair"),
    "users.sign_out_everywhere": Row(EVERYBODY, "/sair/todos"),
    "users.request_password_reset": Row(ANYBODY, "/senha/esqueci", {"email": "{email}"}, ok=200),
    "users.reset_password": Row(ANYBODY, "/senha/{reset}", PASSWORD),
    "users.accept_invitation": Row(ANYBODY, "/convite/{invitation}", PASSWORD),
    "users.change_name": Row(EVERYBODY, "/conta/nome", {"name": "Outro Nome"}),
    "users.change_password": Row(EVERYBODY, "/conta/senha", NEW_PASSWORD),
    "users.take_second_step": Row(ANYBODY, "/entrar/segunda-etapa", {"code": "000000"}, ok=401),
    "users.second_step_challenge": Row(ANYBODY, "/entrar/segunda-etapa/chave", ok=401),
    "users.confirm_now": Row(EVERYBODY, "/confirmar", {"password": "boa noite padaria"}),
    "users.confirm_challenge": Row(EVERYBODY, "/confirmar/chave", ok=200),
    "users.begin_totp": Row(EVERYBODY, "/conta/segunda-etapa/aplicativo"),
    "users.confirm_totp": Row(EVERYBODY, "/conta/segunda-etapa/aplicativo/ativar", {"code": "000000"}),
    "users.remove_totp": Row(EVERYBODY, "/conta/segunda-etapa/aplicativo/remover"),
    "users.passkey_challenge": Row(EVERYBODY, "/conta/segunda-etapa/chaves/nova", ok=200),
    "users.add_passkey": Row(EVERYBODY, "/conta/segunda-etapa/chaves", {"name": "x", "passkey": "y"}, ok=422),
    "users.remove_passkey": Row(EVERYBODY, "/conta/segunda-etapa/chaves/{passkey}/remover", own=True),
    "users.renew_recovery_codes": Row(EVERYBODY, "/conta/segunda-etapa/codigos", ok=404),
    "users.end_session": Row(EVERYBODY, "/conta/sessoes/{session}/encerrar", own=True),
    # the vendor's administration
    "settings.save": Row(ONLY_ADMIN, "/configuracoes", {"x": "y"}, ok=422),
    "settings.agree": Row(ONLY_ADMIN, "/configuracoes/ted_four_eyes_reais/confirmar"),
    "settings.withdraw": Row(ONLY_ADMIN, "/configuracoes/ted_four_eyes_reais/desfazer"),
    "partners.register": Row(ONLY_ADMIN, "/parceiros/novo", PARTNER),
    "partners.save": Row(ONLY_ADMIN, "/parceiros/{partner}/editar", EDITED_PARTNER),
    "partners.disable": Row(ONLY_ADMIN, "/parceiros/{partner}/desativar", {"reason": "Contrato encerrado"}),
    "partners.enable": Row(ONLY_ADMIN, "/parceiros/{partner}/reativar"),
    "partners.person_invite": Row(ONLY_ADMIN, "/usuarios/convidar", INVITATION | {"partner_id": "1"}),
    "partners.person_save": Row(
        ONLY_ADMIN, "/usuarios/{member}", {"name": "Celso Novo", "role": "seller", "lock_version": "1"}
    ),
    "partners.person_disable": Row(ONLY_ADMIN, "/usuarios/{member}/desativar"),
    "partners.person_enable": Row(ONLY_ADMIN, "/usuarios/{gone}/reativar"),
    "partners.person_sign_out": Row(ONLY_ADMIN, "/usuarios/{member}/sair"),
    "partners.person_reset_factors": Row(ONLY_ADMIN, "/usuarios/{member}/segunda-etapa/retirar"),
    "partners.person_resend": Row(ONLY_ADMIN, "/usuarios/{invited}/convite"),
    "catalog.check": Row(ONLY_ADMIN, "/tabelas/nova", {"file": ""}, ok=422),
    "overdue.key_new": Row(
        ONLY_ADMIN, "/configuracoes/chaves", {"plan": "gestao", "name": "Servidor"}, ok=200
    ),
    "overdue.key_revoke": Row(ONLY_ADMIN, "/configuracoes/chaves/{access_key}/revogar"),
    "catalog.publish": Row(ONLY_ADMIN, "/tabelas/publicar", {"content": "", "sha256": ""}, ok=422),
    # a reseller's own team
    "partners.member_invite": Row(ONLY_TEAM, "/equipe/convidar", INVITATION),
    "partners.member_save": Row(
        ONLY_TEAM, "/equipe/{member}", {"name": "Celso Novo", "role": "seller", "lock_version": "1"}
    ),
    "partners.member_disable": Row(ONLY_TEAM, "/equipe/{member}/desativar"),
    "partners.member_enable": Row(ONLY_TEAM, "/equipe/{gone}/reativar"),
    "partners.member_sign_out": Row(ONLY_TEAM, "/equipe/{member}/sair"),
    "partners.member_reset_factors": Row(ONLY_TEAM, "/equipe/{member}/segunda-etapa/retirar"),
    "partners.member_resend": Row(ONLY_TEAM, "/equipe/{invited}/convite"),
    # customers
    "customers.register": Row(WRITERS, "/clientes/novo", CUSTOMER),
    "customers.change": Row(
        WRITERS, "/clientes/{customer}/editar", CUSTOMER | {"lock_version": "{customer_lock}"}
    ),
    "customers.check_upload": Row(WRITERS, "/clientes/importar", {"file": "", "partner_id": "1"}, ok=422),
    "customers.load": Row(WRITERS, "/clientes/importar/{import}/carregar"),
    # quotes
    "quotes.preview": Row(RESELLER, "/orcamentos/calculo", QUOTE | {"customer_id": "{customer}"}, ok=200),
    "quotes.create": Row(RESELLER, "/orcamentos", NEW_QUOTE),
    "quotes.save": Row(RESELLER, "/orcamentos/{draft}/editar", QUOTE | {"lock_version": "{draft_lock}"}),
    "quotes.revise": Row(RESELLER, "/orcamentos/{approved}/nova-versao"),
    "quotes.clone": Row(RESELLER, "/orcamentos/{sent}/copiar"),
    "quotes.add_alternative": Row(RESELLER, "/orcamentos/{draft}/alternativas/annual"),
    "quotes.submit": Row(RESELLER, "/orcamentos/{dear_draft}/aprovacao", {"argument": "Concorrente"}),
    "quotes.withdraw": Row(RESELLER, "/orcamentos/{pending}/aprovacao/retirar"),
    "quotes.accept_counter": Row(RESELLER, "/orcamentos/{countered}/contraproposta/aceitar"),
    "quotes.send_by_whatsapp": Row(RESELLER, "/orcamentos/{approved}/whatsapp", whom("proposta"), ok=200),
    "quotes.send": Row(RESELLER, "/orcamentos/{approved}/enviar"),
    "quotes.void": Row(RESELLER, "/orcamentos/{draft}/anular", {"reason": "duplicate"}),
    "quotes.approve": Row(DECIDERS, "/aprovacoes/{approval}/aprovar"),
    "quotes.reject": Row(DECIDERS, "/aprovacoes/{approval}/recusar", {"reason": "Margem baixa"}),
    "quotes.counter": Row(DECIDERS, "/aprovacoes/{approval}/contraproposta", {"counter_cents": "175,00"}),
    # invoices
    "catalog.change_first_period": Row(
        ONLY_ADMIN,
        "/tabelas/primeiro-periodo",
        {"plan": "gestao", "first_period": "proportional", "seen": "full_installment"},
    ),
    "invoices.send_by_whatsapp": Row(
        EVERYBODY - MANAGERS, "/faturas/{invoice}/whatsapp", whom("fatura"), ok=200
    ),
    "checkout.send_receipt": Row(EVERYBODY - MANAGERS, "/faturas/{paid_invoice}/recibo/enviar"),
    "checkout.receipt_by_whatsapp": Row(
        EVERYBODY - MANAGERS, "/faturas/{paid_invoice}/recibo/whatsapp", whom("fatura"), ok=200
    ),
    "invoices.issue_note": Row(
        DESK, "/faturas/{invoice}/nota-de-credito", {"amount": "199,90", "reason": "Engano", "seen": "0"}
    ),
    "invoices.issue_again": Row(DESK, "/faturas/{invoice}/emitir-outra", ok=409),
    "invoices.free_months_give": Row(
        DESK, "/contratos/{contract_active}/meses-gratis", {"months": "1", "reason": "Cortesia"}
    ),
    "invoices.give_up": Row(
        DESK, "/faturas/{invoice}/incobravel", {"incobravel-reason": "Empresa fechada"}, ok=409
    ),
    "invoices.collect": Row(
        DESK, "/faturas/{invoice}/voltar-a-cobrar", {"incobravel-reason": "Apareceu"}, ok=409
    ),
    "invoices.send": Row(EVERYBODY - MANAGERS, "/faturas/{invoice}/enviar"),
    "payouts.check_upload": Row(RESELLER, "/repasses/extratos/{payout}/conferencia", {"file": ""}, ok=422),
    "payouts.decide": Row(
        RESELLER,
        "/repasses/divergencias/{divergence}/decisao",
        {"decision": "review", "note": "Na minha lista é outro valor"},
    ),
    "payouts.close": Row(DESK, "/repasses/fechamento", {"month": "2026-05"}),
    "payouts.pay": Row(
        DESK,
        "/repasses/extratos/{payout}/pagamento",
        {"paid_on": "2026-06-10", "bank": "341", "branch": "0057", "account": "1-2", "reference": "TED 7"},
    ),
    "payouts.undo_payment": Row(
        DESK, "/repasses/extratos/{payout}/pagamento/desfazer", {"reason": "Conta errada"}, ok=409
    ),
    "payouts.reverse": Row(
        DESK,
        "/repasses/itens/{accrual}/estorno",
        {"amount": "10,00", "cause": "refund", "reference": "R1", "reason": "Cliente desistiu"},
    ),
    "payouts.restore": Row(
        DESK, "/repasses/itens/{accrual}/estorno/{reversal}/desfazer", {"reason": "Ganhamos"}
    ),
    "invoices.bill_now": Row(DESK, "/faturamento"),
    "invoices.unpark": Row(DESK, "/faturamento/{contract_active}/tentar-de-novo"),
    "invoices.due_day_change": Row(
        TRUSTING, "/contratos/{contract_active}/vencimento", {"dia": "25", "seen": "old"}, ok=409
    ),
    "agreements.make": Row(
        DUNNERS, "/clientes/{suspended_customer}/acordo", {"parts": "3", "discount": "0"}, ok=422
    ),
    "agreements.withdraw": Row(DUNNERS, "/acordos/{agreement}/retirar"),
    "agreements.undo": Row(DESK, "/acordos/{agreement}/desfazer", {"reason": "Pedido"}, ok=409),
    # releases in trust
    "overdue.trust_give": Row(TRUSTING, "/clientes/{suspended_customer}/liberacao"),
    "checkout.release_in_trust": Row(ANYBODY, "/pagar/{paying_suspended}/confianca"),
    # notas fiscais; no tax office is configured in the town
    "tax_notes.prepare": Row(DESK, "/notas-fiscais/2026-06/preparar", ok=409),
    "tax_notes.send": Row(DESK, "/notas-fiscais/{tax_note_rejected}/enviar"),
    "tax_notes.cancel": Row(
        DESK, "/notas-fiscais/{tax_note}/cancelar", {"code": "2", "reason": "Serviço que não foi prestado"}
    ),
    "tax_notes.replace": Row(
        DESK,
        "/notas-fiscais/{tax_note}/substituir",
        {"replace_code": "99", "replace_reason": "O nome do cliente estava errado", "discount": "0,00"},
        ok=409,
    ),
    # whatsapp
    "whatsapp.whatsapp_webhook": Row(ANYBODY, "/webhooks/whatsapp", ok=404),
    "whatsapp.resume": Row(DESK, "/whatsapp/retomar"),
    "whatsapp.look_at_template": Row(DESK, "/whatsapp/modelos/{whatsapp_template}/conferir"),
    # dunning
    "referrals.register": Row(WRITERS, "/clientes/{customer}/indicacoes", {"code": "K7QX2MB"}, ok=422),
    "dunning.prepare": Row(DESK, "/regua"),
    "dunning.release": Row(DESK, "/regua/1/liberar"),
    "dunning.drop": Row(DESK, "/regua/1/descartar"),
    "dunning.change_price": Row(
        DESK, "/regua/precos", {"sort": "whatsapp_utility", "from_on": "2031-01-01", "price": "0,0400"}
    ),
    "dunning.choose_whatsapp": Row(
        DUNNERS,
        "/clientes/{customer}/cobranca/whatsapp",
        {"whatsapp-wants": "nao", "whatsapp-reason": "Disse na ligação"},
    ),
    "dunning.send_by_mail": Row(DUNNERS, "/regua/ligacao/{dunning_message}/e-mail"),
    "dunning.send_by_whatsapp": Row(DUNNERS, "/regua/ligacao/{dunning_message}/whatsapp"),
    "dunning.save_policy": Row(DESK, "/regua/passos", DUNNING_STEP),
    "dunning.end": Row(
        DUNNERS, "/regua/ligacao/{dunning_message}/resultado", {"outcome": "promised"}, ok=422
    ),
    "dunning.hold": Row(
        DUNNERS, "/clientes/{customer}/cobranca", {"kind": "opt_out", "reason": "Pediu para não receber"}
    ),
    "dunning.resume": Row(DUNNERS, "/clientes/{customer}/cobranca/{dunning_hold}/retomar"),
    # cancellations
    "cancellations.create": Row(
        WRITERS, "/contratos/{contract_active}/cancelamento", {"reason": "price", "words": "Ficou caro"}
    ),
    "cancellations.write_argument": Row(
        WRITERS,
        "/cancelamentos/{case}/conversa",
        {"offer": "pause", "answer": "declined", "words": "Não quis"},
    ),
    "cancellations.keep": Row(
        WRITERS, "/cancelamentos/{case}/reter", {"words": "Fica", "follow_up_on": "2026-07-10"}
    ),
    "cancellations.confirm": Row(
        WRITERS, "/cancelamentos/{case}/confirmar", {"words": "Saiu", "seen": "{case_seen}"}
    ),
    "cancellations.resume_service": Row(WRITERS, "/cancelamentos/{case_closed}/retomar"),
    "cancellations.undo": Row(WRITERS, "/cancelamentos/{case_closed}/desfazer", {"words": "Repensou"}),
    "cancellations.call_again": Row(
        WRITERS, "/cancelamentos/{case_closed}/retorno", {"return_on": "2026-07-10"}
    ),
    # tasks
    "tasks.create": Row(
        TASK_PEOPLE,
        "/tarefas/nova",
        {"title": "Ligar", "team": "support", "due_on": "2026-06-12", "creation_key": "opened once"},
    ),
    "tasks.give": Row(TASK_PEOPLE, "/tarefas/{task}/responsavel", {"owner": ""}),
    "tasks.close": Row(TASK_PEOPLE, "/tarefas/{task}/encerrar", {"result": "done", "note": "Resolvido"}),
    # readjustments
    "readjustments.release": Row(DESK, "/reajustes", {"month": "1999-01"}, ok=422),
    "readjustments.hold": Row(
        DESK, "/contratos/{contract_waiting}/reajuste/suspender", {"reason": "Preço combinado"}
    ),
    "readjustments.lift": Row(DESK, "/contratos/{contract_waiting}/reajuste/retomar"),
    "readjustments.import_months": Row(ONLY_ADMIN, "/reajustes/igpm/importar", {"file": ""}, ok=422),
    # money that came in, and what is exchanged with the bank
    "invoices.waive_charges": Row(
        DESK, "/faturas/{invoice}/encargos/dispensar", {"dispensa-reason": "Cortesia"}, ok=409
    ),
    "receipts.ted_confirm": Row(
        DESK, "/pagamentos/teds/{ted}/confirmar", {"amount": "199,90", "credited_on": "2026-06-10"}
    ),
    "receipts.ted_confirm_again": Row(DESK, "/pagamentos/teds/{ted_once}/segunda-confirmacao"),
    "receipts.ted_refuse": Row(DESK, "/pagamentos/teds/{ted_once}/recusar", {"reason": "Não está lá"}),
    "receipts.refund_ask": Row(
        DESK,
        "/pagamentos/{payment}/devolver",
        {
            "key": "0" * 31 + "a",
            "amount": "5,00",
            "reason": "Cobrado a mais",
            "holder_name": "Padaria",
            "holder_document": "{payer}",
            "bank": "341 Itaú",
            "branch": "0057",
            "account": "12345-7",
        },
    ),
    "receipts.refund_pay": Row(
        DESK,
        "/pagamentos/devolucoes/{refund}/paga",
        {"paid_on": "2026-06-10", "reference": "T1", "proof": ""},
        ok=422,
    ),
    "receipts.refund_drop": Row(DESK, "/pagamentos/devolucoes/{refund}/desistir", {"reason": "Engano"}),
    "receipts.parked_decide": Row(
        DESK, "/pagamentos/a-conferir/{parked}", {"decisao": "devolver", "reason": "Engano de quem pagou"}
    ),
    "receipts.parked_confirm": Row(DESK, "/pagamentos/a-conferir/{parked}/confirmar", ok=409),
    "receipts.parked_undo": Row(DESK, "/pagamentos/a-conferir/{parked}/desfazer", ok=409),
    "receipts.ted_doubt": Row(DESK, "/pagamentos/teds/duvidas/{doubt}/mesma"),
    "banking.statement_upload": Row(DESK, "/extratos", {"file": ""}, ok=422),
    "banking.statement_line_is_ted": Row(DESK, "/extratos/{statement}/linhas/{entry}/ted"),
    "banking.remittance_make": Row(DESK, "/arquivos-do-banco/remessa"),
    "banking.return_upload": Row(DESK, "/arquivos-do-banco/retorno", {"file": ""}, ok=422),
    "banking.remittance_sent": Row(DESK, "/arquivos-do-banco/{remittance}/enviada"),
    "banking.remittance_put": Row(DESK, "/arquivos-do-banco/{remittance}/pasta"),
    "banking.fault_waive": Row(
        DESK, "/arquivos-do-banco/{damaged}/defeitos/{fault}", {"reason": "O banco escreve assim"}
    ),
    "banking.account_open": Row(ONLY_ADMIN, "/contas-de-cobranca", ok=422),
    "banking.account_save": Row(ONLY_ADMIN, "/contas-de-cobranca/1", ok=422),
    "banking.return_apply": Row(DESK, "/arquivos-do-banco/{return}/aplicar"),
    "sandbox_bank.sandbox_payers_set": Row(DESK, "/banco-de-teste/clientes"),
    "sandbox_bank.sandbox_payer_set": Row(DESK, "/banco-de-teste/clientes/{customer}", {"habit": "on_time"}),
    "sandbox_bank.sandbox_act": Row(DESK, "/banco-de-teste/{payable}", {"act": "pix", "manner": "usual"}),
    # contracts
    "contracts.generate": Row(WRITERS, "/contratos/{contract_draft}/gerar"),
    "contracts.draft_again": Row(WRITERS, "/contratos/{contract_declined}/gerar-de-novo"),
    "contracts.resend": Row(WRITERS, "/contratos/{contract_waiting}/reenviar"),
    "contracts.replace_signatory": Row(WRITERS, "/contratos/{contract_waiting}/responsavel", SIGNATORY),
    "contracts.send_by_whatsapp": Row(
        WRITERS, "/contratos/{contract_waiting}/whatsapp", whom("assinatura"), ok=200
    ),
    "contracts.cancel": Row(WRITERS, "/contratos/{contract_waiting}/cancelar", {"reason": "Desistiu"}),
    "contracts.amend": Row(RESELLER, "/contratos/{contract_active}/aditivo"),
    "contracts.renew": Row(RESELLER, "/contratos/{contract_active}/renovacao"),
    "contracts.move": Row(RESELLER, "/contratos/{contract_active}/mudanca", ok=409),
    "contracts.change_partner": Row(
        frozenset({SUPPORT, ADMIN}),
        "/contratos/{contract_active}/parceiro",
        {"partner_id": "{former_partner}"},
    ),
    "contracts.quote_taken_over": Row(RESELLER, "/clientes/{customer}/troca-de-parceiro/{change}"),
    "contracts.template_write": Row(ONLY_ADMIN, "/modelos-de-contrato/novo", CLAUSES),
    "contracts.template_preview": Row(ONLY_ADMIN, "/modelos-de-contrato/previa", CLAUSES, ok=200),
    # home and operations
    "dashboard.run_job": Row(ONLY_ADMIN, "/operacao/rotinas/expire-quotes/executar"),
    "dashboard.resend_mail": Row(ONLY_ADMIN, "/operacao/emails/1/reenviar"),
    "dashboard.release_mail": Row(ONLY_ADMIN, "/operacao/emails/1/liberar"),
    "dashboard.drop_mail": Row(ONLY_ADMIN, "/operacao/emails/1/descartar"),
    "dashboard.retry_job": Row(ONLY_ADMIN, "/operacao/fila/1/executar"),
    # behind the customer's link
    "quotes.proposal_accept": Row(ANYBODY, "/p/{secret}/aceite", {"alternativa": "{sent}"}),
    "quotes.proposal_decline": Row(ANYBODY, "/p/{secret}/recusa", {"reason": "price"}),
    "subscribers.request_link": Row(ANYBODY, "/assinante/entrar", {"email": "eu@nowhere.example"}, ok=200),
    "subscribers.enter": Row(ANYBODY, "/assinante/entrar/{entering}"),
    "subscribers.leave": Row(ANYBODY, "/assinante/sair"),
    "subscribers.choose": Row(ONLY_SUBSCRIBER, "/assinante/empresas", {"customer_id": "{customer}"}),
    "subscribers.view_as": Row(EVERYBODY - RESELLER, "/assinante/ver/{customer}", ok=200),
    "subscribers.change": Row(ONLY_SUBSCRIBER, "/assinante/dados", {"lock_version": "1", "city": "Gaspar"}),
    "subscribers.ask_erasure": Row(ONLY_SUBSCRIBER, "/assinante/dados/exclusao"),
    "subscribers.change_card": Row(ONLY_SUBSCRIBER, "/assinante/contratos/{contract_by_card}/cartao"),
    "subscribers.due_day_change": Row(
        ONLY_SUBSCRIBER,
        "/assinante/contratos/{contract_by_card}/vencimento",
        {"dia": "25", "seen": "old"},
        ok=409,
    ),
    "subscribers.agreement_make": Row(ONLY_SUBSCRIBER, "/assinante/acordo", {"parts": "3"}, ok=422),
    "subscribers.agreement_sign": Row(ONLY_SUBSCRIBER, "/assinante/acordos/{agreement}/assinar"),
    "subscribers.release": Row(ONLY_SUBSCRIBER, "/assinante/liberacao"),
    "subscribers.pay_together": Row(ONLY_SUBSCRIBER, "/assinante/faturas/juntas"),
    "subscribers.charge_together": Row(ONLY_SUBSCRIBER, "/assinante/juntas/{joint_pix}/cartao"),
    "subscribers.ask_for_slips": Row(ONLY_SUBSCRIBER, "/assinante/juntas/{joint_pix}/boletos"),
    "subscribers.choose_notices": Row(ONLY_SUBSCRIBER, "/assinante/dados/avisos", {"offers": "y"}),
    "subscribers.erase_data": Row(ONLY_ADMIN, "/assinante/exclusao/{customer}", {"words": "Feito"}),
    "subscribers.accept": Row(ONLY_SUBSCRIBER, "/assinante/renovacoes/{renewal_offer}"),
    "subscribers.ask_to_leave": Row(
        ONLY_SUBSCRIBER, "/assinante/contratos/{contract_by_card}/cancelamento", {"reason": "price"}
    ),
    "subscribers.talk": Row(
        ONLY_SUBSCRIBER, "/assinante/cancelamentos/{case}/conversa", {"offer": "discount"}
    ),
    "subscribers.stay": Row(ONLY_SUBSCRIBER, "/assinante/cancelamentos/{case}/ficar"),
    "subscribers.confirm_leaving": Row(
        ONLY_SUBSCRIBER, "/assinante/cancelamentos/{case}/confirmar", {"seen": "{case_seen}"}
    ),
    "subscribers.stay_after_all": Row(ONLY_SUBSCRIBER, "/assinante/cancelamentos/{case_closed}/desfazer"),
    "subscribers.pay": Row(ONLY_SUBSCRIBER, "/assinante/faturas/{invoice}/pagar"),
    "checkout.ask_for_boleto": Row(ANYBODY, "/pagar/{paying}/boleto"),
    "checkout.send_proof": Row(ANYBODY, "/pagar/{paying}/comprovante", {"proof": ""}, ok=422),
    "cards.card_resend": Row(WRITERS, "/contratos/{contract_waiting}/cartao"),
    "cards.card_by_whatsapp": Row(
        WRITERS, "/contratos/{contract_waiting}/cartao/whatsapp", whom("cartao"), ok=409
    ),
    "cards.card_setup_again": Row(ANYBODY, "/cartao/{card}/preparo"),
    "cards.card_told": Row(ANYBODY, "/cartao/{card}/conferir"),
    "cards.charge_told": Row(ANYBODY, "/pagar/{confirming}/confirmado"),
    "checkout.go_to_card": Row(ANYBODY, "/pagar/{paying}/cartao", ok=409),
    # doors of servers, which sign
    "sandbox_bank.return_pix": Row(ANYBODY, "/banco-de-teste/pix/E1/devolucao/D1", ok=403),
    "banking.bank_webhook": Row(ANYBODY, "/webhooks/banco", ok=403),
    "cards.processor_webhook": Row(ANYBODY, "/webhooks/cartao", ok=404),
    "signatures.send_code": Row(ANYBODY, "/assinar/{signing}/codigo", {"agreed": "y"}),
    "signatures.confirm": Row(ANYBODY, "/assinar/{signing}/confirmar", {"full_name": "Maria"}, ok=422),
    "signatures.postpone": Row(ANYBODY, "/assinar/{signing}/depois"),
    "signatures.decline": Row(ANYBODY, "/assinar/{signing}/recusar", {"reason": "Mudei de ideia"}),
    "signatures.check_file": Row(ANYBODY, "/verificar", {"file": ""}, ok=422),
}
