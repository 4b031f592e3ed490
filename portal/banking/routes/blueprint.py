"""The banking room's blueprint."""

from flask import Blueprint

blueprint = Blueprint("banking", __name__)
