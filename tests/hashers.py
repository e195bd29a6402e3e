"""Passwords are hashed by the thousand in tests: with few rounds, in the form that every process of the arena can verify."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class Quick(PBKDF2PasswordHasher):
    iterations = 100
