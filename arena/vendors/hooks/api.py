"""Webhooks of an organisation: its members and programs see them, members test and replay, owners add, change and delete them."""

import uuid
from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from arena.http.idempotency import idempotent
from arena.http.paging import Pages
from arena.http.query import read_query
from arena.http.session import require_user
from arena.http.strict import KEY, EmptyRequest, StrictSerializer, read
from arena.ratings.models import Board
from arena.users.admission import admitted
from arena.users.proof import require_recent_proof
from arena.vendors import actions as vendors
from arena.vendors import bearer
from arena.vendors import queries as organisations
from arena.vendors.hooks import actions, queries
from arena.vendors.hooks.changes import EVENTS, TYPES
from arena.vendors.hooks.models import Hook, Message, State
from arena.vendors.models import Organisation, Scope


def _boards(value: list[str]) -> list[str]:
    if unknown := sorted(set(value) - set(Board.objects.filter(slug__in=value).values_list("slug", flat=True))):
        raise serializers.ValidationError(f"There is no board {unknown[0]}.")
    return value


class WebhookRequest(StrictSerializer):
    url = serializers.CharField(max_length=500, help_text="Where messages are posted to; https.")
    events = serializers.ListField(child=serializers.ChoiceField(choices=EVENTS), min_length=1, max_length=len(EVENTS))
    boards = serializers.ListField(
        child=serializers.SlugField(max_length=80), max_length=50, required=False, help_text="Places on these boards only; none for all."
    )
    description = serializers.CharField(max_length=200, allow_blank=True, required=False)

    def validate_boards(self, value: list[str]) -> list[str]:
        return _boards(value)


class WebhookChangeRequest(WebhookRequest):
    active = serializers.BooleanField(help_text="Whether messages are written and sent.")

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        for field in fields.values():
            field.required = False
        return fields


class ReplayRequest(StrictSerializer):
    since = serializers.DateTimeField(help_text="Messages written from then on.")
    dead_only = serializers.BooleanField(default=True, help_text="Only those that were given up; else all that have ended.")


class MessagesQuery(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=Message.State.choices, required=False)
    cursor = serializers.CharField(max_length=500, required=False)


class WebhookSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    url = serializers.CharField()
    description = serializers.CharField()
    events = serializers.ListField(child=serializers.ChoiceField(choices=EVENTS))
    boards = serializers.ListField(child=serializers.CharField())
    state = serializers.ChoiceField(choices=State.choices)
    disabled_reason = serializers.CharField()
    failing_since = serializers.DateTimeField(allow_null=True)
    former_until = serializers.DateTimeField(allow_null=True, help_text="Until when the secret before this one signs as well.")
    created_at = serializers.DateTimeField()
    waiting = serializers.IntegerField(help_text="Messages that are not delivered yet.")
    dead = serializers.IntegerField(help_text="Messages that were given up.")


class WebhookListSerializer(serializers.Serializer[Any]):
    results = WebhookSerializer(many=True)


class NewWebhookSerializer(WebhookSerializer):
    secret = serializers.CharField(help_text="Signs what is sent there; shown this once.")


class WebhookSecretSerializer(serializers.Serializer[Any]):
    secret = serializers.CharField(help_text="Shown this once.")
    former_until = serializers.DateTimeField(help_text="Until then messages are signed with the secret before, too.")


class WebhookMessageSerializer(serializers.Serializer[Any]):
    id = serializers.CharField(help_text="The header webhook-id.")
    type = serializers.ChoiceField(choices=TYPES)
    contender = serializers.CharField(allow_null=True)
    state = serializers.ChoiceField(choices=Message.State.choices)
    created_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    due_at = serializers.DateTimeField(allow_null=True, help_text="When it is tried next, if nothing older about its contender waits.")
    tries = serializers.IntegerField()
    status = serializers.IntegerField(allow_null=True, help_text="What the receiver answered last.")
    fault = serializers.CharField()


class WebhookAttemptSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    status = serializers.IntegerField(allow_null=True)
    fault = serializers.CharField()
    milliseconds = serializers.IntegerField()


class WholeWebhookMessageSerializer(WebhookMessageSerializer):
    body = serializers.CharField(help_text="To the letter what is signed and sent.")
    attempts = WebhookAttemptSerializer(many=True)


