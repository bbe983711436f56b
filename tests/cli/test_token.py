"""``eid token``: from the counter that checks a card to the service that waits for it."""

from __future__ import annotations

import http.server
import json
import os
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest

from eid.chip.reading import utc_now
from eid.cli import tokens
from eid.crypto.key_files import load_signer
from eid.tokens.dpop import make_proof
from eid.tokens.issuing import Subject, TokenIssuer
from eid.tokens.profile import DEFAULT_TTL, MAX_TTL

ISSUER, AUDIENCE = "https://counter.example", "https://portal.example"
NUMBER = "001099012349"
CHALLENGE = "0123456789abcdef"


class Counter:
    """A counter that issues and a portal that verifies, with their files in one folder."""

    def __init__(self, run: Any, folder: Path) -> None:
        self.run, self.folder = run, folder
        self.nonce = secrets.token_urlsafe(8)
        for who in ("counter", "holder"):
            assert run("key", "new", "--out", folder / f"{who}.pem", "--kid", who).code == 0
            assert run("key", "jwks", folder / f"{who}.pem", "--out", folder / f"{who}.jwks").code == 0
        (folder / "pairwise").write_bytes(secrets.token_bytes(32))
        (folder / "pairwise").chmod(0o600)

    @property
    def store(self) -> str:
        return f"sqlite:///{self.folder / 'used.db'}"

    def issue(self, *about: object, stdin: str = "", subject: tuple[object, ...] | None = None) -> Any:
        named = ("--pairwise-secret", self.folder / "pairwise") if subject is None else subject
        return self.run(
            "token", "issue", "--key", self.folder / "counter.pem", "--issuer", ISSUER, "--audience", AUDIENCE,
            "--nonce", self.nonce, *named, *about, stdin=stdin,
        )  # fmt: skip

    def stated(self, *more: object, **options: Any) -> str:
        """A token about a number on the counter's word."""
        done = self.issue("--number", "-", *more, stdin=NUMBER + "\n", **options)
        assert done.code == 0, done.err
        return str(done.out.strip())

    def verify(
        self,
        token: str,
        *more: object,
        issuer: str = ISSUER,
        audience: str = AUDIENCE,
        nonce: str | None = None,
        keys: object = None,
        replay: tuple[object, ...] | None = None,
        stdin: str = "",
    ) -> Any:
        used = ("--replay", self.store) if replay is None else replay
        return self.run(
            "token", "verify", token, "--issuer", issuer, "--audience", audience, "--nonce", nonce or self.nonce,
            "--keys", keys or self.folder / "counter.jwks", *used, *more, stdin=stdin,
        )  # fmt: skip

    def signed(self, at: Callable[[], datetime] = utc_now, **options: Any) -> str:
        """A token made by the library, with what the command does not offer."""
        issuer = TokenIssuer(
            issuer=ISSUER,
            signer=load_signer(self.folder / "counter.pem"),
            pairwise_secret=bytes(32),
            clock=at,
        )
        return issuer.issue(
            Subject(NUMBER, at()),
            audience=AUDIENCE,
            nonce=self.nonce,
            account_level=None,
            authentication_level=None,
            **options,
        )


@pytest.fixture
def counter(run: Any, tmp_path: Path) -> Counter:
    return Counter(run, tmp_path)


# --- a card that was checked ---------------------------------------------------------------------


