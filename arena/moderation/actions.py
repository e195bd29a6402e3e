"""Looking at texts, noting what was found, and saying what is done about what from now on."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction

from arena import clock, metrics
from arena.errors import Conflict, ContentBlocked, InvalidInput
from arena.moderation import checker, current, queries, remote
from arena.moderation.categories import ACTIONS, CATEGORIES, TARGETS, Finding, Judged, judged
from arena.moderation.models import Flag, RuleSet
from arena.users.models import User

MOST_WORDS, LONGEST_WORD = 500, 80
SUBJECTLESS = ""


def check_prompt(text: str, asked: Sequence[Finding] = ()) -> tuple[Judged, ...]:
    """What the rules in force want done about a prompt, before it is stored or sent; the strictest first.

    asked: what a checker outside has found, who was asked before the transaction began. Raises ContentBlocked.
    """
    rules = current.rules()
    found = judged([*checker.find(text, "prompt", rules), *asked], "prompt", rules)
    blocked = tuple(one for one in found if one.action == "block")
    if blocked:
        raise refusal(blocked)
    return found


def refusal(blocked: Sequence[Judged]) -> ContentBlocked:
    """The error for a text of these findings; it carries them, to be counted once the transaction that it ends is gone."""
    about = list(dict.fromkeys(one.category for one in blocked))
    error = ContentBlocked(
        f"Your prompt was not stored and not sent: {CATEGORIES[about[0]].about}, which this arena does not allow. Change it and try again.",
        errors=[{"field": "prompt", "message": CATEGORIES[category].title} for category in about],
    )
    error.found = tuple(blocked)
    return error


def flag(kind: str, subject: str, found: Iterable[Judged]) -> None:
    """Note what was found in a text."""
    version, now = current.held().version, clock.now()
    rows = [Flag(kind=kind, subject=subject, **one._asdict(), rules=version, at=now) for one in found]
    if rows:
        Flag.objects.bulk_create(rows)
        transaction.on_commit(lambda: count(kind, rows))


def count(kind: str, found: Iterable[Judged | Flag]) -> None:
    """Count findings for the metrics."""
    for one in found:
        metrics.MODERATION_FINDINGS.labels(kind, one.category, one.action).inc()


def flag_unchecked(kind: str, why: str, subject: str = SUBJECTLESS) -> None:
    """Note that the checker outside gave no verdict, and why. A text with an id is noted once: again, the reason and the time are anew."""
    why = why[:80]
    if subject and queries.unchecked(kind).filter(subject=subject).update(rule=why, at=clock.now()):
        return
    flag(kind, subject, [Judged(queries.UNCHECKED, "log", why, remote.NAME)])


def forget(kind: str, subjects: Sequence[str]) -> None:
    """Texts were deleted: what was found in them is a mere count from now on."""
    Flag.objects.filter(kind=kind, subject__in=subjects).update(subject=SUBJECTLESS)


def set_rules(*, based_on: int, actions: Mapping[str, Mapping[str, str]], by: User | None, reason: str, **more: Any) -> RuleSet:
    """Put new rules in force. based_on: the version that the operator was looking at. more: words, remote, timeout_ms, on_failure.

    Raises InvalidInput for what makes no sense, Conflict when somebody else has changed them since.
    """
    _check(actions, more.get("words", {}))
    try:
        with transaction.atomic():
            newest = RuleSet.objects.order_by("-version").values_list("version", flat=True).first() or 0
            if newest != based_on:
                raise IntegrityError
            row = RuleSet.objects.create(version=newest + 1, actions=actions, by=by, reason=reason, at=clock.now(), **more)
    except IntegrityError as error:
        raise Conflict("Somebody else has changed the rules since you looked at them; nothing was changed. Load them again.") from error
    current.forget()
    transaction.on_commit(current.forget)
    return row


def _check(actions: Mapping[str, Mapping[str, str]], words: Mapping[str, Sequence[str]]) -> None:
    wrong: list[dict[str, str]] = []
    for name in {*actions, *words} - set(CATEGORIES):
        wrong.append({"field": f"categories.{name[:40]}", "message": "There is no such category."})
    for name in CATEGORIES:
        chosen = actions.get(name, {})
        wrong += [
            {"field": f"categories.{name}.{target}", "message": "Choose off, log, warn or block."}
            for target in TARGETS
            if chosen.get(target) not in ACTIONS
        ]
    for name, phrases in words.items():
        if len(phrases) > MOST_WORDS or any(not checker.is_word(phrase) or len(phrase) > LONGEST_WORD for phrase in phrases):
            message = f"At most {MOST_WORDS} words or phrases, each with a letter in it and of at most {LONGEST_WORD} characters."
            wrong.append({"field": f"categories.{name[:40]}.words", "message": message})
    if wrong:
        raise InvalidInput("Some of the fields are not right; nothing was changed.", errors=wrong)
