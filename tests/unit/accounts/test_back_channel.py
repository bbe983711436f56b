"""Requests to a provider: bounded in time and size, certificates always checked, no redirect followed."""

from __future__ import annotations

import base64
import contextlib
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from eid.accounts.sign_in.back_channel import (
    MAX_ANSWER,
    Answer,
    BackChannel,
    ClientSecretBasic,
    ClientSecretPost,
    PrivateKeyJwt,
)
from eid.crypto.keys import SoftwareSigner
from eid.errors import AddressForbidden, InputError, SignInAnswerInvalid, SignInProviderUnavailable

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
Handler = Callable[[BaseHTTPRequestHandler, bytes], None]


class Server:
    def __init__(self) -> None:
        self.handler: Handler = lambda request, body: send(request, b"{}")
        self.seen: list[tuple[str, dict[str, str], bytes]] = []
        outer = self

        class Request(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                outer.seen.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    outer.handler(self, body)

            do_GET = do_POST

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Request)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def send(request: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: str) -> None:
    request.send_response(status)
    for name, value in headers.items():
        request.send_header(name.replace("_", "-"), value)
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)


@pytest.fixture
def server() -> Iterator[Server]:
    with contextlib.closing(Server()) as server:
        yield server


@pytest.fixture
def channel() -> Iterator[BackChannel]:
    with contextlib.closing(BackChannel(timeout=timedelta(seconds=5))) as channel:
        yield channel


def test_a_form_is_sent_and_the_answer_comes_whole(server: Server, channel: BackChannel) -> None:
    server.handler = lambda request, body: send(request, b'{"a":1}', 201)
    answer = channel.post(server.url + "/token", {"code": "a+b &", "x": "é"}, {"X-One": "1"})
    assert (answer.status, answer.json_object()) == (201, {"a": 1})
    ((path, headers, body),) = server.seen
    assert path == "/token"
    assert parse_qs(body.decode()) == {"code": ["a+b &"], "x": ["é"]}
    assert headers["content-type"] == "application/x-www-form-urlencoded"
    assert (headers["accept-encoding"], headers["x-one"]) == ("identity", "1")
    assert "{" not in repr(answer)


def test_a_redirect_is_an_answer_and_nothing_is_sent_on(server: Server, channel: BackChannel) -> None:
    server.handler = lambda request, body: send(request, b"", 307, Location=server.url + "/elsewhere")
    assert channel.post(server.url + "/token", {"client_secret": "s"}, {}).status == 307
    assert [path for path, _, _ in server.seen] == ["/token"]


def test_no_cookie_is_taken_from_one_persons_answer_to_anothers_request(
    server: Server, channel: BackChannel
) -> None:
    server.handler = lambda request, body: send(request, b"{}", Set_Cookie="session=of-person-1; Path=/")
    channel.post(server.url + "/token", {"code": "1"}, {})
    channel.get(server.url + "/userinfo", {})
    channel.post(server.url + "/token", {"code": "2"}, {})
    assert len(server.seen) == 3
    assert all("cookie" not in headers for _, headers, _ in server.seen)


@pytest.mark.parametrize("size", [MAX_ANSWER, MAX_ANSWER + 1])
def test_an_answer_has_a_largest_size(server: Server, channel: BackChannel, size: int) -> None:
    server.handler = lambda request, body: send(request, b"x" * size)
    if size <= MAX_ANSWER:
        assert len(channel.get(server.url, {}).octets) == size
    else:
        with pytest.raises(SignInAnswerInvalid):
            channel.get(server.url, {})


def test_an_endless_answer_ends(server: Server, channel: BackChannel) -> None:
    def endless(request: BaseHTTPRequestHandler, body: bytes) -> None:
        request.send_response(200)
        request.send_header("Transfer-Encoding", "chunked")
        request.end_headers()
        for _ in range(10_000):
            request.wfile.write(b"400\r\n" + b"x" * 1024 + b"\r\n")

    server.handler = endless
    with pytest.raises(SignInAnswerInvalid):
        channel.get(server.url, {})


