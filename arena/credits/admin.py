from django.contrib import admin

from arena.credits.models import Alarm, Approval, Attempt, Conversion, Epoch, Void
from arena.trail.admin import ReadOnly


@admin.register(Epoch)
class EpochAdmin(ReadOnly):
    list_display = ("number", "sealed_at", "accounts", "new_units", "cum_total", "root_hex", "sealed_by")
    list_select_related = ("sealed_by",)
    ordering = ("-number",)
    fields = (
        "number",
        "chain_id",
        "contract",
        "root_hex",
        "cum_total",
        "new_units",
        "accounts",
        "data_hex",
        "log_size",
        "sealed_by",
        "sealed_at",
    )

    @admin.display(description="Root")
    def root_hex(self, epoch: Epoch) -> str:
        return f"0x{bytes(epoch.root).hex()}"

    @admin.display(description="Data hash")
    def data_hex(self, epoch: Epoch) -> str:
        return f"0x{bytes(epoch.data_hash).hex()}"


@admin.register(Attempt)
class AttemptAdmin(ReadOnly):
    """Every transaction that was signed, the newest first."""

    list_display = ("purpose", "number", "signer", "nonce", "hash", "max_fee", "block", "outcome", "at")
    list_select_related = ("receipt",)
    search_fields = ("purpose", "hash")
    ordering = ("-at",)
    exclude = ("raw", "data")

    @admin.display(description="Block")
    def block(self, attempt: Attempt) -> int | None:
        return attempt.receipt.block_number if hasattr(attempt, "receipt") else None

    @admin.display(description="Outcome")
    def outcome(self, attempt: Attempt) -> str:
        if not hasattr(attempt, "receipt"):
            return "in no block"
        return ("done" if attempt.receipt.succeeded else "refused") + (", for good" if attempt.receipt.final else "")


@admin.register(Alarm)
class AlarmAdmin(ReadOnly):
    """What does not add up or does not go on; open ones have no time of closing."""

    list_display = ("code", "subject", "detail", "opened_at", "closed_at")
    list_filter = ("code", ("closed_at", admin.EmptyFieldListFilter))
    ordering = ("-opened_at",)


@admin.register(Approval)
class ApprovalAdmin(ReadOnly):
    list_display = ("epoch", "by", "at")
    list_select_related = ("epoch", "by")
    ordering = ("-at",)


@admin.register(Conversion)
class ConversionAdmin(ReadOnly):
    list_display = ("id", "at", "points", "units", "wallet", "owner", "voided")
    list_select_related = ("owner", "void")
    search_fields = ("id", "wallet")
    ordering = ("-at",)
    show_full_result_count = False

    @admin.display(description="Taken back")
    def voided(self, conversion: Conversion) -> str:
        return conversion.void.reason if hasattr(conversion, "void") else ""


@admin.register(Void)
class VoidAdmin(ReadOnly):
    list_display = ("conversion_id", "reason", "by", "at")
    list_select_related = ("by",)
    ordering = ("-at",)
