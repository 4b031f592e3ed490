"""Settings from the environment (`PORTAL_*`). Missing or broken ones end the start with a sentence."""

from portal.config.bank import BankSettings
from portal.config.cards import CardSettings
from portal.config.company import CompanySettings
from portal.config.nfse import NfseSettings, TaxRegime
from portal.config.problems import SettingsError
from portal.config.seal import SealSettings
from portal.config.settings import Settings
from portal.config.whatsapp import WhatsAppSettings

__all__ = [
    "BankSettings",
    "CardSettings",
    "CompanySettings",
    "NfseSettings",
    "SealSettings",
    "Settings",
    "SettingsError",
    "TaxRegime",
    "WhatsAppSettings",
]
