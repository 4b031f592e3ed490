"""The sandbox bank's place in the application; the modules beside this one add their pages to it."""

from flask import Blueprint

blueprint = Blueprint("sandbox_bank", __name__)
