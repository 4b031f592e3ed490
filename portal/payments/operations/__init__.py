"""Use cases of the payments room: take money in, ask for it, decide about what does not fit."""
