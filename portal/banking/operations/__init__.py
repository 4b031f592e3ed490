"""Use cases of the banking room: issue boletos, exchange files, take notices."""