@pytest.mark.parametrize("part", ["headers", "body"])
def test_a_server_that_drips_is_given_up_in_time(server: Server, part: str) -> None:
    stop = threading.Event()

    def drip(request: BaseHTTPRequestHandler, body: bytes) -> None:
        if part == "body":
            request.send_response(200)
            request.send_header("Content-Length", "1000")
            request.end_headers()
        else:
            request.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not stop.wait(0.05):
            request.wfile.write(b"x")
            request.wfile.flush()

    server.handler = drip
    with contextlib.closing(BackChannel(timeout=timedelta(seconds=0.5))) as channel:
        with pytest.raises(SignInProviderUnavailable):  # each octet comes within the time for one
            channel.get(server.url, {})
        stop.set()
        time.sleep(0.2)


@pytest.mark.parametrize("url", ["http://example.com/", "ftp://example.com/", "file:///etc/passwd", ""])
def test_nothing_is_sent_in_clear_to_another_machine(channel: BackChannel, url: str) -> None:
    with pytest.raises(AddressForbidden):
        channel.post(url, {"client_secret": "s"}, {})


def test_a_context_that_does_not_check_certificates_is_refused() -> None:
    unchecked = ssl.create_default_context()
    unchecked.check_hostname = False
    with pytest.raises(InputError):
        BackChannel(tls=unchecked)
    unchecked.verify_mode = ssl.CERT_NONE
    with pytest.raises(InputError):
        BackChannel(tls=unchecked)
    BackChannel(tls=ssl.create_default_context())


def test_a_certificate_nobody_vouches_for_ends_the_connection(tmp_path: Any) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    (tmp_path / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (tmp_path / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    server = Server()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    server._server.socket = context.wrap_socket(server._server.socket, server_side=True)
    url = server.url.replace("http://127.0.0.1", "https://localhost")
    pinned = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
    with contextlib.closing(server):
        for tls, holds in ((None, False), (pinned, True)):
            with contextlib.closing(BackChannel(tls=tls)) as channel:
                if holds:
                    assert channel.get(url, {}).status == 200
                else:
                    with pytest.raises(SignInProviderUnavailable) as caught:
                        channel.get(url, {})
                    assert "localhost" not in str(caught.value)
    assert len(server.seen) == 1


def test_nobody_there_is_an_error_without_address(channel: BackChannel) -> None:
    with pytest.raises(SignInProviderUnavailable) as caught:
        channel.get("http://127.0.0.1:9/", {})
    assert caught.value.__cause__ is None
    assert "127.0.0.1" not in str(caught.value)


@pytest.mark.parametrize(
    "octets", [b"", b"[]", b'"x"', b"{", b'{"a":1,"a":2}', b'{"a":NaN}', b"\xff", b"{}" * 2]
)
def test_an_answer_that_is_no_json_object_is_refused(octets: bytes) -> None:
    with pytest.raises(SignInAnswerInvalid):
        Answer(200, octets).json_object()


# --- who asks ------------------------------------------------------------------------------------


def test_a_secret_goes_into_the_form() -> None:
    form: dict[str, str] = {}
    ClientSecretPost("s3cret").apply("me", form, {}, NOW)
    assert form == {"client_id": "me", "client_secret": "s3cret"}
    assert "s3cret" not in repr(ClientSecretPost("s3cret"))


def test_a_secret_goes_into_the_header_as_rfc_6749_2_3_1_says() -> None:
    headers: dict[str, str] = {}
    ClientSecretBasic("a:b c%é").apply("m:e", {}, headers, NOW)
    pair = base64.b64decode(headers["Authorization"].removeprefix("Basic ")).decode()
    assert pair == "m%3Ae:a%3Ab%20c%25%C3%A9"
    assert "a:b" not in repr(ClientSecretBasic("a:b"))


def test_a_signed_assertion_holds_for_an_independent_reader() -> None:
    signer = SoftwareSigner.generate("ES256", kid="client-key")
    forms: list[dict[str, str]] = [{}, {}]
    for form in forms:
        PrivateKeyJwt(signer, "https://op.example").apply("me", form, {}, NOW)
    assertion = forms[0]["client_assertion"]
    token = jwt.decode(assertion, ECKey.import_key(signer.key.to_jwk()), algorithms=["ES256"])
    issued = int(NOW.timestamp())
    assert token.header["kid"] == "client-key"
    assert {name: token.claims[name] for name in ("iss", "sub", "aud", "iat", "exp")} == {
        "iss": "me", "sub": "me", "aud": "https://op.example", "iat": issued, "exp": issued + 60,
    }  # fmt: skip
    assert forms[0]["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    assert forms[1]["client_assertion"] != assertion  # another jti each time
