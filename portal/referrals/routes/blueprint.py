"""The blueprint of the referrals room."""

from flask import Blueprint

blueprint = Blueprint("referrals", __name__)
