"""Verbs of the credits: points are converted, sealed in epochs, approved, and taken back while nothing has paid them."""

from arena.credits.actions.approve import approve_epoch
from arena.credits.actions.convert import check_eligible, convert
from arena.credits.actions.seal import seal_due, seal_epoch
from arena.credits.actions.void import void_conversion

__all__ = ["approve_epoch", "check_eligible", "convert", "seal_due", "seal_epoch", "void_conversion"]
