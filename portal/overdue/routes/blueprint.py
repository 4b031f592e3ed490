"""The room's blueprint."""

from flask import Blueprint

blueprint = Blueprint("overdue", __name__)
