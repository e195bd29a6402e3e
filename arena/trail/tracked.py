"""What the trail follows by itself: every `save` and `delete` of these models, by whichever door.

A changed row is seen by its `save`; `QuerySet.update` and `bulk_create` pass by it, so whoever uses those for the staff says so with `trail.note`.
"""

import re
from contextvars import ContextVar
from typing import Any

from auditlog.registry import auditlog
from auditlog.signals import pre_log
from django.apps import apps
from django.db.models import BinaryField, Field

# Whether this is a request of the staff that may change something.
acting: ContextVar[bool] = ContextVar("acting", default=False)
# model: the fields that are kept, or all of them. What people wrote (a report's comment, a prompt of their own) is never among them.
TRACKED: dict[str, tuple[str, ...]] = {
    "battles.correction": (),
    "battles.pairingpolicy": (),
    "battles.report": ("state", "closed_by"),
    "battles.retraction": (),
    "battles.rewardpolicy": (),
    "contenders.contender": (),
    "moderation.ruleset": (),
    "prompts.pool": (),
    "prompts.prompt": (),
    "providers.provider": (),
    "providers.route": (),
    "ratings.board": (
        "slug",
        "title",
        "position",
        "categories",
        "languages",
        "pools",
        "since",
        "until",
        "window_days",
        "ties",
        "both_bad",
        "minimum_votes",
    ),
    "submissions.submission": ("state", "decided_by", "decided_at", "reason", "contender"),
    "vendors.apikey": ("organisation", "quota", "revoked_at"),
    "vendors.entry": (),
    "vendors.membership": (),
    "vendors.organisation": (),
}
# Voters and vendors change these as well, which is no administration: only what happens in a request of the staff is kept.
BY_OTHERS_TOO = {
    "battles.report",
    "submissions.submission",
    "vendors.apikey",
    "vendors.entry",
    "vendors.membership",
    "vendors.organisation",
}
# Fields whose values are never kept, whatever model they come with.
SECRET = re.compile(r"secret|sealed|password|token|cipher|salt|hash|digest|credential|api_key")


def is_secret(field: Field) -> bool:  # type: ignore[type-arg]
    """By its name, or its kind: what is encrypted is of a kind of its own, whatever it is called."""
    kind = type(field).__name__.lower()
    return isinstance(field, BinaryField) or bool(SECRET.search(field.name) or SECRET.search(kind))


def follow() -> None:
    """Have the library listen to the models of the table."""
    for label, kept in TRACKED.items():
        model = apps.get_model(label)
        secret = [field.name for field in model._meta.concrete_fields if is_secret(field)]
        from_elsewhere = [field.name for field in model._meta.get_fields() if not field.concrete]
        auditlog.register(model, include_fields=list(kept) or None, exclude_fields=secret + from_elsewhere)
        if label in BY_OTHERS_TOO:
            pre_log.connect(_only_by_staff, sender=model)


def _only_by_staff(**_: Any) -> bool:
    return acting.get()
