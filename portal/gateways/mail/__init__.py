"""Handing a written mail to a server."""
