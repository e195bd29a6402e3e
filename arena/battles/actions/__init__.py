"""Verbs that change battles."""

from arena.battles.actions.amend import correct_labels, retract_vote
from arena.battles.actions.cast_vote import cast_vote
from arena.battles.actions.converse import add_turn, ask_again, heal, heal_abandoned, healed, open_battle, stop
from arena.battles.actions.erase import erase_battle, erase_battles_of, forget_networks
from arena.battles.actions.measure import measure_styles
from arena.battles.actions.moderate import decide_report, withhold
from arena.battles.actions.report import close_reports, report_answer
from arena.battles.actions.scan import ask_about_answers, scan_texts
from arena.battles.actions.set_pairing import set_pairing_policy
from arena.battles.actions.set_rewards import set_reward_policy
from arena.battles.actions.share import share, unshare

__all__ = [
    "add_turn",
    "ask_about_answers",
    "ask_again",
    "cast_vote",
    "close_reports",
    "correct_labels",
    "decide_report",
    "erase_battle",
    "erase_battles_of",
    "forget_networks",
    "heal",
    "heal_abandoned",
    "healed",
    "measure_styles",
    "open_battle",
    "report_answer",
    "retract_vote",
    "scan_texts",
    "set_pairing_policy",
    "set_reward_policy",
    "share",
    "stop",
    "unshare",
    "withhold",
]
