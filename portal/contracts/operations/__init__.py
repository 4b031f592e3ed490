"""Use cases of the contracts room: draft, generate, sign, activate, cancel, change."""
