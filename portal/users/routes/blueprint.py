"""The blueprint of the users room, apart from the modules that add to it."""

from flask import Blueprint

blueprint = Blueprint("users", __name__)
