"""A small OpenID Connect provider behind real HTTP. Its ID tokens are made by another implementation."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

CLIENT, SECRET, CALLBACK = "me", "s3:cret", "https://service.example/callback"
START = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


class Clock:
    now = START

    def __call__(self) -> datetime:
        return self.now


class Provider:
    """Answers as OpenID Connect Core says; ``claims``, ``userinfo`` and ``answer`` are changed by tests."""

    def __init__(self) -> None:
        self.key = ECKey.generate_key("P-256", {"kid": "op-1", "use": "sig", "alg": "ES256"})
        self.codes: dict[str, dict[str, str]] = {}
        self.tokens: set[str] = set()
        self.requests: list[tuple[str, dict[str, str], dict[str, list[str]]]] = []
        self.claims: dict[str, Any] = {"acr": "urn:op:high", "amr": ["pwd", "face"]}
        self.userinfo: dict[str, Any] = {"sub": "person-1", "name": "Nguyễn Đức Ánh"}
        self.header: dict[str, Any] = {"kid": "op-1", "alg": "ES256"}
        self.answer: Callable[[dict[str, Any]], tuple[int, bytes] | None] = lambda document: None
        self.clock = Clock()
        outer = self

        class Request(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = urlsplit(self.path).path
                headers = {name.lower(): value for name, value in self.headers.items()}
                outer.requests.append((path, headers, {}))
                if path == "/.well-known/openid-configuration":
                    self._send(200, outer.metadata())
                elif path == "/jwks":
                    self._send(200, KeySet([outer.key]).as_dict(private=False))
                elif path == "/userinfo":
                    known = headers.get("authorization", "").removeprefix("Bearer ") in outer.tokens
                    self._send(200 if known else 401, outer.userinfo if known else {})

            def do_POST(self) -> None:
                form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                headers = {name.lower(): value for name, value in self.headers.items()}
                outer.requests.append((self.path, headers, form))
                status, document = outer.token(form, headers)
                other = outer.answer(document)
                if other is None:
                    self._send(status, document)
                else:
                    self._octets(*other)

            def _send(self, status: int, document: object) -> None:
                self._octets(status, json.dumps(document).encode())

            def _octets(self, status: int, octets: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(octets)))
                self.end_headers()
                self.wfile.write(octets)

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Request)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.url, "authorization_endpoint": self.url + "/authorize", "token_endpoint": self.url + "/token",
            "userinfo_endpoint": self.url + "/userinfo", "jwks_uri": self.url + "/jwks",
            "response_types_supported": ["code"], "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
        }  # fmt: skip

    def authorise(self, url: str, **changes: str) -> str:
        """What a browser would bring back from *url*."""
        asked = dict(parse_qsl(urlsplit(url).query))
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return urlencode({"code": code, "state": asked["state"], "iss": self.url, **changes})

    def token(self, form: dict[str, list[str]], headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
        pair = base64.b64decode(headers.get("authorization", "").removeprefix("Basic ")).decode()
        if pair and tuple(map(unquote, pair.split(":"))) != (CLIENT, SECRET):
            return 401, {"error": "invalid_client"}
        if not pair and form.get("client_secret") != [SECRET]:
            return 401, {"error": "invalid_client"}
        asked = self.codes.pop(form["code"][0], None)
        challenge = hashlib.sha256(form["code_verifier"][0].encode()).digest()
        if (
            asked is None
            or base64.urlsafe_b64encode(challenge).decode().rstrip("=") != asked["code_challenge"]
        ):
            return 400, {"error": "invalid_grant"}
        access = secrets.token_urlsafe(16)
        self.tokens.add(access)
        issued = int(self.clock.now.timestamp())
        half = hashlib.sha256(access.encode()).digest()[:16]
        claims = {
            "iss": self.url, "sub": "person-1", "aud": CLIENT, "iat": issued, "exp": issued + 300,
            "nonce": asked["nonce"], "auth_time": issued - 60,
            "at_hash": base64.urlsafe_b64encode(half).decode().rstrip("="), **self.claims,
        }  # fmt: skip
        token = jwt.encode(
            self.header, {name: value for name, value in claims.items() if value is not None}, self.key
        )
        return 200, {"access_token": access, "token_type": "Bearer", "id_token": token, "expires_in": 60}
