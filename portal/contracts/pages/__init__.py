"""What a contract's page and paper say, and what other rooms' pages say of contracts."""
