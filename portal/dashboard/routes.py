"""Pages of the dashboard room."""

from flask import Blueprint

blueprint = Blueprint("dashboard", __name__)
