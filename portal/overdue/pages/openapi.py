"""The interface by which products ask, described for programs (OpenAPI 3.1) and people. In Portuguese."""

from typing import Any

from portal.overdue.rules.access import PER_MINUTE, AccessReason, AccessState

PATH = "/api/acesso/{documento}"
EXAMPLE = {
    "documento": "11222333000181",
    "liberado": True,
    "liberado_ate": "2026-08-31",
    "situacao": "em_dia",
    "motivo": None,
}
FIELDS = {
    "documento": "O documento perguntado, sem pontuação.",
    "liberado": "Se o serviço deste produto está liberado agora.",
    "liberado_ate": "Último dia em que o serviço está liberado com certeza, ou nulo.",
    "situacao": "Como está o serviço.",
    "motivo": "Por que não está liberado, ou por que pode deixar de estar. Nulo quando está em dia.",
}
ERRORS = {
    "401": "Falta a chave, ou ela não vale ou foi revogada.",
    "429": f"Mais de {PER_MINUTE} perguntas em um minuto com a mesma chave. Espere o tempo de Retry-After.",
}


def openapi(base_url: str) -> dict[str, Any]:
    """The document, for the portal at an address."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Acesso ao serviço",
            "version": "1.0.0",
            "description": "Responde ao produto vendido se o serviço de um cliente está liberado. "
            "Nada mais é dito do cliente; documento desconhecido responde como quem não tem o serviço.",
        },
        "servers": [{"url": base_url}],
        "security": [{"chave": []}],
        "paths": {PATH: {"get": _operation()}},
        "components": {
            "securitySchemes": {
                "chave": {"type": "http", "scheme": "bearer", "description": "Uma chave por produto."}
            },
            "schemas": {"Acesso": _answer(), "Erro": _error()},
        },
    }


def _operation() -> dict[str, Any]:
    answers: dict[str, Any] = {
        "200": {"description": "A resposta.", "content": _json("Acesso", EXAMPLE)},
    }
    for status, words in ERRORS.items():
        answers[status] = {"description": words, "content": _json("Erro")}
    return {
        "operationId": "acesso",
        "summary": "O serviço de um documento está liberado?",
        "parameters": [
            {
                "name": "documento",
                "in": "path",
                "required": True,
                "description": "CNPJ (também com letras) ou CPF, com ou sem pontuação; a barra como %2F.",
                "schema": {"type": "string", "maxLength": 30},
            }
        ],
        "responses": answers,
    }


def _json(schema: str, example: Any = None) -> dict[str, Any]:
    content: dict[str, Any] = {"schema": {"$ref": f"#/components/schemas/{schema}"}}
    if example is not None:
        content["example"] = example
    return {"application/json": content}


def _answer() -> dict[str, Any]:
    types: dict[str, Any] = {
        "documento": {"type": "string"},
        "liberado": {"type": "boolean"},
        "liberado_ate": {"type": ["string", "null"], "format": "date"},
        "situacao": {"type": "string", "enum": [state.value for state in AccessState]},
        "motivo": {"type": ["string", "null"], "enum": [*(reason.value for reason in AccessReason), None]},
    }
    properties = {name: {**schema, "description": FIELDS[name]} for name, schema in types.items()}
    return {"type": "object", "required": list(FIELDS), "properties": properties}


def _error() -> dict[str, Any]:
    return {"type": "object", "required": ["erro"], "properties": {"erro": {"type": "string"}}}
