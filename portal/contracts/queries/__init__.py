"""Reads of the contracts room. Pages ask with the person asking; reactions and jobs by id alone."""
