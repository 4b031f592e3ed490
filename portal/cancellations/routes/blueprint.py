"""The blueprint of the cancellations room."""

from flask import Blueprint

blueprint = Blueprint("cancellations", __name__)
