"""Use cases of the quotes room: write, ask for approval, decide, send, answer."""