def test_a_checked_card_reaches_the_portal_once(counter: Counter, evidence_file: Path, anchor: Path) -> None:
    issued = counter.issue(
        "--evidence", evidence_file, "--trust", anchor, "--challenge", CHALLENGE, "--account-level", 2,
        "--authentication-level", 3, "--disclose", "name,birth_date", "--ttl", 120, "--json",
    )  # fmt: skip
    assert issued.code == 0, issued.out
    made = issued.json
    assert set(made) == {"token", "issuer", "audience", "key", "alg", "expires_at", "bound"}
    assert (made["key"], made["alg"], made["bound"]) == ("counter", "ES256", False)

    found = counter.verify(made["token"], "--json")
    assert found.code == 0, found.out
    said = found.json
    assert set(said) == {
        "verdict", "issuer", "audience", "subject", "subject_is_number", "account_level", "authentication_level",
        "verdicts", "issued_at", "expires_at", "auth_time", "amr", "evidence", "first_use", "holder_proven", "key_id",
        "trust_age_seconds", "stale", "fields",
    }  # fmt: skip
    assert (said["verdict"], said["issuer"], said["audience"]) == ("PASSED", ISSUER, AUDIENCE)
    assert (said["account_level"], said["authentication_level"]) == (2, 3)
    assert said["verdicts"]["authentic"] == said["verdicts"]["chip_genuine"] == "PASSED"
    assert (said["first_use"], said["holder_proven"], said["stale"], said["key_id"]) == (
        True, False, False, "counter",
    )  # fmt: skip
    assert said["fields"] == ["birth_date", "name"]
    assert said["expires_at"] == made["expires_at"]
    lived = datetime.fromisoformat(said["expires_at"]) - datetime.fromisoformat(said["issued_at"])
    assert lived == timedelta(seconds=120)
    assert said["trust_age_seconds"] >= 0
    assert len(said["evidence"]) == 1
    assert said["amr"] == ["sc"]

    again = counter.verify(made["token"], "--json")
    assert (again.code, again.json["error"]["code"]) == (1, "TOKEN_REPLAYED")


def test_the_person_shows_only_when_asked_for(counter: Counter, evidence_file: Path, anchor: Path) -> None:
    token = counter.issue(
        "--evidence", evidence_file, "--trust", anchor, "--disclose", "name", subject=("--with-number",)
    ).out.strip()
    look = ("--without-replay-check",)
    for extra in ((), ("--json",), ("--lang", "vi")):
        done = counter.verify(token, *extra, replay=look)
        assert done.code == 0
        assert "0010******49" in done.out
        assert NUMBER not in done.out + done.err
        assert "Ánh" not in done.out + done.err
    shown = counter.verify(token, "--json", "--show-person", replay=look).json
    assert (shown["subject"], shown["subject_is_number"]) == (NUMBER, True)
    assert shown["person"] == {"name": "Nguyễn Đức Ánh"}
    assert "Nguyễn Đức Ánh" in counter.verify(token, "--show-person", replay=look).out


def test_a_card_that_does_not_pass_gives_no_token(
    counter: Counter, evidence_file: Path, folder: Path, anchor: Path
) -> None:
    nobody_known = counter.issue("--evidence", evidence_file, "--json")
    assert (nobody_known.code, nobody_known.json["error"]["code"]) == (3, "NOT_PASSED")
    octets = bytearray((folder / "DG13").read_bytes())
    octets[-1] ^= 1
    (folder / "DG13").write_bytes(octets)
    altered = counter.issue("--evidence", folder, "--trust", anchor, "--json")
    assert (altered.code, altered.json["error"]["code"]) == (1, "NOT_PASSED")
    replayed = counter.issue("--evidence", evidence_file, "--trust", anchor, "--challenge", "00" * 8)
    assert (replayed.code, replayed.out) == (1, "")
    required = counter.issue("--evidence", evidence_file, "--trust", anchor, "--require", "still_valid")
    assert (required.code, required.out) == (3, "")


def test_a_document_without_a_number_names_nobody(counter: Counter, tmp_path: Path) -> None:
    from eid.simulator.personalise import personalise

    person = {
        "document_number": "T00000001", "birth_date": "1990-02-28", "sex": "F", "expiry_date": "2035-02-27",
        "surname": "MUSTER", "given_names": "VERA LINH",
    }  # fmt: skip
    card = personalise({"format": "eid-chip/1", "person": person, "signing": {"country": "UT"}})
    files = tmp_path / "passport"
    files.mkdir()
    for name, octets in card.files.items():
        (files / name).write_bytes(octets)
    (tmp_path / "root.der").write_bytes(card.csca_der)
    done = counter.issue("--evidence", files, "--trust", tmp_path / "root.der", "--json")
    assert (done.code, done.json["error"]["code"]) == (3, "NO_NUMBER")


