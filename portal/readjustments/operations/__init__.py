"""Use cases of the readjustments room."""
