"""A person's own credits: what may be converted, what was, and where it is by now."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from arena.accounts.api.wallet import MyWallet as Linking
from arena.credits import actions, faucet, holdings
from arena.credits.api import shapes
from arena.credits.api.public import CURSOR
from arena.http.idempotency import answered, idempotent
from arena.http.paging import Pages
from arena.http.session import require_user
from arena.http.strict import KEY, EmptyRequest, read
from arena.users.admission import admitted

NO_STORE = {"Cache-Control": "no-store"}


class ConversionPages(Pages):
    ordering = "-id"  # ascending in time


class Conversions(APIView):
    @extend_schema(
        operation_id="my_conversions",
        tags=["credits"],
        summary="My conversions",
        parameters=[CURSOR],
        responses=shapes.ConversionPageSerializer,
    )
    def get(self, request: Request) -> Response:
        pages = ConversionPages()
        page = pages.paginate_queryset(holdings.conversions(require_user(request)), request, view=self)
        links = {"next": pages.get_next_link(), "previous": pages.get_previous_link()}
        return Response({"results": holdings.told(page or []), **links}, headers=NO_STORE)

    @extend_schema(
        operation_id="convert_points",
        tags=["credits"],
        summary="Turn points into credits for my wallet",
        description="There is no way back. The wallet is the one linked now; the next epoch gives it the credits.",
        parameters=[KEY],
        request=shapes.ConversionRequest,
        responses={201: shapes.ConversionSerializer},
    )
    @admitted("conversions")
    def post(self, request: Request) -> Response:
        person, fields = require_user(request), read(shapes.ConversionRequest, request)
        # Whom the operator's check asks is outside: no transaction waits for it. What was done already needs no leave.
        wallet = "" if answered(request) else actions.check_eligible(person=person, points=fields["points"])
        return self._convert(request, wallet=wallet, **fields)

    @idempotent
    def _convert(self, request: Request, **fields: Any) -> Response:
        made = actions.convert(person=require_user(request), **fields)
        return Response(holdings.told([made])[0], status=201, headers=NO_STORE)


class MyWallet(Linking):
    """Linking and unlinking are the account's; what is on its way is ours."""

    @extend_schema(
        operation_id="my_wallet",
        tags=["wallet"],
        summary="My wallet, and all that is on its way to it",
        responses=shapes.MyWalletSerializer,
    )
    @admitted("reads")
    def get(self, request: Request) -> Response:
        return Response(holdings.document(require_user(request)), headers=NO_STORE)


class Faucet(APIView):
    @extend_schema(
        operation_id="pour_gas",
        tags=["wallet"],
        summary="A little gas for my wallet",
        description="On a developer's chain only, where it is worth nothing; elsewhere there is nothing at this address.",
        request=EmptyRequest,
        responses=shapes.FaucetSerializer,
    )
    @admitted("conversions")
    def post(self, request: Request) -> Response:
        read(EmptyRequest, request)
        return Response({"gas_wei": str(faucet.pour(require_user(request)))}, headers=NO_STORE)
