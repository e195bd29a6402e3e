"""The catalogue as operators reach it."""
