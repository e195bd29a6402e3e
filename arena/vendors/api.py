"""Organisations in the API: for their members, and, to read, for their programs."""

import uuid
from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from arena.contenders.api import ContenderSerializer
from arena.contenders.queries import described
from arena.http.idempotency import idempotent
from arena.http.session import Caller, require_user
from arena.http.strict import KEY, StrictSerializer, read
from arena.users.admission import admitted
from arena.users.proof import require_recent_proof
from arena.vendors import actions, bearer, queries
from arena.vendors.models import ApiKey, Membership, Organisation, Role, Scope

UNKEPT = {"Cache-Control": "no-store"}
SLUG = r"^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])$"


class OrganisationRequest(StrictSerializer):
    slug = serializers.RegexField(SLUG, help_text="2 to 40 small letters, digits and hyphens; it stays.")
    name = serializers.CharField(max_length=120)
    website = serializers.URLField(max_length=200, required=False, allow_blank=True, default="")


class DescriptionRequest(StrictSerializer):
    name = serializers.CharField(max_length=120, required=False)
    website = serializers.URLField(max_length=200, required=False, allow_blank=True)


class RoleRequest(StrictSerializer):
    role = serializers.ChoiceField(choices=Role.choices)


class MembershipRequest(StrictSerializer):
    invitation = serializers.CharField(max_length=100)


class ApiKeyRequest(StrictSerializer):
    name = serializers.CharField(max_length=80, help_text="What it is for; one name, one key.")
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=Scope.choices), min_length=1, max_length=len(Scope.choices))
    days = serializers.IntegerField(min_value=1, max_value=730, allow_null=True, default=365, help_text="How long it holds; null for ever.")


class OrganisationSummarySerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.CharField()
    website = serializers.CharField()
    role = serializers.ChoiceField(choices=Role.choices, allow_null=True, help_text="Of who asks; null for a key.")


class OrganisationSerializer(OrganisationSummarySerializer):
    contenders = ContenderSerializer(many=True, help_text="In whatever state.")


class OrganisationListSerializer(serializers.Serializer[Any]):
    results = OrganisationSummarySerializer(many=True)


class MemberSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    role = serializers.ChoiceField(choices=Role.choices)
    at = serializers.DateTimeField()


class MemberListSerializer(serializers.Serializer[Any]):
    results = MemberSerializer(many=True)


class InvitationSerializer(serializers.Serializer[Any]):
    invitation = serializers.CharField(help_text="Told here and never again.")
    role = serializers.ChoiceField(choices=Role.choices)
    expires_at = serializers.DateTimeField()


class KeySerializer(serializers.Serializer[Any]):
    id = serializers.CharField(help_text="The second part of the key; no secret.")
    name = serializers.CharField()
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=Scope.choices))
    quota = serializers.IntegerField(help_text="Requests an hour; 0 for any number.")
    by = serializers.CharField(allow_null=True)
    at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)
    used_at = serializers.DateTimeField(allow_null=True, help_text="The last time, to the minute.")


class NewKeySerializer(KeySerializer):
    key = serializers.CharField(help_text="The whole key: told here and never again.")


class KeyListSerializer(serializers.Serializer[Any]):
    results = KeySerializer(many=True)


def _summary(organisation: Organisation, role: str | None) -> dict[str, Any]:
    return {"slug": organisation.slug, "name": organisation.name, "website": organisation.website, "role": role}


def _whole(organisation: Organisation, role: str | None) -> dict[str, Any]:
    mine = queries.contenders_of(organisation)
    return {**_summary(organisation, role), "contenders": [described(contender) for contender in mine]}


def _member(row: Membership) -> dict[str, Any]:
    return {"id": row.user_id, "name": row.user.display_name, "role": row.role, "at": row.at}


def _key(row: ApiKey) -> dict[str, Any]:
    moments = {name: getattr(row, name) for name in ("at", "expires_at", "revoked_at", "used_at")}
    by = row.by.display_name if row.by and row.by.is_active else None
    return {"id": row.pk, "name": row.name, "scopes": row.scopes, "quota": queries.quota_of(row), "by": by, **moments}


class Organisations(APIView):
    @extend_schema(operation_id="organisations", tags=["vendors"], summary="My organisations", responses=OrganisationListSerializer)
    def get(self, request: Request) -> Response:
        mine = queries.memberships_of(require_user(request))
        return Response({"results": [_summary(row.organisation, row.role) for row in mine]}, headers=UNKEPT)

    @extend_schema(
        operation_id="found_organisation",
        tags=["vendors"],
        summary="Found an organisation",
        description="For people with an account. Who founds it is its first owner.",
        parameters=[KEY],
        request=OrganisationRequest,
        responses={201: OrganisationSerializer},
    )
    @admitted("organisations")
    @idempotent
    def post(self, request: Request) -> Response:
        organisation = actions.found_organisation(by=require_user(request), **read(OrganisationRequest, request))
        return Response(_whole(organisation, Role.OWNER), status=201, headers=UNKEPT)