def test_a_field_the_document_lacks_is_wrong_usage(
    counter: Counter, evidence_file: Path, anchor: Path
) -> None:
    for field in ("nickname", "portrait", "number", "religion"):
        done = counter.issue("--evidence", evidence_file, "--trust", anchor, "--disclose", field)
        assert (done.code, done.out) == (2, ""), field
        assert "--disclose" in done.err


# --- the counter's own word ----------------------------------------------------------------------


def test_one_person_has_one_pseudonym_for_each_service(counter: Counter) -> None:
    first, second = (jwt.decode(counter.stated(), options={"verify_signature": False}) for _ in range(2))
    assert first["sub"] == second["sub"]
    assert first["jti"] != second["jti"]
    assert NUMBER not in json.dumps(first)
    other = jwt.decode(
        counter.stated("--audience", "https://shop.example"), options={"verify_signature": False}
    )
    assert other["sub"] != first["sub"]


def test_number_and_passphrase_come_in_two_lines(counter: Counter) -> None:
    path = counter.folder / "locked.pem"
    assert counter.run("key", "new", "--out", path, "--passphrase", "-", stdin="a long sentence\n").code == 0
    options = ("--key", path, "--passphrase", "-", "--number", "-")
    assert counter.issue(*options, stdin=f"a long sentence\n{NUMBER}\n").code == 0
    wrong = counter.issue(*options, "--json", stdin=f"another sentence\n{NUMBER}\n")
    assert (wrong.code, wrong.json["error"]["code"]) == (1, "KEY_PASSPHRASE")


def test_secrets_are_not_taken_from_the_command_line(counter: Counter) -> None:
    for options in (("--number", NUMBER), ("--number", "-", "--passphrase", "sesame")):
        done = counter.issue(*options, stdin=NUMBER)
        assert (done.code, done.out) == (2, "")
        assert NUMBER not in done.err
        assert "sesame" not in done.err
    assert counter.issue("--number", "-").code == 2  # nothing given
    assert counter.issue("--number", "-", stdin="12345\n").code == 2


def test_a_pairwise_secret_that_others_can_read_is_refused(counter: Counter) -> None:
    path = counter.folder / "pairwise"
    path.chmod(0o640)
    exposed = counter.issue("--number", "-", "--json", stdin=NUMBER)
    assert (exposed.code, exposed.json["error"]["code"]) == (4, "KEY_FILE_EXPOSED")
    path.chmod(0o600)
    path.write_bytes(bytes(31))
    assert counter.issue("--number", "-", stdin=NUMBER).code == 4
    path.unlink()
    assert counter.issue("--number", "-", stdin=NUMBER).code == 4


@pytest.mark.parametrize(
    "options",
    [
        ("--number", "-", "--with-number"),
        ("--number", "-", "--ttl", "601"),
        ("--number", "-", "--ttl", "0"),
        ("--number", "-", "--account-level", "3"),
        ("--number", "-", "--authentication-level", "5"),
        ("--number", "-", "--nonce", ""),
        ("--number", "-", "--audience", "a\nb"),
        ("--number", "-", "--disclose", "name"),
        ("--number", "-", "--evidence", "card.eid"),
        (),
    ],
)
def test_a_wrong_order_is_wrong_usage(counter: Counter, options: tuple[str, ...]) -> None:
    done = counter.issue(*options, stdin=NUMBER)
    assert (done.code, done.out) == (2, "")


def test_limits_are_those_of_the_library() -> None:
    assert (DEFAULT_TTL.total_seconds(), MAX_TTL.total_seconds()) == (tokens._TTL, tokens._MAX_TTL)


