"""Pages of the catalog room."""

from flask import Blueprint

blueprint = Blueprint("catalog", __name__)
