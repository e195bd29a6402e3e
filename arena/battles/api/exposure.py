"""Who meets whom: the rule in force, and what it has led to."""

from typing import Any

from django.core.cache import cache
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from arena import clock
from arena.battles import policies, queries

CACHE_SECONDS = 60


class PairingSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    version = serializers.CharField(help_text="As the battles that it draws carry it: the rule, its uniform share, its bounds.")
    uniform_share = serializers.FloatField(help_text="Of the draws.")
    contender_floor = serializers.FloatField(help_text="A contender's share of all sides, at least.")
    contender_cap = serializers.FloatField()
    vendor_floor = serializers.FloatField()
    vendor_cap = serializers.FloatField()


class ContenderShareSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.CharField()
    vendor = serializers.CharField()
    sides = serializers.IntegerField()
    share = serializers.CharField(help_text="Of all sides, with six decimals.")


class VendorShareSerializer(serializers.Serializer[Any]):
    vendor = serializers.CharField()
    sides = serializers.IntegerField()
    share = serializers.CharField(help_text="Of all sides, with six decimals.")


class ExposureSerializer(serializers.Serializer[Any]):
    pairing = PairingSerializer()
    days = serializers.IntegerField()
    sides = serializers.IntegerField(help_text="Of the battles that were voted on in these days.")
    contenders = ContenderShareSerializer(many=True)
    vendors = VendorShareSerializer(many=True)


class Exposure(APIView):
    @extend_schema(
        operation_id="exposure",
        tags=["arena"],
        summary="Who meets whom: the rule in force, and each contender's and vendor's share of the last 30 days' battles",
        description="Counted from votes, so that nothing is told of a battle before its vote. At most a minute old.",
        responses=ExposureSerializer,
    )
    def get(self, request: Request) -> Response:
        rule = queries.pairing_policy()
        bounds = {name: getattr(rule.bounds, name) for name in policies.COLUMNS[2:]}
        pairing = {"name": rule.name, "version": rule.label, "uniform_share": rule.uniform_share, **bounds}
        counted: Any = cache.get_or_set("exposure", lambda: policies.exposure(clock.now()), CACHE_SECONDS)
        return Response({"pairing": pairing, **counted}, headers={"Cache-Control": f"public, max-age={CACHE_SECONDS}"})
