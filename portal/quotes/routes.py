"""Pages of the quotes room."""

from flask import Blueprint

blueprint = Blueprint("quotes", __name__)
