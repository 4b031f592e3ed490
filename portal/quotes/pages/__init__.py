"""What the builder, a quote's page, the proposal and other rooms' pages say of quotes."""
