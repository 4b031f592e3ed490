"""The subscribers room's place in the application; the modules beside this one add their pages to it."""

from flask import Blueprint

from portal.shared.whatsapp import chat_of

blueprint = Blueprint("subscribers", __name__, url_prefix="/assinante")
blueprint.add_app_template_filter(chat_of, "whatsapp_chat")
