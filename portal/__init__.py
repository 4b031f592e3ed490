"""The partner portal: each folder here is a room of the business, `app.py` puts them together."""
