"""The one blueprint of the room, to which each module of pages adds its own."""

from flask import Blueprint

from portal.readjustments.rules.index import percent_text

blueprint = Blueprint("readjustments", __name__)
blueprint.add_app_template_filter(percent_text, "variation")
