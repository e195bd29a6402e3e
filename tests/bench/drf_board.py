"""The limit of S9: the board as Django REST framework serves it, in the same application. `uvicorn tests.bench.drf_board:application`."""

from django.core.asgi import get_asgi_application

application = get_asgi_application()

from django.conf import settings  # noqa: E402
from django.urls import path  # noqa: E402
from rest_framework.request import Request  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.views import APIView  # noqa: E402

from arena.ratings import queries  # noqa: E402
from arena.ratings.api import BoardSerializer  # noqa: E402
from arena.ratings.models import Board  # noqa: E402


class BoardDetail(APIView):
    def get(self, request: Request, slug: str) -> Response:
        (document,) = queries.board_documents([Board.objects.get(slug=slug)]).values()
        return Response(BoardSerializer(document).data)


urlpatterns = [path("api/v1/boards/<slug:slug>", BoardDetail.as_view())]
settings.ROOT_URLCONF = __name__
