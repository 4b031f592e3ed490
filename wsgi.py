"""The application for gunicorn and for `flask --app wsgi`."""

import sys

from portal.app import create_app
from portal.config import SettingsError

try:
    app = create_app()
except SettingsError as error:
    sys.stderr.write(f"{error}\n")
    sys.exit(1)
