"""The room's blueprint."""

from flask import Blueprint

blueprint = Blueprint("agreements", __name__)
