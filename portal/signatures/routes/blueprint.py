"""The blueprint of the signatures room."""

from flask import Blueprint

blueprint = Blueprint("signatures", __name__)
