"""Errands of this room, by the names operations promise them with."""

RENDER_CONTRACT = "render_contract"
TELL_ACTIVE = "tell_active"
