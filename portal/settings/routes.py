"""Pages of the settings room."""

from flask import Blueprint

blueprint = Blueprint("settings", __name__)
