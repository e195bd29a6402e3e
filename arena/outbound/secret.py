"""A string that does not show itself."""

import hmac
from typing import NoReturn


class Secret:
    """A key or token. Every way of printing it gives `***`; only `reveal()` gives the text. Falsy when empty."""

    __slots__ = ("_text",)

    def __init__(self, text: str = "") -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself. Call it as late as possible, and keep the result out of names that a traceback would show."""
        return self._text

    def within(self, template: str) -> "Secret":
        """A new secret with this one in place of `{}`: `key.within("Bearer {}")`."""
        return Secret(template.replace("{}", self._text))

    def __repr__(self) -> str:
        return "Secret(***)"

    def __str__(self) -> str:
        return "***"

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is not pickled")
