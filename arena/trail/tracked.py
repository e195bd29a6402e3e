"""What the trail follows by itself: every `save` and `delete` of these models, by whichever door.

A changed row is seen by its `save`; `QuerySet.update` and `bulk_create` pass by it, so whoever uses those for the staff says so with `trail.note`.
"""

import re
from typing import Any

from auditlog.registry import auditlog
from auditlog.signals import pre_log
from django.apps import apps
from django.db.models import BinaryField, Field

CREATE = 0
# model: the fields that are kept, or all of them. What people wrote (a report's comment, a prompt of their own) is never among them.
TRACKED: dict[str, tuple[str, ...]] = {
    "battles.correction": (),
    "battles.pairingpolicy": (),
    "battles.report": ("state", "closed_by"),
    "battles.retraction": (),
    "battles.rewardpolicy": (),
    "contenders.contender": (),
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
}
# Voters make these; only what the staff does with them later is administration.
MADE_BY_VOTERS = {"battles.report"}
# Fields whose values are never kept, whatever model they come with.
SECRET = re.compile(r"secret|password|token|cipher|salt|hash|credential|api_key")


def is_secret(field: Field) -> bool:  # type: ignore[type-arg]
    return isinstance(field, BinaryField) or bool(SECRET.search(field.name))


def follow() -> None:
    """Have the library listen to the models of the table."""
    for label, kept in TRACKED.items():
        model = apps.get_model(label)
        secret = [field.name for field in model._meta.concrete_fields if is_secret(field)]
        auditlog.register(model, include_fields=list(kept) or None, exclude_fields=secret)
        if label in MADE_BY_VOTERS:
            pre_log.connect(_only_later, sender=model)


def _only_later(action: int, **_: Any) -> bool:
    return action != CREATE
