"""What pages and papers of the agreements room say."""
