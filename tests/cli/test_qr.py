"""``eid qr issue``, ``verify`` and ``pack``: what programs and people are told, and how it ends."""

from __future__ import annotations

import base64
import datetime as dt
import json
from pathlib import Path

import pytest

from eid.crypto.key_files import save_signer
from eid.crypto.keys import KeySet, SoftwareSigner
from eid.tokens.status.lists import Form, StatusList, sign_status_list

ISSUER = "https://id.example"
LIST = "https://id.example/status/1"
PERSON = {
    "id": "001099012349",
    "full_name": "Nguyễn Đức Ánh",
    "birth_date": "1999-07-04",
    "gender": 1,
    "nationality": "VNM",
}
NONCE = "00112233445566778899aabbccddeeff"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with keys, a person, and a status list in which entry 5 is revoked."""
    monkeypatch.chdir(tmp_path)
    for name, alg in (("issuer", "ES256"), ("maker", "Ed25519"), ("stranger", "ES256")):
        signer = SoftwareSigner.generate(alg, kid=f"{name}-1")
        save_signer(signer, tmp_path / f"{name}.key")
        (tmp_path / f"{name}.jwks").write_text(json.dumps(KeySet([signer.key]).to_jwks()))
        if name == "issuer":
            now = dt.datetime.now(dt.UTC)
            (tmp_path / "status.cwt").write_bytes(
                sign_status_list(
                    StatusList.of(64, bits=2, entries={5: 1}), signer, uri=LIST, issued_at=now,
                    expires_at=now + dt.timedelta(days=60), ttl=dt.timedelta(hours=1), form=Form.CWT,
                )
            )  # fmt: skip
    (tmp_path / "person.json").write_text(json.dumps(PERSON))
    return tmp_path


TRUSTED = ("--issuer", f"{ISSUER}=issuer.jwks")


def issued(run, *more: str, key: str = "issuer.key") -> str:
    done = run("qr", "issue", "person.json", "--key", key, "--issuer", ISSUER, *more)
    assert (done.code, done.err) == (0, "")
    return done.out.strip()


# --- issue ---------------------------------------------------------------------------------------


def test_issue_prints_the_text_for_the_renderer(run, desk) -> None:
    text = issued(run)
    assert set(text) <= set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")


def test_issue_for_programs_and_into_a_file(run, desk) -> None:
    done = run("qr", "issue", "-", "--key", "issuer.key", "--issuer", ISSUER, "--valid-for", "12h", "--out", "code.txt",
               "--account-level", "2", "--authentication-level", "3", "--json", stdin=json.dumps(PERSON))  # fmt: skip
    assert done.code == 0, done.out
    found = done.json
    assert (desk / "code.txt").read_text() == found["text"] + "\n"
    assert found["kind"] == "static"
    assert found["characters"] == len(found["text"])
    lives = dt.datetime.fromisoformat(found["expires_at"]) - dt.datetime.fromisoformat(found["issued_at"])
    assert lives == dt.timedelta(hours=12)
    shown = run("qr", "verify", found["text"], *TRUSTED, "--json").json["code"]
    assert shown["identifier"] == found["identifier"]
    assert (shown["account_level"], shown["authentication_level"]) == (2, 3)


def test_issue_with_a_photograph(run, desk) -> None:
    image = pytest.importorskip("PIL.Image")
    image.effect_noise((300, 400), 40).save(desk / "face.png")
    text = issued(run, "--photo", "face.png")
    found = run("qr", "verify", text, *TRUSTED, "--show-person", "--json").json
    assert 50 < found["person"]["photo_octets"] <= 600


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"birth_date": "04.07.1999"}, "USAGE"),
        ({"birth_date": 1999}, "USAGE"),
        ({"gender": 7}, "USAGE"),
        ({"gender": "male"}, "USAGE"),
        ({"fullname": "A"}, "USAGE"),
        ({"phone": "0900"}, "QR_CLAIM"),
        ({"full_name": 5}, "QR_CLAIM"),
        ({"nationality": "Việt Nam"}, "QR_CLAIM"),
    ],
)
def test_a_person_in_another_form_is_wrong_usage(run, desk, changes, problem) -> None:
    (desk / "person.json").write_text(json.dumps({**PERSON, **changes}))
    done = run("qr", "issue", "person.json", "--key", "issuer.key", "--issuer", ISSUER, "--json")
    assert (done.code, done.json["error"]["code"]) == (2, problem)
    assert "Nguy" not in done.out


@pytest.mark.parametrize(
    "more",
    [
        ("--valid-for", "5"),
        ("--valid-for", "-5d"),
        ("--nonce", "0011"),
        ("--nonce", "xyz"),
        ("--nonce", NONCE, "--valid-for", "61s"),
        ("--account-level", "3"),
        ("--authentication-level", "0"),
        ("--status", "https://id.example/status/1"),
        ("--status", "#5"),
        ("--status", "https://id.example/s#x"),
    ],
)
def test_options_of_another_form_are_wrong_usage(run, desk, more) -> None:
    done = run("qr", "issue", "person.json", "--key", "issuer.key", "--issuer", ISSUER, *more)
    assert done.code == 2
    assert done.out == ""


def test_keys_and_names_that_do_not_do(run, desk) -> None:
    assert run("qr", "issue", "person.json", "--key", "missing.key", "--issuer", ISSUER).code == 4
    assert run("qr", "issue", "missing.json", "--key", "issuer.key", "--issuer", ISSUER).code == 4
    assert run("qr", "issue", "person.json", "--key", "issuer.key", "--issuer", "Ministry").code == 2


# --- verify --------------------------------------------------------------------------------------


def test_verify_in_the_form_of_documents(run, desk) -> None:
    done = run("qr", "verify", issued(run), *TRUSTED, "--json")
    assert (done.code, done.err) == (0, "")
    found = done.json
    assert found["verdict"] == "PASSED"
    assert found["authentic"]["outcome"] == "PASSED"
    assert found["authentic"]["checks"][0]["facts"] == {"algorithm": "ES256", "key": "issuer-1"}
    assert found["still_valid"]["outcome"] == "PASSED"
    assert found["holder"] == {"outcome": "NOT_CHECKED", "code": None, "checks": []}
    assert found["person"] == {"number": "0010******49"}
    assert found["code"]["proven"] is True
    assert found["code"]["issuer"] == ISSUER
    assert "Nguy" not in done.out


def test_verify_shows_the_person_only_when_asked(run, desk) -> None:
    text = issued(run)
    found = run("qr", "verify", text, *TRUSTED, "--show-person", "--json").json
    assert found["person"] == {
        "number": "001099012349", "name": "Nguyễn Đức Ánh", "birth_date": "1999-07-04", "gender": "male",
        "nationality": "VNM",
    }  # fmt: skip
    plain = run("qr", "verify", text, *TRUSTED)
    assert "Nguyễn" not in plain.out
    assert "0010******49" in plain.out
    assert "Nguyễn Đức Ánh" in run("qr", "verify", text, *TRUSTED, "--show-person").out


def test_verify_speaks_vietnamese(run, desk) -> None:
    done = run("qr", "verify", issued(run), *TRUSTED, "--at", "2099-01-01", "--lang", "vi")
    assert done.code == 1
    assert "Mã QR đã hết hạn." in done.out
    assert "chữ ký của bên phát hành" in done.out


def test_a_scanner_may_type_the_code(run, desk) -> None:
    text = issued(run)
    for line in (text, text + "\n", text + "\r\n"):
        assert run("qr", "verify", "-", *TRUSTED, "--json", stdin=line).code == 0
    assert run("qr", "verify", "-", *TRUSTED, stdin="").code == 2


def test_exit_codes_of_verdicts(run, desk) -> None:
    good, forged = issued(run), issued(run, key="stranger.key")
    both = ("--issuer", f"{ISSUER}=both.jwks")
    keys = [json.loads((desk / f"{name}.jwks").read_text())["keys"][0] for name in ("issuer", "stranger")]
    keys[0]["kid"], keys[1]["kid"] = "other", "issuer-1"
    (desk / "both.jwks").write_text(json.dumps({"keys": keys}))
    for text, trusted, more, code, reason in (
        (good, TRUSTED, (), 0, None),
        (good, TRUSTED, ("--at", "2099-01-01"), 1, "QR_EXPIRED"),
        (good, TRUSTED, ("--at", "2001-01-01"), 1, "QR_NOT_YET_VALID"),
        (good, TRUSTED, ("--nonce", NONCE), 1, "QR_NOT_A_PRESENTATION"),
        (good, both, (), 1, "QR_SIGNATURE_INVALID"),
        (forged, TRUSTED, (), 3, "UNKNOWN_KEY"),
        (good, ("--issuer", "https://other.example=issuer.jwks"), (), 3, "QR_ISSUER_UNKNOWN"),
    ):
        done = run("qr", "verify", text, *trusted, *more, "--json")
        verdicts = [done.json[name]["code"] for name in ("authentic", "still_valid")]
        assert (done.code, reason in verdicts) == (code, True), reason
        if code == 3:
            assert done.json["code"]["proven"] is False


def test_a_presentation_from_end_to_end(run, desk) -> None:
    text = issued(run, "--nonce", NONCE)
    assert run("qr", "verify", text, *TRUSTED, "--nonce", NONCE.upper()).code == 0
    assert run("qr", "verify", text, *TRUSTED, "--nonce", NONCE[::-1]).code == 1
    assert run("qr", "verify", text, *TRUSTED).code == 3


def test_a_status_list_from_a_file(run, desk) -> None:
    listed = ("--list", f"{LIST}=status.cwt")
    good, revoked = issued(run, "--status", LIST + "#4"), issued(run, "--status", LIST + "#5")
    assert run("qr", "verify", good, *TRUSTED, *listed).code == 0
    assert run("qr", "verify", revoked, *TRUSTED, *listed).code == 1
    assert run("qr", "verify", good, *TRUSTED).code == 3
    unknown = run("qr", "verify", good, "--issuer", f"{ISSUER}=stranger.jwks", *listed, "--json")
    assert (unknown.code, unknown.json["error"]["code"]) == (3, "UNKNOWN_KEY")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("hello", "QR_TEXT"),
        ("HC1:HELLO", "QR_TEXT"),
        ("001099012349|012345678|A|04071999|Nam|B|10072022", "QR_TEXT"),
        ("", "QR_COMPRESSION"),
        ("Z6S96O TPGRN", "QR_COMPRESSION"),
        ("A" * 5000, "QR_TOO_LARGE"),
    ],
)
def test_what_is_no_signed_code_is_wrong_usage(run, desk, text, code) -> None:
    done = run("qr", "verify", text, *TRUSTED, "--json")
    assert (done.code, done.json["error"]["code"]) == (2, code)


@pytest.mark.parametrize(
    "more",
    [
        (),
        ("--issuer", "no-file"),
        ("--issuer", "=issuer.jwks"),
        ("--nonce", "12", *TRUSTED),
        ("--at", "soon", *TRUSTED),
        ("--pack", "pack.eidqr"),
        ("--pack-key", "maker.jwks"),
        ("--max-age", "week", *TRUSTED),
    ],
)
def test_verify_says_what_is_missing(run, desk, more) -> None:
    assert run("qr", "verify", issued(run), *more).code == 2


def test_corpus_vectors_through_the_command_line(run, desk, corpora) -> None:
    """One of each kind: encrypted codes are undecided, unsigned ones do not hold."""
    folder = corpora / "claim169" / "test-vectors"
    if not folder.is_dir():
        pytest.skip("the claim169 corpus is not here")
    trusted = ("--issuer", "https://mosip.example.org=issuer.jwks")
    for name, code in (("valid/minimal", 1), ("valid/encrypted-aes256", 3), ("invalid/not-cose", 2)):
        text = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))["qr_data"]
        assert run("qr", "verify", text, *trusted, "--json").code == code, name


# --- health certificates -------------------------------------------------------------------------


def test_health_certificates(run, desk, corpora) -> None:
    folder = corpora / "dgc_common" / "raw"
    if not folder.is_dir():
        pytest.skip("the dgc_common corpus is not here")
    (desk / "signers").mkdir()
    vectors = {}
    for name in ("CO28", "CO3", "CO5", "CO22", "CO10"):
        vectors[name] = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        (desk / "signers" / f"{name}.der").write_bytes(
            base64.b64decode(vectors[name]["TESTCTX"]["CERTIFICATE"])
        )
    for name, code in (("CO28", 0), ("CO3", 0), ("CO5", 1), ("CO22", 3), ("CO10", 1)):
        context = vectors[name]["TESTCTX"]
        done = run(
            "qr",
            "verify",
            vectors[name]["PREFIX"],
            "--health",
            "signers",
            "--at",
            context["VALIDATIONCLOCK"],
            "--json",
        )
        assert done.code == code, name
        assert done.json["person"] in (None, {"number": None})
    shown = run("qr", "verify", vectors["CO28"]["PREFIX"], "--health", "signers", "--at", "2021-05-21T13:00:00Z",
                "--show-person", "--json").json  # fmt: skip
    assert shown["code"]["kind"] == "vaccination"
    assert shown["code"]["issuer"] == "SE"
    assert shown["person"]["name"].endswith("Lövström")
    assert run("qr", "verify", vectors["CO28"]["PREFIX"], "--health", "signers").code == 1  # expired today
    assert run("qr", "verify", vectors["CO28"]["PREFIX"]).code == 3  # nobody is trusted
    assert run("qr", "verify", vectors["CO28"]["PREFIX"], "--health", "signers", "--nonce", NONCE).code == 2
    assert (
        "vaccination"
        in run("qr", "verify", vectors["CO28"]["PREFIX"], "--health", "signers", "--at", "2021-06-01").out
    )


# --- pack ----------------------------------------------------------------------------------------

PACK = ("--pack", "week.eidqr", "--pack-key", "maker.jwks")


def packed(run, *more: str) -> None:
    done = run(
        "qr",
        "pack",
        "--out",
        "week.eidqr",
        "--key",
        "maker.key",
        *TRUSTED,
        "--list",
        f"{LIST}=status.cwt",
        *more,
    )
    assert (done.code, done.err) == (0, "")


def test_one_signed_file_for_a_place_without_signal(run, desk) -> None:
    packed(run)
    good, revoked = issued(run, "--status", LIST + "#4"), issued(run, "--status", LIST + "#5")
    done = run("qr", "verify", good, *PACK, "--json")
    assert done.code == 0
    assert done.json["trust_age_seconds"] < 3600
    assert run("qr", "verify", revoked, *PACK).code == 1
    late = (dt.datetime.now(dt.UTC) + dt.timedelta(days=8)).isoformat()
    old = run("qr", "verify", good, *PACK, "--at", late, "--json")
    assert (old.code, old.json["authentic"]["code"]) == (3, "KEYS_TOO_OLD")
    assert run("qr", "verify", good, *PACK, "--at", late, "--max-age", "10d").code == 0


def test_pack_for_programs(run, desk) -> None:
    done = run(
        "qr",
        "pack",
        "--out",
        "week.eidqr",
        "--key",
        "maker.key",
        *TRUSTED,
        "--list",
        f"{LIST}=status.cwt",
        "--json",
    )
    size = (desk / "week.eidqr").stat().st_size
    assert done.json == {
        "out": "week.eidqr", "octets": size, "signed_by": "maker-1", "issuers": 1, "lists": 1, "health_signers": 0,
    }  # fmt: skip


def test_a_pack_of_somebody_else_or_altered(run, desk) -> None:
    packed(run)
    text = issued(run)
    stranger = run("qr", "verify", text, "--pack", "week.eidqr", "--pack-key", "stranger.jwks", "--json")
    assert (stranger.code, stranger.json["error"]["code"]) == (1, "QR_PACK_NOT_TRUSTED")
    octets = bytearray((desk / "week.eidqr").read_bytes())
    octets[-70] ^= 1
    (desk / "week.eidqr").write_bytes(octets)
    altered = run("qr", "verify", text, *PACK, "--json")
    assert (altered.code, altered.json["error"]["code"]) == (1, "QR_PACK_NOT_TRUSTED")
    (desk / "week.eidqr").write_bytes(b"no pack")
    assert run("qr", "verify", text, *PACK).code == 4


def test_pack_refuses_what_would_not_verify(run, desk) -> None:
    assert run("qr", "pack", "--out", "a", "--key", "maker.key").code == 4  # nothing in it
    done = run("qr", "pack", "--out", "a", "--key", "maker.key", "--issuer", f"{ISSUER}=stranger.jwks", "--list",
               f"{LIST}=status.cwt", "--json")  # fmt: skip
    assert (done.code, done.json["error"]["code"]) == (3, "UNKNOWN_KEY")
    other = run(
        "qr",
        "pack",
        "--out",
        "a",
        "--key",
        "maker.key",
        *TRUSTED,
        "--list",
        "https://id.example/2=status.cwt",
        "--json",
    )
    assert (other.code, other.json["error"]["code"]) == (1, "STATUS_LIST_SUBJECT")
    assert not (desk / "a").exists()


def test_pack_excludes_other_trust(run, desk) -> None:
    packed(run)
    assert run("qr", "verify", issued(run), *PACK, *TRUSTED).code == 2
