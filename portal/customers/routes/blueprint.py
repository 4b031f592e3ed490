"""The one blueprint of the room, to which each module of pages adds its own."""

from flask import Blueprint

blueprint = Blueprint("customers", __name__)