class OrganisationDetail(APIView):
    key_scope = Scope.ORGANISATION

    @extend_schema(
        operation_id="organisation", tags=["vendors"], summary="An organisation and its contenders", responses=OrganisationSerializer
    )
    @admitted("reads")
    def get(self, request: Request, slug: str) -> Response:
        organisation = bearer.organisation_of(request, slug)
        role = None if isinstance(request.auth, Caller) else queries.membership(require_user(request), slug).role
        return Response(_whole(organisation, role), headers=UNKEPT)

    @extend_schema(
        operation_id="describe_organisation",
        tags=["vendors"],
        summary="Change its name or website",
        request=DescriptionRequest,
        responses=OrganisationSerializer,
    )
    def patch(self, request: Request, slug: str) -> Response:
        membership = queries.membership(require_user(request), slug)
        organisation = actions.describe(membership=membership, **read(DescriptionRequest, request))
        return Response(_whole(organisation, membership.role), headers=UNKEPT)


class Members(APIView):
    @extend_schema(operation_id="members", tags=["vendors"], summary="Who speaks for an organisation", responses=MemberListSerializer)
    def get(self, request: Request, slug: str) -> Response:
        organisation = queries.membership(require_user(request), slug).organisation
        return Response({"results": [_member(row) for row in queries.members_of(organisation)]}, headers=UNKEPT)


class Member(APIView):
    @extend_schema(
        operation_id="set_role",
        tags=["vendors"],
        summary="Make a member an owner, or the other way",
        request=RoleRequest,
        responses=MemberSerializer,
    )
    def put(self, request: Request, slug: str, id: uuid.UUID) -> Response:
        user = require_user(request)
        membership = queries.membership(user, slug)
        role = read(RoleRequest, request)["role"]
        actions.require_owner(membership)  # so that nobody proves anything in vain
        require_recent_proof(request._request, user)
        return Response(_member(actions.set_role(membership=membership, user=id, role=role)), headers=UNKEPT)

    @extend_schema(operation_id="dismiss_member", tags=["vendors"], summary="Let a member go, or leave", responses={204: None})
    def delete(self, request: Request, slug: str, id: uuid.UUID) -> Response:
        actions.dismiss(membership=queries.membership(require_user(request), slug), user=id)
        return Response(status=204)


class Invitations(APIView):
    @extend_schema(
        operation_id="invite_member",
        tags=["vendors"],
        summary="A link that lets one person in",
        description="Once, within a week. Needs a proof of the last five minutes.",
        request=RoleRequest,
        responses={201: InvitationSerializer},
    )
    @admitted("organisations")
    def post(self, request: Request, slug: str) -> Response:
        user = require_user(request)
        membership = queries.membership(user, slug)
        role = read(RoleRequest, request)["role"]
        actions.require_owner(membership)  # so that nobody proves anything in vain
        require_recent_proof(request._request, user)
        secret, made = actions.invite(membership=membership, role=role)
        return Response({"invitation": secret, "role": made.role, "expires_at": made.expires_at}, status=201, headers=UNKEPT)


class Memberships(APIView):
    @extend_schema(
        operation_id="join_organisation",
        tags=["vendors"],
        summary="Come in by an invitation",
        request=MembershipRequest,
        responses=OrganisationSerializer,
    )
    @admitted("organisations")
    def post(self, request: Request) -> Response:
        membership = actions.accept(user=require_user(request), secret=read(MembershipRequest, request)["invitation"])
        return Response(_whole(membership.organisation, membership.role), headers=UNKEPT)


class Keys(APIView):
    @extend_schema(operation_id="keys", tags=["vendors"], summary="An organisation's API keys", responses=KeyListSerializer)
    def get(self, request: Request, slug: str) -> Response:
        organisation = queries.membership(require_user(request), slug).organisation
        return Response({"results": [_key(row) for row in queries.keys_of(organisation)]}, headers=UNKEPT)

    @extend_schema(
        operation_id="make_key",
        tags=["vendors"],
        summary="Make an API key",
        description="For owners, with a proof of the last five minutes. The key is told once; a second one of the same name is refused.",
        request=ApiKeyRequest,
        responses={201: NewKeySerializer},
    )
    @admitted("organisations")
    def post(self, request: Request, slug: str) -> Response:
        user = require_user(request)
        membership = queries.membership(user, slug)
        fields = read(ApiKeyRequest, request)
        actions.require_owner(membership)
        require_recent_proof(request._request, user)
        key, row = actions.make_key(membership=membership, **fields)
        return Response({**_key(row), "key": key}, status=201, headers=UNKEPT)


class Key(APIView):
    @extend_schema(operation_id="revoke_key", tags=["vendors"], summary="Revoke an API key", responses={204: None})
    def delete(self, request: Request, slug: str, id: str) -> Response:
        actions.revoke_key(membership=queries.membership(require_user(request), slug), id=id)
        return Response(status=204)


urlpatterns = [
    path("organisations", Organisations.as_view()),
    path("organisations/<slug:slug>", OrganisationDetail.as_view()),
    path("organisations/<slug:slug>/members", Members.as_view()),
    path("organisations/<slug:slug>/members/<uuid:id>", Member.as_view()),
    path("organisations/<slug:slug>/invitations", Invitations.as_view()),
    path("organisations/<slug:slug>/keys", Keys.as_view()),
    path("organisations/<slug:slug>/keys/<slug:id>", Key.as_view()),
    path("memberships", Memberships.as_view()),
]
