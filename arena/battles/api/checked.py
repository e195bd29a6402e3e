"""Asking the checker outside about a prompt before any transaction is open, and counting what was refused after it is gone."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response

from arena import transactions
from arena.errors import CheckerUnavailable, ContentBlocked
from arena.http import idempotency
from arena.http.session import require_user
from arena.moderation import actions as moderation
from arena.moderation import current, remote
from arena.moderation.categories import Finding
from arena.users import queries as users

BUSY_SECONDS = 5


def checked(method: Callable[..., Response]) -> Callable[..., Response]:
    """For a DRF view method that stores the request's `prompt`. Stands outside `idempotent`, which opens a transaction.

    Raises CheckerUnavailable where the rules say that nothing is stored unchecked.
    """

    @functools.wraps(method)
    def asking(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        request._request.found_outside = _ask(request)  # type: ignore[attr-defined]
        try:
            return method(view, request, *args, **kwargs)
        except ContentBlocked as error:
            moderation.flag("prompt", moderation.SUBJECTLESS, error.found)
            raise

    return asking


def found_outside(request: Request) -> Sequence[Finding]:
    """What the checker outside has found in this request's prompt."""
    found: Sequence[Finding] = request._request.found_outside  # type: ignore[attr-defined]
    return found


def _ask(request: Request) -> Sequence[Finding]:
    rules = current.rules()
    text = request.data.get("prompt") if isinstance(request.data, dict) else None
    # What will be refused all the same, or was done before, is nobody else's business.
    if not remote.is_asked(rules) or not isinstance(text, str) or not text.strip() or len(text) > settings.PROMPT_CHARS:
        return ()
    users.require_consent(require_user(request))
    if idempotency.answered(request):
        return ()
    transactions.let_go()
    try:
        return remote.ask(text, rules)
    except remote.CheckFailed as error:
        moderation.flag_unchecked("prompt", str(error))
        if rules.on_failure == "closed":
            raise CheckerUnavailable(
                "Your prompt could not be checked, so it was not stored. Try again in a moment.", retry_after=BUSY_SECONDS
            ) from error
        return ()
