"""Pages of the sandbox bank, and its Pix interface."""

from portal.sandbox_bank.routes import acting, pix
from portal.sandbox_bank.routes.blueprint import blueprint

__all__ = ["acting", "blueprint", "pix"]
