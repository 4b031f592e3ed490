"""What pages of the Central do Assinante say."""
