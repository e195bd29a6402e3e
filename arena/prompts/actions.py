"""Verbs about prompt pools."""

import json
from pathlib import Path

from django.db import transaction

from arena.prompts.models import Pool, Prompt


@transaction.atomic
def load_pool(*, slug: str, title: str, path: Path) -> int:
    """Bring a pool up to date from a JSONL file (one prompt a line: id, text, category, language, tags, chip); gives its size.

    All or nothing; prompts are known by their id, and none is ever deleted. Raises ValueError with the line that is wrong.
    """
    rows: list[dict[str, object]] = []
    known = set()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip():
            rows.append(_row(line, number))
            if rows[-1]["key"] in known:
                raise ValueError(f"line {number}: the id {rows[-1]['key']!r} comes twice")
            known.add(rows[-1]["key"])
    pool, _ = Pool.objects.get_or_create(slug=slug, defaults={"title": title})
    Prompt.objects.bulk_create(
        [Prompt(pool=pool, **row) for row in rows],
        update_conflicts=True,
        unique_fields=["pool", "key"],
        update_fields=["text", "category", "language", "tags", "chip"],
    )
    return len(rows)


def _row(line: str, number: int) -> dict[str, object]:
    try:
        raw = json.loads(line)
        return {
            "key": raw["id"],
            "text": raw["text"],
            "category": raw["category"],
            "language": raw["language"],
            "tags": raw.get("tags", []),
            "chip": raw.get("chip", False),
        }
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"line {number}: {error}") from error
