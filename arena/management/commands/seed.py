"""Bring board, starter prompts, providers and contenders up to date from the fixtures, the environment, and the local models that run."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import DataError, transaction
from django.utils.text import slugify

from arena.contenders import actions as contenders
from arena.contenders.models import Contender
from arena.embedded import localmodels
from arena.prompts import actions as prompts
from arena.providers import actions as providers
from arena.providers import registry
from arena.providers.models import Provider
from arena.ratings import actions as ratings

DESCRIPTION = (
    *("name", "vendor", "aliases", "licence", "openness", "parameters", "context", "url", "links", "endpoint", "system_prompt"),
    *("price_input", "price_output", "toy"),
)
LOCAL = "local-"
MAKERS = {
    "gpt": "OpenAI",
    "o": "OpenAI",
    "claude": "Anthropic",
    "gemini": "Google",
    "gemma": "Google",
    "mistral": "Mistral AI",
    "grok": "xAI",
}


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        board = ratings.create_board(slug="overall", title="Overall")
        prompts.load_pool(slug="starter", title="Starter prompts", path=settings.BASE_DIR / "fixtures" / "prompts" / "starter.jsonl")
        catalogue = _read(Path(settings.PROVIDERS_FILE))
        _from_file(catalogue)
        for text in settings.CONTENDERS:
            _from_environment(text)
        _from_local(localmodels.status().served, catalogue.get("local", {}))
        # A contender is on the board before its first vote, which would be the next thing to publish it.
        ratings.publish(board_ids=[board.pk])
        self.stdout.write(f"{Contender.objects.count()} contenders, {Provider.objects.filter(enabled=True).count()} providers switched on")


def _read(path: Path) -> dict[str, Any]:
    try:
        catalogue = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise CommandError(f"{path}: {error}") from error
    shapes = {"providers": list, "contenders": list, "local": dict}
    if not isinstance(catalogue, dict) or not all(isinstance(catalogue.get(name, kind()), kind) for name, kind in shapes.items()):
        raise CommandError(f"{path}: it must be an object with the lists `providers` and `contenders` and the object `local`")
    return catalogue


def _from_file(catalogue: dict[str, Any]) -> None:
    known = {}
    for place, row in enumerate(catalogue.get("providers", []), 1):
        with _explained(f"provider {place} of {settings.PROVIDERS_FILE}"):
            if row["protocol"] not in registry.PROTOCOLS:
                raise ValueError(f"no protocol is called {row['protocol']!r}; known: {', '.join(registry.PROTOCOLS)}")
            fields = {key: row[key] for key in providers.PROVIDER_FIELDS if key in row}
            known[row["slug"]] = _provider(row["slug"], **{"name": row["name"], "base_url": row["base_url"], **fields})
    for place, row in enumerate(catalogue.get("contenders", []), 1):
        with _explained(f"contender {place} of {settings.PROVIDERS_FILE}"):
            if row["provider"] not in known:
                raise ValueError(f"there is no provider {row['provider']!r} in the file")
            _enter({**row, "name": row["name"]}, known[row["provider"]], row["model"])


@contextmanager
def _explained(what: str) -> Iterator[None]:
    """Turn what is wrong with a row of the file into a sentence."""
    try:
        with transaction.atomic():
            yield
    except KeyError as error:
        raise CommandError(f"{what} has no {error}") from error
    except (TypeError, ValueError, ValidationError, DataError) as error:
        raise CommandError(f"{what} is not right: {error}") from error


def _from_environment(text: str) -> None:
    """One `<provider>/<model>` of CONTENDERS."""
    try:
        name, model = registry.parse_contender(text)
    except ValueError as error:
        raise CommandError(f"CONTENDERS: {error}") from error
    preset = registry.PRESETS[name]
    provider = _provider(
        name, name=name, protocol=preset.protocol, base_url=preset.base_url, key_env=preset.key_env, flags=sorted(preset.flags)
    )
    maker, _, short = model.rpartition("/")
    vendor = maker or next((vendor for prefix, vendor in MAKERS.items() if short.startswith(prefix)), name)
    _enter({"slug": slugify(f"{name}-{model.replace('/', '-').replace('.', '-')}"), "name": short, "vendor": vendor}, provider, model)


def _from_local(served: list[dict[str, Any]], variants: dict[str, list[dict[str, Any]]]) -> None:
    """Models that run on this machine are ordinary providers; those that do not run now are switched off."""
    running = []
    for row in served:
        provider = providers.set_provider(
            slug=LOCAL + row["slug"],
            name=f"{row['name']} on this machine",
            protocol="openai",
            base_url=row["base_url"],
            key_env="",
            max_streams=4,
        )
        running.append(provider.slug)
        shared = {"vendor": row["vendor"], "licence": row["licence"], "openness": "open-weights", "toy": row["toy"]}
        for variant in variants.get(
            row["slug"], [{"slug": row["slug"], "name": row["name"], "params": {"temperature": 0.7, "max_tokens": 320}}]
        ):
            _enter({**shared, **variant}, provider, row["model"])
    gone = Provider.objects.filter(slug__startswith=LOCAL).exclude(slug__in=running)
    providers.switch_off(slugs=list(gone.values_list("slug", flat=True)))


def _provider(slug: str, **fields: Any) -> Provider:
    """A provider as it is written; one that was changed in the console stays as it is there."""
    by_hand = Provider.objects.filter(slug=slug, by_hand=True).first()
    return by_hand or providers.set_provider(slug=slug, **fields)


def _enter(row: dict[str, Any], provider: Provider, model: str) -> None:
    if Contender.objects.filter(slug=row["slug"], by_hand=True).exists():
        return
    contender = contenders.register(slug=row["slug"], reason="seeded", **{key: row[key] for key in DESCRIPTION if key in row})
    providers.set_route(contender=contender, provider=provider, model=model, params=row.get("params", {}))
