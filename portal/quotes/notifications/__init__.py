"""What this room writes to people. Every mail has the key of its cause, so it is queued once."""
