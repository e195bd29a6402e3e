"""What everybody may see of credits: the rules, the treasury, the epochs with their data, and any account's proof."""

import json
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder
from rest_framework.views import APIView

from arena.chain.client import DEVELOPMENT
from arena.credits import dataset, faucet, queries, treasury
from arena.credits.api import shapes
from arena.credits.models import Epoch
from arena.errors import NotFound
from arena.http.paging import Pages
from arena.http.pieces import Pieces
from arena.ratings.actions import etag
from arena.ratings.api import published
from arena.users.admission import admitted

BRIEFLY, FOREVER = "public, max-age=2", "public, max-age=31536000, immutable"
CURSOR = OpenApiParameter("cursor", str, description="From `next` or `previous` of another page.")
NAME = OpenApiParameter("name", str, OpenApiParameter.PATH, enum=(dataset.MANIFEST, *dataset.FILES))


class EpochPages(Pages):
    ordering = "-number"


def shown(request: Request, document: Mapping[str, Any]) -> HttpResponseBase:
    """A document that everybody gets alike, for two seconds, with its ETag."""
    body = json.dumps(document, cls=JSONEncoder, separators=(",", ":")).encode()
    return published(request, body, etag(body), BRIEFLY)


class Credits(APIView):
    @extend_schema(operation_id="credits", tags=["credits"], summary="How points become credits here", responses=shapes.CreditsSerializer)
    def get(self, request: Request) -> HttpResponseBase:
        return shown(request, rules())


def rules() -> dict[str, Any]:
    """What a page must know before it offers anything."""
    seen, contracts = queries.last_seen(), queries.contracts()
    figures = seen.figures if seen else {}
    return {
        "enabled": queries.enabled(),
        "chain": {
            "id": settings.CHAIN_ID,
            "name": settings.CHAIN_NAME,
            "explorer": settings.CHAIN_EXPLORER,
            "rpc": public_node(),
            "development": settings.CHAIN_ID == DEVELOPMENT,
        },
        "contracts": {name: contracts.get(name) for name in ("credits", "stablecoin", "log", "timelock")},
        "symbol": {"credit": figures.get("symbol", "CREDIT"), "stablecoin": figures.get("stablecoin_symbol", "USD")},
        "decimals": 6,
        "units_per_point": settings.UNITS_PER_POINT,
        "rate": {"num": figures["num"], "den": figures["den"]} if figures else None,
        "minimum": settings.CONVERSION_MINIMUM,
        "daily_cap": settings.CONVERSION_DAILY_CAP,
        "monthly_cap": settings.CONVERSION_MONTHLY_CAP,
        "epoch_seconds": settings.EPOCH_SECONDS,
        "next_seal_at": queries.next_seal_at(),
        "delay_seconds": int(figures["delay"]) if figures else None,
        "faucet": faucet.is_open(),
    }


def public_node() -> str:
    """Where wallets may reach the chain; a node with a key in its address stays the arena's own, a developer's chain is anybody's."""
    return settings.CHAIN_PUBLIC_RPC_URL or (settings.CHAIN_RPC_URL if settings.CHAIN_ID == DEVELOPMENT else "")


class TreasuryView(APIView):
    @extend_schema(
        operation_id="treasury",
        tags=["credits"],
        summary="What is held against what is owed",
        description="The chain's figures are as of `as_of`: a reader never waits for the chain.",
        responses=shapes.TreasurySerializer,
    )
    def get(self, request: Request) -> HttpResponseBase:
        return shown(request, treasury.document())


class Epochs(APIView):
    @extend_schema(operation_id="epochs", tags=["credits"], summary="All epochs", parameters=[CURSOR], responses=shapes.EpochPageSerializer)
    def get(self, request: Request) -> HttpResponseBase:
        pages = EpochPages()
        page = pages.paginate_queryset(Epoch.objects.all(), request, view=self)
        links = {"next": pages.get_next_link(), "previous": pages.get_previous_link()}
        return shown(request, {"results": queries.described(page or []), **links})


class EpochDetail(APIView):
    @extend_schema(operation_id="epoch", tags=["credits"], summary="One epoch", responses=shapes.EpochDetailSerializer)
    def get(self, request: Request, number: int) -> HttpResponseBase:
        epoch = _epoch(number)
        return shown(request, {**queries.described([epoch])[0], "files": queries.files(epoch)})


class EpochFile(APIView):
    @extend_schema(
        operation_id="epoch_file",
        tags=["credits"],
        summary="One file of an epoch's data",
        description="Byte for byte as the manifest names it, and for ever; the ETag is its SHA-256. `manage.py verify_epoch` reads these.",
        parameters=[NAME],
        responses={(200, "application/json"): OpenApiTypes.BINARY, (200, "text/csv"): OpenApiTypes.BINARY},
    )
    @admitted("reads")
    def get(self, request: Request, number: int, name: str) -> HttpResponseBase:
        mark = queries.file_mark(number, name)
        if mark is None:
            raise NotFound("There is no such file.")
        etag, size = mark
        quoted = f'"{etag}"'
        unchanged = get_conditional_response(request._request, etag=quoted)
        if unchanged is not None:
            return unchanged
        kind = "application/json" if name.endswith(".json") else "text/csv; charset=utf-8"
        headers = {"ETag": quoted, "Cache-Control": FOREVER, "Content-Length": str(size)}
        return Pieces(queries.file_pieces(number, name, size), content_type=kind, headers=headers)


class EpochProof(APIView):
    @extend_schema(
        operation_id="epoch_proof",
        tags=["credits"],
        summary="What an account may claim with an epoch, and the proof",
        description="Anybody may ask for any account, and pay the gas of its claim.",
        responses=shapes.ProofSerializer,
    )
    def get(self, request: Request, number: int, address: str) -> Response:
        found = queries.proof(number, address)
        if found is None:
            raise NotFound("This account has nothing in this epoch.")
        return Response(found, headers={"Cache-Control": FOREVER})


def _epoch(number: int) -> Epoch:
    epoch = Epoch.objects.filter(pk=number).first()
    if epoch is None:
        raise NotFound("There is no such epoch.")
    return epoch
