"""Pages of the signatures room: behind the signatory's link, and for whoever checks a file."""

from portal.signatures.routes import answering, signing, verifying
from portal.signatures.routes.blueprint import blueprint

__all__ = ["answering", "blueprint", "signing", "verifying"]
