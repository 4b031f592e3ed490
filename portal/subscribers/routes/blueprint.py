"""The subscribers room's place in the application; the modules beside this one add their pages to it."""

from flask import Blueprint

blueprint = Blueprint("subscribers", __name__, url_prefix="/assinante")
