"""Writing into the trail by hand, where the rows alone do not say what was done."""

from collections.abc import Mapping
from typing import Any

from django.db import models
from django.db.models import Model

from arena.trail.models import Change


def note(*, by: Any, about: Model, said: str, changes: Mapping[str, tuple[str, str]] | None = None) -> Change:
    """Record a deed in one sentence, with before and after of what it changed; `by` is nobody at the terminal.

    To be called in the transaction of the deed, so that neither is without the other.
    """
    made: Change = Change.objects.log_create(
        about,
        action=Change.Action.UPDATE if changes else Change.Action.ACCESS,
        changes={name: list(values) for name, values in (changes or {}).items()},
        actor=by if isinstance(by, models.Model) else None,
        additional_data={"said": said},
        force_log=True,
    )
    return made
