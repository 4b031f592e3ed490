"""The blueprint of the tax_notes room."""

from flask import Blueprint

from portal.tax_notes.pages import trouble_of

blueprint = Blueprint("tax_notes", __name__)
blueprint.add_app_template_filter(trouble_of, "tax_note_trouble")
