"""Banking: boletos, Pix and what the bank tells by file and notice."""
