"""What pages and papers say of a nota fiscal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import segno
from lxml import etree

from portal.documents.rules.danfse import DanfseParty, DanfseSheet
from portal.shared.brazil import format_date, format_document, format_money
from portal.shared.clock import SAO_PAULO
from portal.tax_notes.models import TaxNote, TaxNoteCancellation
from portal.tax_notes.rules.states import NoteState
from portal.tax_notes.rules.troubles import Trouble, trouble_of_refusal, trouble_of_wait

NAMESPACES = {"n": "http://www.sped.fazenda.gov.br/nfse"}
CONSULTATION = "https://www.nfse.gov.br/ConsultaPublica/?tpc=1&chave="
ENDED = {NoteState.CANCELED: "Nota cancelada", NoteState.REPLACED: "Nota substituída por outra"}
REGIMES = {"1": "Não optante do Simples Nacional", "2": "MEI", "3": "Simples Nacional (ME/EPP)"}
WHY_SEVERAL = (
    "Cada serviço que você contratou tem a sua nota, porque cada um pode ter um código fiscal próprio: "
    "o plano, cada adicional e cada aplicativo. Juntas, as notas de um mês somam exatamente a mensalidade. "
    "Elas saem a partir do dia {day} do mês; o que for pago depois tem a nota na noite seguinte. "
    "Multa e juros não são serviço e não entram em nota."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthGroup:
    """The notes of a month as a customer sees them."""

    month: date
    notes: Sequence[TaxNote]

    @property
    def cents(self) -> int:
        """What those of them in force add up to, in centavos."""
        return sum(note.net_cents for note in self.notes if note.state is NoteState.AUTHORIZED)


def by_month(notes: Sequence[TaxNote]) -> list[MonthGroup]:
    """Notes by their month, the newest first; the order within a month stays."""
    months = sorted({note.month for note in notes}, reverse=True)
    return [
        MonthGroup(month=month, notes=[note for note in notes if note.month == month]) for month in months
    ]


def trouble_of(note: TaxNote) -> Trouble | None:
    """What stands in the way of a note, None where nothing does."""
    if note.state is NoteState.REJECTED:
        return trouble_of_refusal(note.trouble_code, note.trouble)
    if note.waiting_for is not None:
        return trouble_of_wait(note.waiting_for, note.trouble.split())
    return None


def trouble_of_cancellation(row: TaxNoteCancellation) -> Trouble:
    """Why a cancellation was refused."""
    return trouble_of_refusal(row.trouble_code, row.trouble)


def danfse_of(note: TaxNote, xml: bytes) -> DanfseSheet:
    """A note as it is printed, read from what the tax office signed."""
    root = etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True))
    made = root.find("n:infNFSe", NAMESPACES)
    dps = made.find("n:DPS/n:infDPS", NAMESPACES)
    key = note.access_key or ""
    consultation = f"{CONSULTATION}{key}"
    ended = ENDED.get(note.state, "")
    return DanfseSheet(
        access_key=" ".join(key[start : start + 4] for start in range(0, len(key), 4)),
        consultation=consultation,
        qr=_qr(consultation),
        is_test=_says(dps, "n:tpAmb") == "2",
        ended=f"{ended} em {format_date(note.ended_at.astimezone(SAO_PAULO).date())}."
        if ended and note.ended_at
        else "",
        number=_says(made, "n:nNFSe"),
        competence=_day(_says(dps, "n:dCompet")),
        processed_at=_instant(_says(made, "n:dhProc")),
        dps=f"{_says(dps, 'n:serie')}/{_says(dps, 'n:nDPS')}",
        dps_issued_at=_instant(_says(dps, "n:dhEmi")),
        town=_says(made, "n:xLocEmi"),
        issuer=_party(made.find("n:emit", NAMESPACES)),
        taker=_party(dps.find("n:toma", NAMESPACES)),
        service_code=_says(dps, "n:serv/n:cServ/n:cTribNac"),
        service_name=_says(made, "n:xTribNac"),
        description=_says(dps, "n:serv/n:cServ/n:xDescServ"),
        taxes=_taxes(made, dps),
        reform=_reform(made, dps),
        amount=_money(_says(dps, "n:valores/n:vServPrest/n:vServ")),
        discount=_money(_says(dps, "n:valores/n:vDescCondIncond/n:vDescIncond")),
        net_amount=_money(_says(made, "n:valores/n:vLiq")),
    )


def _taxes(made: etree._Element, dps: etree._Element) -> tuple[tuple[str, str], ...]:
    regime = REGIMES.get(_says(dps, "n:prest/n:regTrib/n:opSimpNac"), "")
    retained = _says(dps, "n:valores/n:trib/n:tribMun/n:tpRetISSQN")
    found = [
        ("Regime do prestador", regime),
        ("ISS retido", "Não" if retained == "1" else "Sim"),
        ("Base do ISS", _money(_says(made, "n:valores/n:vBC"))),
        ("Alíquota do ISS", _percent(_says(made, "n:valores/n:pAliqAplic"))),
        ("ISS", _money(_says(made, "n:valores/n:vISSQN"))),
        ("Tributos (Simples)", _percent(_says(dps, "n:valores/n:trib/n:totTrib/n:pTotTribSN"))),
    ]
    return tuple(pair for pair in found if pair[1])


def _reform(made: etree._Element, dps: etree._Element) -> tuple[tuple[str, str], ...]:
    classes = "n:IBSCBS/n:valores/n:trib/n:gIBSCBS"
    if not _says(dps, f"{classes}/n:CST"):
        return ()
    found = [
        ("Situação (CST)", _says(dps, f"{classes}/n:CST")),
        ("Classificação", _says(dps, f"{classes}/n:cClassTrib")),
        ("Base", _money(_says(made, "n:IBSCBS/n:valores/n:vBC"))),
        ("IBS", _money(_says(made, "n:IBSCBS/n:totCIBS/n:gIBS/n:vIBSTot"))),
        ("CBS", _money(_says(made, "n:IBSCBS/n:totCIBS/n:gCBS/n:vCBS"))),
    ]
    return tuple(pair for pair in found if pair[1])


def _party(element: etree._Element | None) -> DanfseParty:
    if element is None:
        return DanfseParty(name="", document="", registration="", address="", email="")
    document = _says(element, "n:CNPJ") or _says(element, "n:CPF")
    where = [_says(element, f"n:enderNac/n:{name}") for name in ("xLgr", "nro", "xBairro", "UF", "CEP")]
    return DanfseParty(
        name=_says(element, "n:xNome"),
        document=format_document(document) if document else "",
        registration=_says(element, "n:IM"),
        address=", ".join(part for part in where if part),
        email=_says(element, "n:email"),
    )


def _says(element: etree._Element, path: str) -> str:
    return element.findtext(path, default="", namespaces=NAMESPACES) or ""


def _money(text: str) -> str:
    return format_money(int(Decimal(text) * 100)) if text else ""


def _percent(text: str) -> str:
    return f"{text.replace('.', ',')} %" if text else ""


def _day(text: str) -> str:
    return format_date(date.fromisoformat(text))


def _instant(text: str) -> str:
    at = datetime.fromisoformat(text).astimezone(SAO_PAULO)
    return f"{format_date(at.date())} {at:%H:%M}"


def _qr(text: str) -> str:
    drawn = segno.make(text, error="m", micro=False).svg_inline(
        border=0, omitsize=True, svgclass=None, lineclass=None, dark="#000"
    )
    return drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
