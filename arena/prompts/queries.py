"""Reading prompts."""

import uuid

from arena.errors import NotFound
from arena.prompts.models import Prompt


def suggestions(*, count: int, language: str) -> list[Prompt]:
    """Some short prompts of active pools in this language, drawn afresh each time; English when it has none."""
    chips = Prompt.objects.filter(chip=True, active=True, pool__active=True)
    chosen = chips.filter(language=language)
    return list((chosen if chosen.exists() else chips.filter(language="en")).order_by("?")[:count])


def active_prompt(id: uuid.UUID) -> Prompt:
    """The prompt with its pool. Raises NotFound when there is none, or it or its pool is not in use."""
    prompt = Prompt.objects.select_related("pool").filter(pk=id, active=True, pool__active=True).first()
    if prompt is None:
        raise NotFound("That prompt is not in use any more; take another one or write your own.")
    return prompt
