"""The settings the present app was started with, for modules that need not know that it is a web app."""

from flask import current_app

from portal.config import Settings


def environment() -> Settings:
    """What the environment said when the app was made."""
    settings: Settings = current_app.config["PORTAL"]
    return settings
