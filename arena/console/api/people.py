"""Who runs the arena: oneself, the others, and invitations."""

import uuid
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from arena.console import actions, queries
from arena.console.roles import ROLES
from arena.http.idempotency import idempotent
from arena.http.session import require_user
from arena.http.strict import KEY, StrictSerializer, read
from arena.users.models import User
from arena.users.proof import require_recent_proof
from arena.users.staff import require_second_factor, require_some_staff, require_staff, require_staff_now

VIEW, CHANGE = "console.view_people", "console.change_people"


class StaffMeSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    roles = serializers.ListField(child=serializers.ChoiceField(choices=ROLES))
    superuser = serializers.BooleanField(help_text="Has every right, whatever the roles say: made at the terminal.")
    permissions = serializers.ListField(child=serializers.CharField(), help_text="`app.codename`, sorted.")


class StaffSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    roles = serializers.ListField(child=serializers.ChoiceField(choices=ROLES))
    superuser = serializers.BooleanField()
    second_factor = serializers.BooleanField(help_text="Without one no page of the staff opens to them.")
    last_login = serializers.DateTimeField(allow_null=True)


class StaffInvitationSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    role = serializers.ChoiceField(choices=ROLES)
    state = serializers.ChoiceField(choices=queries.INVITATION_STATES)
    made_by = serializers.CharField()
    made_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    accepted_by = serializers.CharField(allow_null=True)


class NewStaffInvitationSerializer(StaffInvitationSerializer):
    link = serializers.CharField(help_text="Shown this once.")


class PeopleSerializer(serializers.Serializer[Any]):
    people = StaffSerializer(many=True)
    invitations = StaffInvitationSerializer(many=True, help_text="The newest 50.")
    can_change = serializers.BooleanField()


class StaffInvitationRequest(StrictSerializer):
    role = serializers.ChoiceField(choices=ROLES)
    hours = serializers.IntegerField(min_value=actions.HOURS[0], max_value=actions.HOURS[1], default=72)


class RolesRequest(StrictSerializer):
    roles = serializers.ListField(child=serializers.ChoiceField(choices=ROLES), max_length=len(ROLES))


class AcceptanceRequest(StrictSerializer):
    token = serializers.CharField(max_length=100)


class StaffMe(APIView):
    @extend_schema(operation_id="operator_me", tags=["operator"], summary="What I may do here", responses=StaffMeSerializer)
    def get(self, request: Request) -> Response:
        user = require_some_staff(request)
        told = {"name": user.display_name, "roles": queries.roles_of(user), "superuser": user.is_superuser}
        return Response({**told, "permissions": sorted(user.get_all_permissions())})


class People(APIView):
    @extend_schema(operation_id="operator_people", tags=["operator"], summary="Who runs the arena", responses=PeopleSerializer)
    def get(self, request: Request) -> Response:
        user = require_staff(request, VIEW)
        told = {"people": queries.people(), "invitations": queries.invitations(), "can_change": user.has_perm(CHANGE)}
        return Response(PeopleSerializer(told).data)


class Roles(APIView):
    @extend_schema(
        operation_id="set_roles", tags=["operator"], summary="Say which roles somebody has", request=RolesRequest, responses=StaffSerializer
    )
    def put(self, request: Request, id: uuid.UUID) -> Response:
        user = require_staff_now(request, CHANGE)
        return Response(queries.person(actions.set_roles(id=id, by=user, **read(RolesRequest, request))))


class Invitations(APIView):
    @extend_schema(
        operation_id="invite_staff",
        tags=["operator"],
        summary="Invite somebody to run the arena",
        description="Its link is told this once and kept nowhere, so no `Idempotency-Key` can bring it back: revoke it and make another.",
        request=StaffInvitationRequest,
        responses={201: NewStaffInvitationSerializer},
    )
    def post(self, request: Request) -> Response:
        user = require_staff_now(request, CHANGE)
        made, link = actions.invite(by=user, **read(StaffInvitationRequest, request))
        return Response({**queries.invitation(made), "link": link}, status=201)


class OneInvitation(APIView):
    @extend_schema(
        operation_id="revoke_staff_invitation", tags=["operator"], summary="Revoke an invitation", responses=StaffInvitationSerializer
    )
    def delete(self, request: Request, id: uuid.UUID) -> Response:
        user = require_staff_now(request, CHANGE)
        return Response(queries.invitation(actions.revoke(id=id, by=user)))


class AcceptInvitation(APIView):
    @extend_schema(
        operation_id="accept_staff_invitation",
        tags=["operator"],
        summary="Take the role that an invitation offers",
        description="For a person with an account and a second factor, with a proof of the last five minutes.",
        parameters=[KEY],
        request=AcceptanceRequest,
        responses=StaffMeSerializer,
    )
    @idempotent
    def post(self, request: Request) -> Response:
        person = require_user(request)
        if not person.is_guest:
            require_second_factor(person)
            require_recent_proof(request._request, person)
        actions.accept(token=read(AcceptanceRequest, request)["token"], user=person)
        user = User.objects.get(pk=person.pk)  # with the permissions that it has now
        told = {"name": user.display_name, "roles": queries.roles_of(user), "superuser": user.is_superuser}
        return Response({**told, "permissions": sorted(user.get_all_permissions())})
