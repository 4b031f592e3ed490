"""The steps of a signature, from asking for it to the sealed file."""
