"""Battles: open one, go on, ask again, stop, vote, look."""

import uuid
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from arena.battles import actions, queries, tickets
from arena.battles.api import serializers as shapes
from arena.battles.api.checked import checked, found_outside
from arena.battles.ballots import Ballot
from arena.battles.models import Battle
from arena.battles.streaming import route
from arena.http.idempotency import idempotent
from arena.http.session import require_user
from arena.http.strict import KEY, EmptyRequest, read
from arena.users.admission import PROOF, admitted
from arena.users.queries import lasting_network_of, network_of


def told(battle: Battle, request: Request) -> dict[str, Any]:
    """The battle, which was read whole, as its voter sees it, with a ticket for what is still to stream."""
    stream = None
    if turn := queries.is_running(battle):
        session = request._request.session.session_key or ""
        token, expires = tickets.issue(tickets.Ticket(battle.pk, turn.number, turn.attempt), session)
        stream = {"url": f"/api/v1/battles/{battle.pk}/stream?ticket={token}", "expires_at": expires}
    return queries.view(battle, stream)


def _holder(request: Request) -> route.Holder:
    """Who asks for answers, as the stream that has them written will count them."""
    return route.Holder(request._request.session.session_key or "", network_of(request.META))


# Without a docstring, which the schema would take for the description of each.
class BattleView(APIView):
    def again(self, request: Request, id: str) -> dict[str, Any]:
        """The battle as it stands now, to whoever sends the same request once more: it may be megabytes, of which no key keeps a word."""
        return told(queries.battle_of(uuid.UUID(id), require_user(request)), request)


class Battles(BattleView):
    @extend_schema(
        operation_id="open_battle",
        tags=["battles"],
        summary="Put a prompt to blind contenders",
        parameters=[KEY, PROOF],
        request=shapes.BattleRequest,
        responses={201: shapes.BattleSerializer},
    )
    @admitted("battles")
    @checked
    @idempotent
    def post(self, request: Request) -> Response:
        route.require_place(_holder(request))
        fields = read(shapes.BattleRequest, request)
        text, prompt = fields.get("prompt", ""), fields.get("prompt_id")
        network = lasting_network_of(request.META)
        battle = actions.open_battle(
            voter=require_user(request), text=text, prompt_id=prompt, asked=found_outside(request), network=network
        )
        return Response(told(battle, request), status=201)


class BattleDetail(APIView):
    @extend_schema(operation_id="battle", tags=["battles"], summary="One battle of yours", responses=shapes.BattleSerializer)
    def get(self, request: Request, id: uuid.UUID) -> Response:
        battle = actions.healed(queries.battle_of(id, require_user(request)))
        return Response(told(battle, request), headers={"Cache-Control": "no-store"})

    @extend_schema(
        operation_id="delete_battle",
        tags=["battles"],
        summary="Delete what was said in a battle",
        description="Prompts, answers and comments go, a running battle is stopped, a link dies; the vote stays, without the words.",
        responses={204: None},
    )
    def delete(self, request: Request, id: uuid.UUID) -> Response:
        actions.erase_battle(battle_id=id, voter=require_user(request))
        return Response(status=204)


class Turns(BattleView):
    @extend_schema(
        operation_id="add_turn",
        tags=["battles"],
        summary="Ask every side a follow-up",
        parameters=[KEY],
        request=shapes.TurnRequest,
        responses={201: shapes.BattleSerializer},
    )
    @admitted("turns")
    @checked
    @idempotent
    def post(self, request: Request, id: uuid.UUID) -> Response:
        route.require_place(_holder(request))
        text = read(shapes.TurnRequest, request)["prompt"]
        battle = actions.add_turn(battle_id=id, voter=require_user(request), text=text, asked=found_outside(request))
        return Response(told(battle, request), status=201)


class Attempts(BattleView):
    @extend_schema(
        operation_id="ask_again",
        tags=["battles"],
        summary="Ask the latest prompt again",
        description="When a side failed, was interrupted or stopped: every side answers anew.",
        parameters=[KEY],
        request=EmptyRequest,
        responses={201: shapes.BattleSerializer},
    )
    @admitted("turns")
    @idempotent
    def post(self, request: Request, id: uuid.UUID) -> Response:
        route.require_place(_holder(request))
        read(EmptyRequest, request)
        battle = actions.ask_again(battle_id=id, voter=require_user(request))
        return Response(told(battle, request), status=201)


class Stop(BattleView):
    @extend_schema(
        operation_id="stop_battle",
        tags=["battles"],
        summary="Stop one side, or all",
        parameters=[KEY],
        request=shapes.StopRequest,
        responses={202: shapes.BattleSerializer},
    )
    @admitted("stops")
    @idempotent
    def post(self, request: Request, id: uuid.UUID) -> Response:
        fields = read(shapes.StopRequest, request)
        battle = actions.stop(battle_id=id, voter=require_user(request), side=fields.get("side"))
        return Response(told(battle, request), status=202)


class CastVote(BattleView):
    @extend_schema(
        operation_id="cast_vote",
        tags=["battles"],
        summary="Vote, and see who answered",
        description=(
            "Once a battle. The same outcome again gives the same reply; another one is refused with 409. A battle of more than two sides is"
            " voted with `ranking` and `ranks`; its `can.vote` says so."
        ),
        parameters=[KEY],
        request=shapes.VoteRequest,
        responses=shapes.BattleSerializer,
    )
    @admitted("votes")
    @idempotent
    def post(self, request: Request, id: uuid.UUID) -> Response:
        fields = read(shapes.VoteRequest, request)
        ballot = Ballot(**fields, network=network_of(request.META))
        vote = actions.cast_vote(battle_id=id, voter=require_user(request), ballot=ballot)
        return Response(told(vote.battle, request))
