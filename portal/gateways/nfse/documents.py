"""The documents of the NFS-e, layout 1.01, made of the classes that nfelib has of the official schema.

Field rules are of the layout and of notes that were rejected: an issuer sends neither its name nor its
address, a Simples company sends `pTotTribSN`, everybody else `indTotTrib`, and the town's code only where
the town uses one (docs/tax-notes.md).
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from lxml import etree
from nfelib.nfse.bindings.v1_0 import tipos_complexos_v1_01 as complex_types
from nfelib.nfse.bindings.v1_0 import tipos_eventos_v1_01 as event_types
from nfelib.nfse.bindings.v1_0 import tipos_simples_v1_01 as simple_types
from nfelib.nfse.bindings.v1_0.dps_v1_01 import Dps
from nfelib.nfse.bindings.v1_0.ped_reg_evento_v1_01 import PedRegEvento
from xsdata.formats.dataclass.serializers import XmlSerializer

from portal.config import CompanySettings, NfseSettings, TaxRegime
from portal.gateways.nfse.interface import Address, CancelOrder, NoteOrder

NAMESPACE = "http://www.sped.fazenda.gov.br/nfse"
LAYOUT = "1.01"
PROGRAM = "PortalDoParceiro-1"
CANCELLATION = "101101"
SAO_PAULO = ZoneInfo("America/Sao_Paulo")  # a time in UTC is refused (E0008)
CNPJ_LENGTH = 14
_REGIMES = {TaxRegime.NORMAL: "1", TaxRegime.MEI: "2", TaxRegime.SIMPLES: "3"}
LONGEST_NAME, LONGEST_MAIL, LONGEST_DESCRIPTION, LONGEST_REASON = 300, 80, 2_000, 255


def dps_of(order: NoteOrder, settings: NfseSettings, company: CompanySettings) -> etree._Element:
    """The DPS of an order, not signed yet. What the schema says of its values is not asked here."""
    information = complex_types.TcinfDps(
        Id=order.dps_id,
        tpAmb=_environment(settings),
        dhEmi=_instant(order.issued_at),
        verAplic=PROGRAM,
        serie=settings.series.zfill(5),
        nDPS=str(order.number),
        dCompet=order.competence_on.isoformat(),
        tpEmit=simple_types.TsemitenteDps("1"),
        cLocEmi=settings.city,
        subst=_replaced(order),
        prest=complex_types.TcinfoPrestador(
            CNPJ=company.document,
            IM=settings.registration or None,
            regTrib=_regime(settings),
        ),
        toma=_taker(order),
        serv=_service(order, settings),
        valores=_values(order, settings),
        IBSCBS=_reform(settings) if order.has_ibs_cbs else None,
    )
    return _element(Dps(infDPS=information, versao=LAYOUT))


def cancellation_of(order: CancelOrder, settings: NfseSettings, company: CompanySettings) -> etree._Element:
    """The request to register a cancellation, not signed yet."""
    reason = event_types.Te101101(
        xDesc=event_types.Te101101XDesc("Cancelamento de NFS-e"),
        cMotivo=event_types.TscodJustCanc(order.code),
        xMotivo=order.words[:LONGEST_REASON],
    )
    information = event_types.TcinfPedReg(
        Id=f"PRE{order.access_key}{CANCELLATION}",
        tpAmb=_environment(settings, of=event_types),
        verAplic=PROGRAM,
        dhEvento=_instant(order.asked_at),
        CNPJAutor=company.document,
        chNFSe=order.access_key,
        e101101=reason,
    )
    return _element(PedRegEvento(infPedReg=information, versao=LAYOUT))


def _element(document: Dps | PedRegEvento) -> etree._Element:
    text = XmlSerializer().render(document, ns_map={None: NAMESPACE})
    return etree.fromstring(text.encode(), etree.XMLParser(resolve_entities=False, no_network=True))


def _environment(settings: NfseSettings, *, of: object = simple_types) -> object:
    return of.TstipoAmbiente("2" if settings.is_test else "1")  # type: ignore[attr-defined]


def _instant(at: datetime) -> str:
    return at.astimezone(SAO_PAULO).replace(microsecond=0).isoformat()


def _reais(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def _replaced(order: NoteOrder) -> object:
    replacing = order.replacing
    if replacing is None:
        return None
    return complex_types.Tcsubstituicao(
        chSubstda=replacing.access_key,
        cMotivo=simple_types.TscodJustSubst(replacing.code),
        xMotivo=replacing.words[:LONGEST_REASON],
    )


def _regime(settings: NfseSettings) -> object:
    is_simples = settings.regime is TaxRegime.SIMPLES
    return complex_types.TcregTrib(
        opSimpNac=simple_types.TsopSimpNac(_REGIMES[settings.regime]),
        regApTribSN=simple_types.TsregimeApuracaoSimpNac("1") if is_simples else None,
        regEspTrib=simple_types.TsregEspTrib("0"),
    )


def _taker(order: NoteOrder) -> object:
    """Who the service is for; its address whole or not at all, as the layout takes it."""
    of_company = len(order.taker_document) == CNPJ_LENGTH
    return complex_types.TcinfoPessoa(
        CNPJ=order.taker_document if of_company else None,
        CPF=None if of_company else order.taker_document,
        xNome=order.taker_name[:LONGEST_NAME],
        end=_address(order.taker_address) if order.taker_address else None,
        email=order.taker_email if 0 < len(order.taker_email) <= LONGEST_MAIL else None,
    )


def _address(address: Address) -> object:
    return complex_types.Tcendereco(
        endNac=complex_types.TcenderNac(cMun=address.municipality, CEP=address.postal_code),
        xLgr=address.street,
        nro=address.number,
        xCpl=address.complement or None,
        xBairro=address.district,
    )


def _service(order: NoteOrder, settings: NfseSettings) -> object:
    return complex_types.Tcserv(
        locPrest=complex_types.TclocPrest(cLocPrestacao=settings.city),
        cServ=complex_types.Tccserv(
            cTribNac=settings.setup_code if order.is_setup else settings.service_code,
            cTribMun=settings.city_code or None,
            xDescServ=order.description[:LONGEST_DESCRIPTION],
            cNBS=settings.nbs or None,
        ),
    )


def _values(order: NoteOrder, settings: NfseSettings) -> object:
    if settings.regime is TaxRegime.SIMPLES:
        total = complex_types.TctribTotal(pTotTribSN=settings.simples_rate)
    else:
        total = complex_types.TctribTotal(indTotTrib=simple_types.TstipoIndTotTrib("0"))
    return complex_types.TcinfoValores(
        vServPrest=complex_types.TcvservPrest(vServ=_reais(order.amount_cents)),
        vDescCondIncond=complex_types.TcvdescCondIncond(vDescIncond=_reais(order.discount_cents))
        if order.discount_cents
        else None,
        trib=complex_types.TcinfoTributacao(
            tribMun=complex_types.TctribMunicipal(
                tribISSQN=simple_types.TstribIssqn("1"), tpRetISSQN=simple_types.TstipoRetIssqn("1")
            ),
            totTrib=total,
        ),
    )


def _reform(settings: NfseSettings) -> object:
    """Only how the sale is classified: the office computes bases and amounts of IBS and CBS."""
    classes = complex_types.TcrtcinfoTributosSitClas(
        CST=settings.tax_situation, cClassTrib=settings.tax_class
    )
    return complex_types.TcrtcinfoIbscbs(
        finNFSe=simple_types.TsrtcfinNfse("0"),
        cIndOp=settings.operation,
        indDest=simple_types.TsrtcindDest("0"),
        valores=complex_types.TcrtcinfoValoresIbscbs(
            trib=complex_types.TcrtcinfoTributosIbscbs(gIBSCBS=classes)
        ),
    )
