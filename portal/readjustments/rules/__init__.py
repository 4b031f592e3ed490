"""Rules of the readjustments room."""
