"""The blueprint of the partners room, apart from the modules that add to it."""

from flask import Blueprint

blueprint = Blueprint("partners", __name__)