# --- what does not hold --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"nonce": "another"}, "TOKEN_NONCE"),
        ({"audience": "https://shop.example"}, "TOKEN_AUDIENCE"),
        ({"issuer": "https://other.example"}, "TOKEN_ISSUER"),
    ],
)
def test_a_token_for_somebody_else_is_refused_and_stays_good(
    counter: Counter, options: dict[str, str], code: str
) -> None:
    token = counter.stated()
    done = counter.verify(token, "--json", **options)
    assert (done.code, done.json["error"]["code"]) == (1, code)
    for told in (AUDIENCE, ISSUER, counter.nonce, token):
        assert told not in done.out
    assert counter.verify(token).code == 0


def test_altered_and_old_tokens_are_refused(counter: Counter) -> None:
    token = counter.stated()
    head, payload, signature = token.split(".")
    forged = f"{head}.{payload}.{signature[:-2] + ('AA' if signature[-2:] != 'AA' else 'QQ')}"
    for text, code in (
        (forged, "TOKEN_SIGNATURE"),
        ("junk", "TOKEN_MALFORMED"),
        (counter.signed(at=lambda: datetime.now(UTC) - timedelta(hours=1)), "TOKEN_EXPIRED"),
    ):
        done = counter.verify(text, "--json")
        assert (done.code, done.json["error"]["code"]) == (1, code)


def test_an_unknown_key_is_undecided(counter: Counter) -> None:
    done = counter.verify(counter.stated(), "--json", keys=counter.folder / "holder.jwks")
    assert (done.code, done.json["error"]["code"]) == (3, "UNKNOWN_KEY")


def test_whether_it_was_used_must_be_asked_or_said_otherwise(counter: Counter) -> None:
    token = counter.stated()
    assert counter.verify(token, replay=()).code == 2
    assert counter.verify(token, "--without-replay-check").code == 2  # both
    for _ in range(2):
        done = counter.verify(token, "--json", replay=("--without-replay-check",))
        assert (done.code, done.json["first_use"]) == (0, False)
    assert "Nobody looked" in counter.verify(token, replay=("--without-replay-check",)).out


# --- the holder's key ----------------------------------------------------------------------------


def test_a_bound_token_needs_the_proof_of_its_holder(counter: Counter) -> None:
    token = counter.stated("--confirm", counter.folder / "holder.jwks")
    bare = counter.verify(token, "--json")
    assert (bare.code, bare.json["error"]["code"]) == (1, "PROOF_MISSING")
    taken = counter.verify(
        token, "--without-proof-of-possession", "--json", replay=("--without-replay-check",)
    )
    assert (taken.code, taken.json["holder_proven"]) == (0, False)

    url, proof = "https://portal.example/login", counter.folder / "proof"
    sent = ("--proof", proof, "--method", "POST", "--url", url)
    for who, code in (("counter", 1), ("holder", 0)):
        signer = load_signer(counter.folder / f"{who}.pem")
        made = make_proof(signer, signer.key, method="POST", url=url, token=token, nonce=None, now=utc_now())
        proof.write_text(made + "\n", encoding="ascii")
        done = counter.verify(token, "--json", *sent)
        assert done.code == code, done.out
    assert done.json["holder_proven"] is True
    assert counter.verify(token, *sent[:4]).code == 2
    assert counter.verify(token, "--proof", proof, "--method", "POST", "--url", "portal").code == 2
    assert counter.verify(counter.stated(), *sent[2:], "--proof", counter.folder / "nowhere").code == 4
    assert counter.stated("--confirm", counter.folder / "holder.jwks", "--ttl", 1)
    both = counter.folder / "both.jwks"
    counter.run("key", "jwks", counter.folder / "holder.pem", counter.folder / "counter.pem", "--out", both)
    assert counter.issue("--number", "-", "--confirm", both, stdin=NUMBER).code == 2


