"""Submissions through the API: of an organisation, by its owners; and everybody's, by whoever reviews them."""

import uuid
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from arena.http.idempotency import idempotent
from arena.http.paging import Pages
from arena.http.query import read_query
from arena.http.session import require_user
from arena.http.strict import KEY, EmptyRequest, read
from arena.outbound import Secret
from arena.users.admission import admitted
from arena.users.models import User
from arena.users.staff import require_staff
from arena.vendors import actions as vendors
from arena.vendors import bearer
from arena.vendors import queries as organisations
from arena.vendors.models import Organisation, Scope
from arena.vendors.submissions import actions, queries, shapes, terms
from arena.vendors.submissions.models import State, Submission

UNKEPT = {"Cache-Control": "no-store"}
SEE, REVIEW = "submissions.view_submission", "submissions.review_submission"


class Newest(Pages):
    ordering = ("-at", "-id")  # type: ignore[assignment]


def _owned(request: Request, slug: str) -> Organisation:
    membership = organisations.membership(require_user(request), slug)
    vendors.require_owner(membership)
    return membership.organisation


def _reply(submission: Submission, status: int = 200) -> Response:
    return Response(shapes.SubmissionSerializer(queries.described(submission)).data, status=status, headers=UNKEPT)


def _page(view: APIView, request: Request, rows: Any) -> dict[str, Any]:
    pages = Newest()
    found = pages.paginate_queryset(rows, request, view) or []
    return {"results": [queries.described(row) for row in found], "next": pages.get_next_link(), "previous": pages.get_previous_link()}


def _secret(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields with the key as a Secret, where there is one."""
    return fields | ({"key": Secret(fields["key"])} if "key" in fields else {})


class SubmissionTerms(APIView):
    @extend_schema(
        operation_id="submission_terms",
        tags=["vendors"],
        summary="What whoever submits a contender accepts",
        responses=shapes.SubmissionTermsSerializer,
    )
    def get(self, request: Request) -> Response:
        return Response(shapes.SubmissionTermsSerializer(terms.current()).data)


class Submissions(APIView):
    key_scope = Scope.ORGANISATION

    @extend_schema(
        operation_id="submissions",
        tags=["vendors"],
        summary="An organisation's submissions",
        parameters=[OpenApiParameter("cursor", str)],
        responses=shapes.SubmissionPageSerializer,
    )
    @admitted("reads")
    def get(self, request: Request, slug: str) -> Response:
        read_query(shapes.PageQuery, request)
        rows = queries.submissions_of(bearer.organisation_of(request, slug))
        return Response(shapes.SubmissionPageSerializer(_page(self, request, rows)).data, headers=UNKEPT)

    @extend_schema(
        operation_id="submit_contender",
        tags=["vendors"],
        summary="Submit a contender",
        parameters=[KEY],
        request=shapes.SubmissionRequest,
        responses={201: shapes.SubmissionSerializer},
    )
    @admitted("organisations")
    @idempotent
    def post(self, request: Request, slug: str) -> Response:
        organisation = _owned(request, slug)
        fields = {"key": Secret(), **_secret(read(shapes.SubmissionRequest, request))}
        return _reply(actions.submit(organisation=organisation, by=require_user(request), **fields), 201)


class OneSubmission(APIView):
    key_scope = Scope.ORGANISATION

    @extend_schema(operation_id="submission", tags=["vendors"], summary="One submission", responses=shapes.SubmissionSerializer)
    @admitted("reads")
    def get(self, request: Request, slug: str, id: uuid.UUID) -> Response:
        return _reply(queries.submission_of(bearer.organisation_of(request, slug), id))

    @extend_schema(
        operation_id="amend_submission",
        tags=["vendors"],
        summary="Change a submission and have it checked anew",
        request=shapes.SubmissionChangeRequest,
        responses=shapes.SubmissionSerializer,
    )
    @admitted("organisations")
    def patch(self, request: Request, slug: str, id: uuid.UUID) -> Response:
        found = queries.submission_of(_owned(request, slug), id)
        return _reply(actions.amend(found, **_secret(read(shapes.SubmissionChangeRequest, request))))


class SubmissionWithdrawal(APIView):
    @extend_schema(
        operation_id="withdraw_submission",
        tags=["vendors"],
        summary="Withdraw a submission",
        request=EmptyRequest,
        responses=shapes.SubmissionSerializer,
    )
    @admitted("organisations")
    def post(self, request: Request, slug: str, id: uuid.UUID) -> Response:
        found = queries.submission_of(_owned(request, slug), id)
        read(EmptyRequest, request)
        return _reply(actions.withdraw(found))


class SubmissionQueue(APIView):
    @extend_schema(
        operation_id="operator_submissions",
        tags=["operator"],
        summary="Everybody's submissions",
        parameters=[OpenApiParameter("state", str, enum=State.values), OpenApiParameter("cursor", str)],
        responses=shapes.SubmissionQueueSerializer,
    )
    def get(self, request: Request) -> Response:
        user = require_staff(request, SEE)
        state = read_query(shapes.QueueQuery, request).get("state")
        rows = queries.queue() if state is None else queries.queue().filter(state=state)
        told = {**_page(self, request, rows), "counts": queries.counts(), "may_review": user.has_perm(REVIEW)}
        return Response(shapes.SubmissionQueueSerializer(told).data, headers=UNKEPT)


class OperatorSubmission(APIView):
    @extend_schema(
        operation_id="operator_submission", tags=["operator"], summary="Anybody's submission", responses=shapes.SubmissionSerializer
    )
    def get(self, request: Request, id: uuid.UUID) -> Response:
        require_staff(request, SEE)
        return _reply(queries.submission(id))


class Acceptance(APIView):
    @extend_schema(
        operation_id="accept_submission",
        tags=["operator"],
        summary="Accept a submission",
        parameters=[KEY],
        request=shapes.SubmissionAcceptanceRequest,
        responses=shapes.SubmissionSerializer,
    )
    @idempotent
    def post(self, request: Request, id: uuid.UUID) -> Response:
        user: User = require_staff(request, REVIEW)
        return _reply(actions.accept(queries.submission(id), by=user, **read(shapes.SubmissionAcceptanceRequest, request)))


class Refusal(APIView):
    @extend_schema(
        operation_id="decline_submission",
        tags=["operator"],
        summary="Decline a submission",
        parameters=[KEY],
        request=shapes.SubmissionRefusalRequest,
        responses=shapes.SubmissionSerializer,
    )
    @idempotent
    def post(self, request: Request, id: uuid.UUID) -> Response:
        user: User = require_staff(request, REVIEW)
        return _reply(actions.decline(queries.submission(id), by=user, **read(shapes.SubmissionRefusalRequest, request)))
