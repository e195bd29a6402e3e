"""A small OpenID Connect provider on loopback: discovery, authorization code with PKCE, token, userinfo and keys, signed with RS256.

It asks nobody anything: whoever comes to `authorize` is `person`. What it gets wrong on purpose is in `faults`.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

CLIENT, SECRET = "arena-under-test", "a secret: with colon"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ADA = {"sub": "248289761001", "email": "ada@example.org", "email_verified": True, "name": "Ada"}


def _base64(raw: bytes) -> str:
    """As JSON Web Signatures have it (RFC 7515): safe in addresses, without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass(slots=True)
class Provider:
    """`codes` were given out and not used; `asked` are the requests it got, in order."""

    issuer: str
    person: dict[str, Any] = field(default_factory=lambda: dict(ADA))
    claims: dict[str, Any] = field(default_factory=dict)
    faults: set[str] = field(default_factory=set)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)

    def discovery(self) -> dict[str, Any]:
        if "tells nothing" in self.faults:
            return {}
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": "http://169.254.169.254/token" if "leads inside" in self.faults else f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/keys",
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            "code_challenge_methods_supported": ["S256"],
        }

    def authorize(self, query: dict[str, str]) -> str:
        """Where the browser is sent: back, with a code or a refusal."""
        if "declines" in self.faults:
            return f"{query['redirect_uri']}?{urlencode({'error': 'access_denied', 'state': query['state']})}"
        code = secrets.token_urlsafe(16)
        self.codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def token(self, form: dict[str, str]) -> dict[str, Any] | None:
        """The tokens for a code, once, to the client that asked for it and knows the verifier; None for anybody else."""
        given = self.codes.pop(form.get("code", ""), None)
        if given is None or (form.get("client_id"), form.get("client_secret")) != (CLIENT, SECRET):
            return None
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if _base64(digest) != given["code_challenge"] or form["redirect_uri"] != given["redirect_uri"]:
            return None
        access = secrets.token_urlsafe(16)
        self.tokens.add(access)
        return {"access_token": access, "token_type": "Bearer", "expires_in": 300, "id_token": self.id_token()}

    def id_token(self) -> str:
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, **self.person, **self.claims}
        signed = ".".join(_base64(json.dumps(part).encode()) for part in ({"alg": "RS256", "kid": "one", "typ": "JWT"}, claims))
        return f"{signed}.{_base64(KEY.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"

    def keys(self) -> dict[str, Any]:
        public = KEY.public_key().public_numbers()
        n, e = (_base64(number.to_bytes((number.bit_length() + 7) // 8)) for number in (public.n, public.e))
        return {"keys": [{"kty": "RSA", "n": n, "e": e, "kid": "one", "alg": "RS256", "use": "sig"}]}


class _Handler(BaseHTTPRequestHandler):
    provider: Provider

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.provider.asked.append(parts.path)
        if parts.path == "/authorize":
            self.send_response(302)
            self.send_header("Location", self.provider.authorize({name: values[0] for name, values in parse_qs(parts.query).items()}))
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif parts.path == "/userinfo" and self.headers.get("Authorization", "").removeprefix("Bearer ") not in self.provider.tokens:
            self._tell(401, {"error": "invalid_token"})
        else:
            known: dict[str, Callable[[], dict[str, Any]]] = {
                "/.well-known/openid-configuration": self.provider.discovery,
                "/keys": self.provider.keys,
                "/userinfo": lambda: self.provider.person,
            }
            found = known[parts.path]() if parts.path in known else None
            self._tell(404 if found is None else 200, found or {})

    def do_POST(self) -> None:
        self.provider.asked.append(self.path)
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        tokens = self.provider.token({name: values[0] for name, values in form.items()})
        if "is broken" in self.provider.faults:
            self._tell(500, {})
        else:
            self._tell(200, tokens) if tokens else self._tell(400, {"error": "invalid_grant"})

    def _tell(self, status: int, value: dict[str, Any]) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads it."""


@contextmanager
def serving() -> Iterator[Provider]:
    """A provider at work, for as long as the block lasts."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    provider = Provider(f"http://127.0.0.1:{server.server_address[1]}")
    server.RequestHandlerClass = type("Handler", (_Handler,), {"provider": provider})
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
