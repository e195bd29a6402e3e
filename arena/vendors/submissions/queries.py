"""Reading about submissions."""

import uuid
from typing import Any

from django.db.models import QuerySet

from arena.errors import NotFound
from arena.vendors.models import Organisation
from arena.vendors.submissions.models import OPEN, State, Submission

ABOUT = (
    "name",
    "aliases",
    "licence",
    "openness",
    "parameters",
    "url",
    "price_input",
    "price_output",
    "system_prompt",
    "note",
    "protocol",
    "base_url",
    "model",
)


def submissions_of(organisation: Organisation) -> QuerySet[Submission]:
    """An organisation's submissions, the newest first."""
    return _all().filter(organisation=organisation).order_by("-at", "-pk")


def submission_of(organisation: Organisation, id: uuid.UUID) -> Submission:
    """One of them. Raises NotFound, for one of others too."""
    return _found(submissions_of(organisation), id)


def queue() -> QuerySet[Submission]:
    """Everybody's: those that wait for a decision before all others, the oldest first; then what is decided, the newest first."""
    return _all().order_by("-at", "-pk")


def submission(id: uuid.UUID) -> Submission:
    """Anybody's. Raises NotFound."""
    return _found(_all(), id)


def described(submission: Submission) -> dict[str, Any]:
    """A submission as its organisation and operators see it: never its key."""
    return {
        "id": submission.pk,
        "organisation": {"slug": submission.organisation.slug, "name": submission.organisation.name},
        "by": submission.by.display_name if submission.by else None,
        "at": submission.at,
        "terms_version": submission.terms_version,
        "terms_hash": submission.terms_hash,
        **{name: getattr(submission, name) for name in ABOUT},
        "has_key": bool(submission.key),
        "asked_at": submission.asked_at,
        "state": submission.state,
        "open": submission.state in OPEN,
        "checks": list(submission.checks.order_by("-at", "-pk")[:5]),
        "decided_at": submission.decided_at,
        "reason": submission.reason,
        "contender": submission.contender.slug if submission.contender else None,
    }


def counts() -> dict[str, int]:
    """How many submissions there are in each state that asks for something."""
    return {state: Submission.objects.filter(state=state).count() for state in (State.REVIEW, State.CHECKING, State.FAILED)}


def _all() -> QuerySet[Submission]:
    return Submission.objects.select_related("organisation", "by", "contender")


def _found(among: QuerySet[Submission], id: uuid.UUID) -> Submission:
    found = among.filter(pk=id).first()
    if found is None:
        raise NotFound("There is no such submission.")
    return found