class WebhookMessagePageSerializer(serializers.Serializer[Any]):
    results = WebhookMessageSerializer(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class ReplayedSerializer(serializers.Serializer[Any]):
    messages = serializers.IntegerField(help_text="How many are sent again.")


UNKEPT = {"Cache-Control": "no-store"}


def _organisation(request: Request, slug: str) -> Organisation:
    return organisations.membership(require_user(request), slug).organisation


def _owned(request: Request, slug: str, *, proof: bool = False) -> Organisation:
    """The organisation, for an owner; `proof` asks for one of the last five minutes: a secret is shown."""
    user = require_user(request)
    membership = organisations.membership(user, slug)
    vendors.require_owner(membership)
    if proof:
        require_recent_proof(request._request, user)
    return membership.organisation


def _told(organisation: Organisation, hook: Hook) -> Mapping[str, Any]:
    return queries.described(queries.hook_of(organisation, hook.pk))


class Hooks(APIView):
    key_scope = Scope.ORGANISATION

    @extend_schema(operation_id="webhooks", tags=["vendors"], summary="An organisation's webhooks", responses=WebhookListSerializer)
    @admitted("reads")
    def get(self, request: Request, slug: str) -> Response:
        found = queries.hooks_of(bearer.organisation_of(request, slug))
        return Response(WebhookListSerializer({"results": [queries.described(hook) for hook in found]}).data, headers=UNKEPT)

    @extend_schema(
        operation_id="add_webhook", tags=["vendors"], summary="Add a webhook", request=WebhookRequest, responses={201: NewWebhookSerializer}
    )
    @admitted("organisations")
    def post(self, request: Request, slug: str) -> Response:
        organisation = _owned(request, slug, proof=True)
        hook, secret = actions.add_hook(organisation=organisation, **read(WebhookRequest, request))
        return Response(NewWebhookSerializer({**_told(organisation, hook), "secret": secret.reveal()}).data, status=201, headers=UNKEPT)


class OneHook(APIView):
    key_scope = Scope.ORGANISATION

    @extend_schema(operation_id="webhook", tags=["vendors"], summary="One webhook", responses=WebhookSerializer)
    @admitted("reads")
    def get(self, request: Request, slug: str, id: uuid.UUID) -> Response:
        found = queries.hook_of(bearer.organisation_of(request, slug), id)
        return Response(WebhookSerializer(queries.described(found)).data, headers=UNKEPT)

    @extend_schema(
        operation_id="change_webhook",
        tags=["vendors"],
        summary="Change a webhook",
        request=WebhookChangeRequest,
        responses=WebhookSerializer,
    )
    @admitted("organisations")
    def patch(self, request: Request, slug: str, id: uuid.UUID) -> Response:
        organisation = _owned(request, slug)
        changed = actions.change_hook(queries.hook_of(organisation, id), **read(WebhookChangeRequest, request))
        return Response(WebhookSerializer(_told(organisation, changed)).data)

    @extend_schema(operation_id="delete_webhook", tags=["vendors"], summary="Delete a webhook", request=None, responses={204: None})
    def delete(self, request: Request, slug: str, id: uuid.UUID) -> Response:
        queries.hook_of(_owned(request, slug), id).delete()
        return Response(status=204)


class HookSecret(APIView):
    @extend_schema(
        operation_id="renew_webhook_secret",
        tags=["vendors"],
        summary="Another secret for a webhook",
        request=EmptyRequest,
        responses=WebhookSecretSerializer,
    )
    def post(self, request: Request, slug: str, id: uuid.UUID) -> Response:
        organisation = _owned(request, slug, proof=True)
        read(EmptyRequest, request)
        hook, secret = actions.renew_secret(queries.hook_of(organisation, id))
        told = {"secret": secret.reveal(), "former_until": hook.former_until}
        return Response(WebhookSecretSerializer(told).data, headers=UNKEPT)


class HookTest(APIView):
    @extend_schema(
        operation_id="test_webhook",
        tags=["vendors"],
        summary="Send a test message",
        parameters=[KEY],
        request=EmptyRequest,
        responses={202: WebhookMessageSerializer},
    )
    @admitted("organisations")
    @idempotent
    def post(self, request: Request, slug: str, id: uuid.UUID) -> Response:
        hook = queries.hook_of(_organisation(request, slug), id)
        read(EmptyRequest, request)
        return Response(WebhookMessageSerializer(queries.told(actions.send_test(hook))).data, status=202)


class Messages(APIView):
    key_scope = Scope.ORGANISATION

    @extend_schema(
        operation_id="webhook_messages",
        tags=["vendors"],
        summary="What was written for a webhook, the newest first",
        parameters=[OpenApiParameter("state", str, enum=Message.State.values), OpenApiParameter("cursor", str)],
        responses=WebhookMessagePageSerializer,
    )
    @admitted("reads")
    def get(self, request: Request, slug: str, id: uuid.UUID) -> Response:
        found = queries.hook_of(bearer.organisation_of(request, slug), id).messages.select_related("contender")
        state = read_query(MessagesQuery, request).get("state")
        pages = Pages()
        pages.ordering = "-number"
        rows = pages.paginate_queryset(found if state is None else found.filter(state=state), request, self) or []
        told = {"results": [queries.told(row) for row in rows], "next": pages.get_next_link(), "previous": pages.get_previous_link()}
        return Response(WebhookMessagePageSerializer(told).data, headers=UNKEPT)


class OneMessage(APIView):
    key_scope = Scope.ORGANISATION

    @extend_schema(
        operation_id="webhook_message", tags=["vendors"], summary="One message, with every try", responses=WholeWebhookMessageSerializer
    )
    @admitted("reads")
    def get(self, request: Request, slug: str, id: uuid.UUID, message: str) -> Response:
        found = queries.message_of(queries.hook_of(bearer.organisation_of(request, slug), id), message)
        told = {**queries.told(found), "body": found.body, "attempts": found.attempts.order_by("pk")}
        return Response(WholeWebhookMessageSerializer(told).data, headers=UNKEPT)


class MessageReplay(APIView):
    @extend_schema(
        operation_id="replay_webhook_message",
        tags=["vendors"],
        summary="Send a message again",
        parameters=[KEY],
        request=EmptyRequest,
        responses={202: ReplayedSerializer},
    )
    @admitted("organisations")
    @idempotent
    def post(self, request: Request, slug: str, id: uuid.UUID, message: str) -> Response:
        found = queries.message_of(queries.hook_of(_organisation(request, slug), id), message)
        read(EmptyRequest, request)
        return Response(ReplayedSerializer({"messages": actions.replay([found])}).data, status=202)


class HookReplay(APIView):
    @extend_schema(
        operation_id="replay_webhook",
        tags=["vendors"],
        summary="Send again what was written since a moment",
        parameters=[KEY],
        request=ReplayRequest,
        responses={202: ReplayedSerializer},
    )
    @admitted("organisations")
    @idempotent
    def post(self, request: Request, slug: str, id: uuid.UUID) -> Response:
        hook = queries.hook_of(_organisation(request, slug), id)
        return Response(ReplayedSerializer({"messages": actions.replay_since(hook, **read(ReplayRequest, request))}).data, status=202)
