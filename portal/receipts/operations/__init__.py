"""Use cases of the receipts room: take money in, decide about what does not fit."""
