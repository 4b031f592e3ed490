"""Signatures: who signs which file, every step of it, and the sealed file that comes out."""
