"""The blueprint of the dunning room."""

from flask import Blueprint

from portal.dunning.rules.steps import when

blueprint = Blueprint("dunning", __name__)
blueprint.add_app_template_filter(when, "dunning_day")
