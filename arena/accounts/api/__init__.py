"""The HTTP API of a person's own things."""
