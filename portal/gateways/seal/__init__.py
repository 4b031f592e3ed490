"""The seal: the company's certificate closes a file, so that a later change of it shows."""
