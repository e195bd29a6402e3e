"""Verbs that change battles."""

from arena.battles.actions.cast_vote import cast_vote
from arena.battles.actions.converse import add_turn, ask_again, heal, open_battle, stop

__all__ = ["add_turn", "ask_again", "cast_vote", "heal", "open_battle", "stop"]
