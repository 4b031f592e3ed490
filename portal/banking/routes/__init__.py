"""Pages of the banking room."""

from portal.banking.routes import accounts, files, statements
from portal.banking.routes.blueprint import blueprint

__all__ = ["accounts", "blueprint", "files", "statements"]
