"""Editions: the rankings of a day, kept for ever as files, to be cited and checked by their SHA-256."""

import hashlib
import json
import zlib
from datetime import date
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction

from arena import clock
from arena.http.tables import CSV
from arena.ratings import rankings, rules
from arena.ratings.actions import encoded
from arena.ratings.models import Board, Edition, EditionFile
from arena.ratings.queries import board_documents, meta

JSON, TEXT = "application/json", "text/plain; charset=utf-8"
MANIFEST, SUMS = "manifest.json", "SHA256SUMS"


class File(NamedTuple):
    """One file before it is kept."""

    name: str
    kind: str
    body: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.body).hexdigest()


@transaction.atomic
def keep_edition() -> bool:
    """Keep the rankings of today, as they are now, for ever; False when today's are kept, or no vote is counted yet.

    Boards are held for the moment, so that every file of the edition tells of the same votes.
    """
    now = clock.now()
    if Edition.objects.filter(pk=now.date()).exists() or not Board.objects.filter(generation__gt=0, votes__gt=0).exists():
        return False
    boards = list(Board.objects.select_for_update().filter(generation__gt=0).order_by("pk"))
    seq = max(board.last_seq for board in boards)
    files = sorted(_files(boards))
    about = meta(what=f"edition of {now.date()}", as_of=now, seq=seq, policies=rules.in_force())
    manifest = _manifest(now.date(), files, about)
    values = {"seq": seq, "manifest": manifest, "sha256": hashlib.sha256(manifest).hexdigest(), "at": now}
    edition, fresh = Edition.objects.get_or_create(date=now.date(), defaults=values)
    if fresh:
        sums = File(SUMS, TEXT, "".join(f"{file.sha256}  {file.name}\n" for file in files).encode())
        EditionFile.objects.bulk_create(
            EditionFile(edition=edition, name=file.name, kind=file.kind, sha256=file.sha256, body=zlib.compress(file.body, 9))
            for file in (*files, sums)
        )
    return fresh


def _files(boards: list[Board]) -> list[File]:
    documents, register = board_documents(boards), rankings.contenders()
    files = [File("contenders.json", JSON, encoded(register)), File("contenders.csv", CSV, rankings.contenders_table(register))]
    for board in boards:
        document, meetings = documents[board.pk], rankings.head_to_head(board)
        files += [
            File(f"board-{board.slug}.json", JSON, encoded(document)),
            File(f"board-{board.slug}.csv", CSV, rankings.board_table(document)),
            File(f"head-to-head-{board.slug}.csv", CSV, rankings.head_to_head_table(meetings)),
        ]
    return files


def _manifest(day: date, files: list[File], about: dict[str, Any]) -> bytes:
    rows = [{"name": file.name, "type": file.kind, "size": len(file.body), "sha256": file.sha256} for file in files]
    told = {"v": 1, "arena": settings.ARENA_NAME, "date": day.isoformat(), "files": rows, "meta": about}
    return json.dumps(told, ensure_ascii=False, indent=1).encode() + b"\n"


def editions() -> list[dict[str, Any]]:
    """Every edition, the newest first: date, moment, seq, the SHA-256 of its manifest."""
    rows = Edition.objects.order_by("-date").defer("manifest")
    return [{"date": row.date.isoformat(), "at": row.at.isoformat(), "seq": row.seq, "manifest_sha256": row.sha256} for row in rows]


def file_of(day: date, name: str) -> tuple[bytes, str, str] | None:
    """A file of a day's edition, the manifest among them: its bytes, media type and SHA-256; None when there is none."""
    if name == MANIFEST:
        edition = Edition.objects.filter(pk=day).first()
        return None if edition is None else (bytes(edition.manifest), JSON, edition.sha256)
    row = EditionFile.objects.filter(edition=day, name=name).first()
    return None if row is None else (zlib.decompress(bytes(row.body)), row.kind, row.sha256)
