"""What a request may say: the fields that are known, and nothing else."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request

from arena.http import idempotency

KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "pattern": f"^{idempotency.PATTERN}$"},
    OpenApiParameter.HEADER,
    description="8 to 80 visible ASCII characters; the same request with the same key is done once and answered alike.",
)


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses fields that it does not know: a misspelt one would otherwise be dropped in silence."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and (unknown := sorted(set(data) - set(self.fields))):
            raise serializers.ValidationError({str(name)[:80]: ["There is no such field."] for name in unknown})
        return super().to_internal_value(data)


class EmptyRequest(StrictSerializer):
    pass


def read(shape: type[StrictSerializer], request: Request, *, partial: bool = False) -> dict[str, Any]:
    """The request's fields, checked, or the given ones of them; raises a ValidationError that names each wrong one."""
    return checked(shape, request.data, partial=partial)


def asked(shape: type[StrictSerializer], request: Request) -> dict[str, Any]:
    """The same for what stands in the address behind the question mark."""
    return checked(shape, request.query_params.dict())


def checked(shape: type[StrictSerializer], data: Any, *, partial: bool = False) -> dict[str, Any]:
    fields = shape(data=data, partial=partial)
    fields.is_valid(raise_exception=True)
    return dict(fields.validated_data)
