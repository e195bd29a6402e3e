"""Background jobs."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from arena.console import jobs
from arena.errors import InvalidInput
from arena.http.idempotency import idempotent
from arena.http.strict import KEY
from arena.users.staff import require_staff

VIEW, RETRY = "console.view_jobs", "console.retry_job"


class TaskSerializer(serializers.Serializer[Any]):
    task = serializers.CharField()
    todo = serializers.IntegerField()
    doing = serializers.IntegerField()
    failed = serializers.IntegerField()
    succeeded = serializers.IntegerField()


class JobSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    task = serializers.CharField()
    queue = serializers.CharField()
    status = serializers.ChoiceField(choices=jobs.STATUSES)
    attempts = serializers.IntegerField()
    scheduled_at = serializers.DateTimeField(allow_null=True)
    args = serializers.DictField(child=serializers.CharField(), help_text="What it was called with, cut short.")
    made_at = serializers.DateTimeField(allow_null=True)
    changed_at = serializers.DateTimeField(allow_null=True)


class JobsSerializer(serializers.Serializer[Any]):
    tasks = TaskSerializer(many=True)
    jobs = JobSerializer(many=True, help_text="The newest 100 of the status that was asked for.")
    can_retry = serializers.BooleanField()


class RetriedSerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=jobs.STATUSES)


class Jobs(APIView):
    @extend_schema(
        operation_id="operator_jobs",
        tags=["operator"],
        summary="Background jobs",
        parameters=[
            OpenApiParameter("status", str, enum=list(jobs.STATUSES), description="`failed` unless told."),
            OpenApiParameter("task", str, description="Of this task only."),
        ],
        responses=JobsSerializer,
    )
    def get(self, request: Request) -> Response:
        user = require_staff(request, VIEW)
        status = request.query_params.get("status", "failed")
        if status not in jobs.STATUSES:
            raise InvalidInput(f"`status` is one of {', '.join(jobs.STATUSES)}.")
        found = jobs.jobs(status=status, task=request.query_params.get("task", "")[:128].replace("\0", ""))
        return Response(JobsSerializer({"tasks": jobs.tasks(), "jobs": found, "can_retry": user.has_perm(RETRY)}).data)


class Retry(APIView):
    @extend_schema(
        operation_id="retry_job",
        tags=["operator"],
        summary="Have a failed job done again",
        parameters=[KEY],
        request=None,
        responses=RetriedSerializer,
    )
    @idempotent
    def post(self, request: Request, number: int) -> Response:
        return Response({"status": jobs.retry(id=number, by=require_staff(request, RETRY))})
