"""Moderation: what texts are about that an arena may not want, what is done about it, and whether they hold personal data."""
