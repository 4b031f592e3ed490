"""What is wrong with a setting."""


class SettingsError(Exception):
    """A setting is missing or broken; the message is one sentence for the operator."""
