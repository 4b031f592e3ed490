"""What the agreements room decides."""
