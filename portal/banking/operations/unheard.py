"""What a bank said by itself and the portal could not use: finance is asked to look, never nobody."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.banking.models.bank_file import BankFile
from portal.banking.rules.accounts import BANKS
from portal.banking.rules.bank_files import REFUSED_RETURN, Effect
from portal.banking.rules.return_reading import Identified, Occurrence
from portal.shared.auth import Role
from portal.tasks.operations import open_or_mention

LOOK_WITHIN = timedelta(days=1)


def tell_of_refused(session: Session, *, name: str, why: str, file: BankFile | None, now: datetime) -> None:
    """A return that the bank sent by itself was not used; `file` is what is kept of it, if anything."""
    open_or_mention(
        session,
        cause=REFUSED_RETURN,
        said=[f"{name}: {why}"],
        team=Role.FINANCE,
        title="Retorno com defeito vindo do banco",
        detail="O banco deixou na pasta, ou enviou em um aviso, um retorno que não pôde ser usado: nada do "
        "que ele diz foi feito, e pode haver pagamentos nele.\nBaixe o arquivo do banco de novo e envie-o em "
        "Arquivos do banco, ou deixe-o na pasta. Se o próprio banco o escreveu assim, abra o arquivo com "
        "defeito e diga em cada linha por que ela pode ser processada.\nA régua de cobrança espera até esta "
        "tarefa ser encerrada.",
        subject=file,
        due_at=now + LOOK_WITHIN,
        now=now,
    )


def tell_of_codes(
    session: Session,
    *,
    file: BankFile,
    found: Identified,
    chunk: Sequence[Occurrence],
    effects: Sequence[Effect],
    now: datetime,
) -> None:
    """Lines with codes that nobody told us of were passed by in a return that no person read before."""
    unknown: dict[str, list[int]] = {}
    for one, effect in zip(chunk, effects, strict=True):
        if effect is Effect.UNKNOWN_CODE:
            unknown.setdefault(one.code, []).append(one.line)
    bank, size = BANKS[found.layout.bank].name, found.layout.size
    for code, lines in unknown.items():
        often = "1 linha" if len(lines) == 1 else f"{len(lines)} linhas"
        open_or_mention(
            session,
            cause=f"bank-code:{found.layout.bank}:{size}:{code}",
            said=[f"{file.name}: {often}, a primeira é a {lines[0]}"],
            team=Role.FINANCE,
            title=f"Ocorrência {code} que não conhecemos em retorno do {bank}",
            detail=f"Retornos do {bank} (CNAB {size}) que o portal aplicou sozinho trazem a ocorrência "
            f"{code}, que não conhecemos: essas linhas não mudaram nada.\nAbra o arquivo, veja de que "
            "boletos elas são e pergunte ao banco o que o código quer dizer. Se for dinheiro, confira os "
            "boletos; depois passe o código a quem mantém o portal.",
            subject=file,
            due_at=now + LOOK_WITHIN,
            now=now,
        )
