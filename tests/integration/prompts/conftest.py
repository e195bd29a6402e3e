"""Every reply that a test here gets is held against the OpenAPI schema too."""

from tests.integration.http.conftest import _every_reply_keeps_the_contract

__all__ = ["_every_reply_keeps_the_contract"]
