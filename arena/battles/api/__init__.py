"""The HTTP API of battles, of the arena as a whole, and of a person's own things."""
