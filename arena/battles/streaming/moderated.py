"""Every side's answer is looked at when it ends, however it ends: each alike, and none waits for it."""

import contextlib

import psycopg
from psycopg_pool import PoolTimeout

from arena.battles.streaming.store import AnswerState
from arena.moderation import actions, checker, current
from arena.moderation.categories import judged, remarks, strictest
from arena.providers.base import CHARACTERS_A_TOKEN


async def know_rules() -> None:
    """Look the rules in force up, where this process does not know them; without a database what it last knew holds on."""
    with contextlib.suppress(psycopg.Error, PoolTimeout):
        await current.refresh()


def judge(answer: AnswerState) -> None:
    """Note what the rules in force find in an answer that has just ended, and take away the words that may not be shown."""
    rules = current.held()
    said = f"{answer.reasoning}\n{answer.text}" if answer.reasoning else answer.text
    answer.found = judged(checker.find(said, "answer", rules), "answer", rules)
    if not answer.found:
        return
    answer.rules, answer.remarks = rules.version, remarks(answer.found)
    actions.count("answer", answer.found)
    if strictest(answer.found) == "block":
        _withhold(answer)


def _withhold(answer: AnswerState) -> None:
    answer.withheld = answer.text, answer.reasoning
    if answer.output_tokens is None:  # what it cost is counted from what is stored
        answer.output_tokens = sum(map(len, answer.withheld)) // CHARACTERS_A_TOKEN
    answer.text = answer.reasoning = ""
    answer.status, answer.error, answer.remarks = "failed", "withheld", []
