"""What is known of the chain: our contracts, and their events with the blocks that carry them."""

from django.db import models
from django.db.models import Q

from arena import clock
from arena.append_only import AppendOnly


class Deployment(AppendOnly):
    """One contract of ours on one chain; the newest of a name is the one in use."""

    chain_id = models.BigIntegerField()
    name = models.CharField(max_length=20, help_text="stablecoin, credits, log or timelock")
    address = models.CharField(max_length=42, help_text="EIP-55 checksummed.")
    transaction = models.CharField(max_length=66, blank=True, help_text="What deployed it; empty for a contract that was there before.")
    block = models.BigIntegerField(help_text="From which block on its events are read.")
    code_hash = models.CharField(max_length=66, help_text="keccak256 of the code that stands at the address.")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain_id", "name", "address"], name="deployment_once")]


class Block(models.Model):
    """A block that may still be replaced, or the newest one that may not."""

    chain_id = models.BigIntegerField()
    number = models.BigIntegerField()
    hash = models.CharField(max_length=66)
    parent = models.CharField(max_length=66)
    time = models.DateTimeField()
    canonical = models.BooleanField(default=True)
    final = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["chain_id", "hash"], name="block_once"),
            models.UniqueConstraint(fields=["chain_id", "number"], condition=Q(canonical=True), name="block_canonical_once"),
        ]


class Event(models.Model):
    """One event of one of our contracts. Effects on balances are counted when it is final, and only while it is canonical."""

    chain_id = models.BigIntegerField()
    contract = models.CharField(max_length=42)
    name = models.CharField(max_length=40)
    args = models.JSONField(help_text="By name; whole numbers as decimal strings, bytes as 0x hex, addresses checksummed.")
    block_number = models.BigIntegerField()
    block_hash = models.CharField(max_length=66)
    transaction = models.CharField(max_length=66)
    log_index = models.IntegerField()
    time = models.DateTimeField()
    canonical = models.BooleanField(default=True)
    final = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain_id", "block_hash", "log_index"], name="event_once")]
        indexes = [models.Index(fields=["chain_id", "contract", "name", "block_number"], name="event_by_name")]


class Followed(models.Model):
    """How far the events of one contract were read."""

    chain_id = models.BigIntegerField()
    contract = models.CharField(max_length=42)
    read_to = models.BigIntegerField(help_text="The last block up to which its final events are all there.")
    unfinal = models.BooleanField(default=False, help_text="Whether its events of all blocks that are kept are there too.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain_id", "contract"], name="followed_once")]
