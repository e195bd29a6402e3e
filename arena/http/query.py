"""What stands behind the `?` of an address, read as strictly as a body."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request


def read_query(shape: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    """The query's fields, checked; raises a ValidationError that names each wrong or unknown one, or one that comes twice."""
    given = {name: request.query_params.getlist(name) for name in request.query_params}
    fields = shape(data={name: values[-1] for name, values in given.items()})
    unknown = {name[:80]: ["There is no such parameter."] for name in sorted(set(given) - set(fields.fields))}
    twice = {name[:80]: ["Give it once."] for name, values in given.items() if len(values) > 1}
    if unknown or twice:
        raise serializers.ValidationError({**twice, **unknown})
    fields.is_valid(raise_exception=True)
    return dict(fields.validated_data)
