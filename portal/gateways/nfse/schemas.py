"""The official schemas: what they refuse is never sent."""

from functools import cache
from pathlib import Path

import nfelib.nfse
from lxml import etree

from portal.config import SettingsError

PACKAGED = Path(nfelib.nfse.__path__[0]) / "schemas" / "v1_0"
DPS, EVENT_REQUEST = "DPS_v1.01.xsd", "pedRegEvento_v1.01.xsd"


def refused_fields(document: etree._Element, schema: str, *, folder: Path | None = None) -> tuple[str, ...]:
    """The fields that a schema refuses, as "toma/CNPJ", each once; none when it accepts the document.

    Their values are left out: they may be somebody's.
    """
    checker = _load(folder or PACKAGED, schema)
    if checker.validate(document):
        return ()
    names = dict.fromkeys(_named(document, error.path) for error in checker.error_log)
    return tuple(names)


def require(folder: Path | None) -> None:
    """See at the start that the schemas can be used.

    Raises:
        SettingsError: one is missing, or is no schema.
    """
    for schema in (DPS, EVENT_REQUEST):
        try:
            _load(folder or PACKAGED, schema)
        except (OSError, etree.LxmlError) as error:
            raise SettingsError(f"PORTAL_NFSE_SCHEMAS: {type(error).__name__} in {schema}.") from None


@cache
def _load(folder: Path, schema: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(folder / schema))


def _named(document: etree._Element, path: str | None) -> str:
    found = document.getroottree().xpath(path) if path else []
    if not found:
        return str(etree.QName(document).localname)
    names = [etree.QName(each).localname for each in (found[0].getparent(), found[0]) if each is not None]
    return "/".join(names)
