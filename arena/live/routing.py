"""Websocket addresses, and what the schema says of them."""

from django.urls import path, re_path

from arena.http.lean import DOCUMENTED
from arena.live.consumers import BoardConsumer, Nowhere

websockets = [path("ws/boards/<slug:slug>", BoardConsumer.as_asgi()), re_path("", Nowhere.as_asgi())]

DOCUMENTED["/ws/boards/{slug}"] = {
    "get": {
        "operationId": "board_live",
        "tags": ["boards"],
        "summary": "One board, live (websocket)",
        "description": (
            'Each message is the whole board as `GET /api/v1/boards/{slug}` gives it, with `"type": "board"`: one on connect, one at every change,'
            " `seq` never falling. The client sends nothing. Closed with 4404 when there is no such board, 4429 when the client talks,"
            " 4430 when its network, 4431 when its key and 4503 when the process holds as many sockets as it may. A program may show an API key in"
            " `Authorization`: then its sockets are counted by key, and no `Origin` is asked for; 4401 when the key does not hold, 4403 when it"
            " lacks the scope `rankings`."
        ),
        "parameters": [{"name": "slug", "in": "path", "required": True, "schema": {"type": "string"}}],
        "responses": {"101": {"description": "Switching protocols"}},
    }
}
