"""What pages, mails and papers say of a cancellation."""