# --- stores and keys from elsewhere --------------------------------------------------------------


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize(
    ("port", "url"),
    [
        (5432, "postgresql://postgres@127.0.0.1:5432/postgres"),
        (6379, "redis://127.0.0.1:6379/0"),
    ],
    ids=["postgresql", "redis"],
)
def test_used_tokens_are_kept_on_a_server(counter: Counter, port: int, url: str) -> None:
    if not _listens(port):
        pytest.skip(f"nothing listens on port {port}")
    token = counter.stated()
    first = counter.verify(token, "--json", replay=("--replay", url))
    if first.code == 4:
        pytest.skip("the server lets nobody in")
    assert first.code == 0, first.out
    again = counter.verify("-", "--json", replay=("--replay", "-"), stdin=f"{url}\n{token}\n")
    assert (again.code, again.json["error"]["code"]) == (1, "TOKEN_REPLAYED")


def test_a_token_comes_through_a_pipe(counter: Counter) -> None:
    assert counter.verify("-", stdin=counter.stated() + "\n").code == 0
    assert counter.verify("-", stdin="").code == 2
    assert counter.verify("-", stdin="x" * 20_000).code == 1


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////nowhere/at/all/used.db",
        "postgresql://postgres:sesame@127.0.0.1:1/postgres",
        "redis://:sesame@127.0.0.1:1/0",
    ],
)
def test_a_store_that_cannot_be_asked_accepts_nothing(counter: Counter, url: str) -> None:
    done = counter.verify(counter.stated(), "--json", replay=("--replay", url))
    assert (done.code, done.json["error"]["code"]) == (4, "REPLAY_STORE_UNAVAILABLE")
    assert "sesame" not in done.out + done.err


@pytest.mark.parametrize("url", ["used.db", "mysql://host/name", "sqlite://", "redis://host:port/x", ""])
def test_an_address_that_is_none_is_wrong_usage(counter: Counter, url: str) -> None:
    assert counter.verify("junk", replay=("--replay", url)).code == 2


def test_keys_that_cannot_be_read_end_with_4(counter: Counter) -> None:
    token = counter.stated()
    (counter.folder / "broken").write_text("{", encoding="ascii")
    for keys in ("nowhere", "broken"):
        assert counter.verify(token, keys=counter.folder / keys).code == 4
    assert counter.issue("--number", "-", "--key", counter.folder / "nowhere", stdin=NUMBER).code == 4


@pytest.fixture
def published(counter: Counter) -> Iterator[str]:
    """The counter's keys at an address."""
    octets = (counter.folder / "counter.jwks").read_bytes()

    class Keys(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/jwk-set+json")
            self.send_header("Content-Length", str(len(octets)))
            self.end_headers()
            self.wfile.write(octets)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Keys) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/jwks.json"
        server.shutdown()
        thread.join()


def test_keys_come_from_the_issuers_server(counter: Counter, published: str) -> None:
    pytest.importorskip("httpx", reason="needs the extra web")
    done = counter.verify(counter.stated(), "--json", keys=published)
    assert done.code == 0, done.out
    assert done.json["trust_age_seconds"] in range(60)
    down = counter.verify(counter.stated(), "--json", keys="http://127.0.0.1:1/jwks.json")
    assert (down.code, down.json["error"]["code"]) == (3, "KEYS_UNAVAILABLE")


# --- languages -----------------------------------------------------------------------------------


def test_people_are_told_in_their_language(counter: Counter) -> None:
    token = counter.stated("--account-level", 1)
    look = ("--without-replay-check",)
    english, vietnamese = (counter.verify(token, "--lang", lang, replay=look).out for lang in ("en", "vi"))
    assert "The token holds." in english
    assert "authentication level" in english
    assert "not stated" in english
    assert "Token hợp lệ." in vietnamese
    assert "mức độ tài khoản" in vietnamese
    done = counter.issue("--number", "-", "--disclose", "name", "--lang", "vi", stdin=NUMBER)
    assert "chỉ dùng với --evidence" in done.err


def test_the_token_of_a_terminal_can_be_piped(counter: Counter) -> None:
    token = counter.stated()
    assert token.count(".") == 2
    assert jwt.get_unverified_header(token)["typ"] == "eid+jwt"
    assert os.listdir(counter.folder).count("used.db") == 0  # issuing keeps nothing
