from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, x25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from eid import __version__
from eid.chip.access import Can
from eid.chip.reading import read
from eid.crypto.key_files import load_signer
from eid.simulator.chip import Chip
from eid.simulator.timestamps import TestTimestampAuthority
from eid.tokens.record import make_record
from eid.trust.anchors import TrustStore
from eid.trust.certificates import Certificate
from eid.verification import HolderMatch, Policy, StatusAnswer
from eid.vietnam.profile import CITIZEN_CARD

CHALLENGE = "0123456789abcdef"
SECRETS = ("001099012349", "Ánh", "NGUYEN", "1999-07-04")


@pytest.fixture
def key(run, tmp_path: Path) -> Path:
    path = tmp_path / "archive.pem"
    assert run("key", "new", "--out", path, "--kid", "archive-2026").code == 0
    return path


@pytest.fixture
def signer(run, key: Path, tmp_path: Path) -> Path:
    path = tmp_path / "signer.jwks"
    assert run("key", "jwks", key, "--out", path).code == 0
    return path


@pytest.fixture
def record(run, evidence_file: Path, anchor: Path, key: Path, tmp_path: Path) -> Path:
    path = tmp_path / "check.eidrec"
    done = run("record", "make", evidence_file, "--trust", anchor, "--challenge", CHALLENGE, "--key", key,
               "--out", path, "--rules", "rules 7", "--reference", "case=A-17")  # fmt: skip
    assert done.code == 0, done.err
    return path


def key_files(folder: Path, private: Any, passphrase: bytes | None = None) -> tuple[Path, Path]:
    """A key pair as ``openssl genpkey`` writes it."""
    protection = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    paths = folder / "opener.pem", folder / "opener.pub"
    paths[0].write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, protection))
    paths[0].chmod(0o600)
    paths[1].write_bytes(private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return paths


# --- make and check ------------------------------------------------------------------------------


def test_a_record_gives_the_report_of_eid_verify_from_the_file_alone(
    run, evidence_file, anchor, record, signer
) -> None:
    moment = run("record", "check", record, "--signer", signer, "--json").json["verified_for"]
    asked = run("verify", evidence_file, "--trust", anchor, "--challenge", CHALLENGE, "--at", moment,
                "--json", "--show-person")  # fmt: skip
    evidence_file.unlink()
    anchor.unlink()
    checked = run("record", "check", record, "--signer", signer, "--json", "--show-person")
    assert (asked.code, checked.code) == (0, 0)
    assert checked.json["report"] == asked.json
    assert checked.json["report"]["person"]["number"] == "001099012349"


def test_the_document_says_who_when_and_on_whose_word(run, record, signer, key) -> None:
    found = run("record", "check", record, "--signer", signer, "--json").json
    assert (found["same"], found["code"], found["differences"]) == (True, None, [])
    assert found["signed_by"] == {
        "kid": "archive-2026", "alg": "ES256", "thumbprint": load_signer(key).key.thumbprint(),
    }  # fmt: skip
    assert found["rules"] == "rules 7"
    assert found["references"] == {"case": "A-17"}
    assert found["library"] == {"then": __version__, "now": __version__}
    assert (found["profile"], found["policy"]) == ("vietnam", "stored")
    assert (found["timestamp"], found["timestamp_unchecked"], found["on_makers_word"]) == (None, False, [])
    assert len(found["report_sha256"]) == 64
    made = dt.datetime.fromisoformat(found["made_at"])
    assert abs(made - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=5)
    assert found["report"]["verdict"] == "PASSED"


def test_making_tells_the_report_and_the_hash_of_the_file(run, evidence_file, anchor, key, tmp_path) -> None:
    target = tmp_path / "a.eidrec"
    done = run("record", "make", evidence_file, "--trust", anchor, "--key", key, "--out", target, "--json")
    assert done.code == 0
    assert done.json["sha256"] == hashlib.sha256(target.read_bytes()).hexdigest()
    assert done.json["encrypted"] is False
    assert done.json["report"]["person"] == {"number": "0010******49"}
    assert target.stat().st_mode & 0o077 == 0


def test_people_read_it_in_two_languages_and_nobody_reads_the_person(run, record, signer) -> None:
    for language, words in (("en", "is the one in the record"), ("vi", "giống báo cáo trong hồ sơ")):
        done = run("record", "check", record, "--signer", signer, "--lang", language)
        assert done.code == 0
        assert words in done.out
        assert "archive-2026 (ES256)" in done.out
        assert "case=A-17" in done.out
        assert not [secret for secret in SECRETS if secret in done.out + done.err]
    assert "001099012349" in run("record", "check", record, "--signer", signer, "--show-person").out


def test_the_verdict_is_the_exit_code_and_the_record_is_written_each_time(
    run, evidence_file, anchor, key, signer, tmp_path
) -> None:
    cases = (
        (3, ()),
        (1, ("--trust", anchor, "--challenge", "00" * 8)),
        (1, ("--trust", anchor, "--at", "2041-01-01")),
        (3, ("--trust", anchor, "--require", "still_valid")),
    )
    for number, (code, options) in enumerate(cases):
        target = tmp_path / f"{number}.eidrec"
        made = run("record", "make", evidence_file, "--key", key, "--out", target, *options)
        checked = run("record", "check", target, "--signer", signer)
        assert (made.code, checked.code) == (code, code), made.err + checked.err


def test_a_revocation_list_stays_in_the_record(run, folder, sample, key, signer, tmp_path) -> None:
    from eid.simulator.issuer import TestIssuer

    issuer = TestIssuer.create("ecdsa-secp256r1-sha256", country="VN")
    groups = {
        name: octets for name, octets in sample.files.items() if name.startswith("DG") and name != "DG3"
    }
    (folder / "EF.SOD").write_bytes(issuer.sign_sod(groups))
    (tmp_path / "csca.cer").write_bytes(issuer.csca_der)
    now = dt.datetime.now(dt.UTC)
    serial = Certificate.from_der(issuer.ds_der).serial
    crl = issuer.sign_crl({serial: "key_compromise"}, this_update=now, next_update=now + dt.timedelta(days=9))
    (tmp_path / "list.crl").write_bytes(crl)
    target = tmp_path / "revoked.eidrec"
    made = run("record", "make", folder, "--trust", tmp_path / "csca.cer", "--crl", tmp_path / "list.crl",
               "--key", key, "--out", target)  # fmt: skip
    assert made.code == 1
    assert "SIGNER_REVOKED" in made.out
    checked = run("record", "check", target, "--signer", signer, "--json")
    assert (checked.code, checked.json["same"]) == (1, True)
    assert crl in target.read_bytes()


# --- what does not hold --------------------------------------------------------------------------


def test_an_altered_record_ends_with_one_and_a_damaged_one_with_four(run, record, signer) -> None:
    octets = record.read_bytes()
    altered = octets.replace(b"rules 7", b"rules 8")
    assert altered != octets
    for changed, code, word in (
        (altered, 1, "RECORD_SIGNATURE"),
        (octets[:-1], 4, "RECORD_MALFORMED"),
        (octets + b"\0", 4, "RECORD_MALFORMED"),
        (b"", 4, "RECORD_MALFORMED"),
        (b"not a record", 4, "RECORD_MALFORMED"),
    ):
        record.write_bytes(changed)
        done = run("record", "check", record, "--signer", signer, "--json")
        assert (done.code, done.json["error"]["code"]) == (code, word)


def test_another_signer_is_not_the_one_asked_for(run, record, tmp_path) -> None:
    stranger = tmp_path / "stranger.pem"
    run("key", "new", "--out", stranger)
    run("key", "jwks", stranger, "--out", tmp_path / "stranger.jwks")
    done = run("record", "check", record, "--signer", tmp_path / "stranger.jwks")
    assert done.code == 1
    assert done.err.startswith("eid: RECORD_SIGNATURE")
    more = json.loads((tmp_path / "stranger.jwks").read_text())
    other = json.loads((tmp_path / "stranger.jwks").read_text())["keys"][0] | {"kid": "another"}
    (tmp_path / "two.jwks").write_text(json.dumps({"keys": [*more["keys"], other]}))
    unknown = run("record", "check", record, "--signer", tmp_path / "two.jwks")
    assert unknown.code == 3
    assert unknown.err.startswith("eid: RECORD_SIGNER_UNKNOWN")


def test_the_signer_may_be_a_public_key_in_pem(run, record, key, tmp_path) -> None:
    pem = tmp_path / "signer.pub"
    public = load_signer(key).key.public
    pem.write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    assert run("record", "check", record, "--signer", pem).code == 0


def test_a_report_that_does_not_follow_ends_with_one_and_says_where(run, record, signer, key) -> None:
    from eid.crypto.cose import KID, TAGGED, TYP, parse_sign1, sign1
    from eid.tokens.record import RECORD_TYPE
    from eid.tokens.record.content import MAX_FILE

    message = parse_sign1(record.read_bytes(), wrappings=frozenset({TAGGED}), limit=MAX_FILE)
    assert message.payload is not None
    forged = message.payload.replace(b'"verdict":"PASSED"', b'"verdict":"FAILED"')
    forged = forged.replace("Nguyễn Đức Ánh".encode(), "Nguyễn Đức Ãnh".encode(), 1)
    assert forged != message.payload
    headers = {TYP: RECORD_TYPE, KID: b"archive-2026"}
    record.write_bytes(sign1(forged, load_signer(key), wrapping=TAGGED, protected=headers))
    done = run("record", "check", record, "--signer", signer, "--json")
    assert (done.code, done.json["same"], done.json["code"]) == (1, False, "RECORD_REPORT_DIFFERS")
    assert {"path": "verdict", "then": "FAILED", "now": "PASSED"} in done.json["differences"]
    human = run("record", "check", record, "--signer", signer)
    assert human.code == 1
    assert "RECORD_REPORT_DIFFERS" in human.out
    assert '"FAILED" -> "PASSED"' in human.out
    assert not [secret for secret in SECRETS if secret in human.out + done.out]


# --- on the maker's word -------------------------------------------------------------------------


def test_what_rests_on_the_makers_word_is_named(run, sample, signer, key, tmp_path) -> None:
    """A record made in the reading process, with a comparison and a status: in no evidence file."""
    evidence = replace(read(Chip(sample), Can("012349"), profile=CITIZEN_CARD), active_authentication=None)
    now = dt.datetime.now(dt.UTC)
    made = make_record(
        evidence,
        trust=TrustStore.of([Certificate.from_der(sample.csca_der)]),
        policy=Policy.counter().requiring("holder", "still_valid"),
        profile=CITIZEN_CARD,
        now=now,
        signer=load_signer(key),
        made_at=now,
        rules="1",
        holder=HolderMatch(True, "matcher", "face", now),
        status=StatusAnswer("IN_FORCE", "own list", now),  # type: ignore[arg-type]
    )
    path = tmp_path / "live.eidrec"
    path.write_bytes(made.octets)
    found = run("record", "check", path, "--signer", signer, "--json")
    assert (found.code, found.json["on_makers_word"]) == (0, ["chip_genuine", "still_valid", "holder"])
    human = run("record", "check", path, "--signer", signer, "--lang", "en").out
    assert "Rests on the word of who made the record" in human
    assert "otherwise UNDECIDED TERMINAL_ONLY" in human
    assert "otherwise NOT CHECKED" in human


# --- trusted timestamps --------------------------------------------------------------------------


@pytest.fixture
def authority(tmp_path: Path) -> tuple[TestTimestampAuthority, Path]:
    made = TestTimestampAuthority.create(clock=lambda: dt.datetime.now(dt.UTC))
    root = tmp_path / "tsa-root.cer"
    root.write_bytes(made.root_der)
    return made, root


def test_a_record_is_stamped_in_two_steps(run, record, signer, authority, tmp_path) -> None:
    tsa, root = authority
    query, reply, stamped = (tmp_path / name for name in ("r.tsq", "r.tsr", "stamped.eidrec"))
    asked = run("record", "stamp", record, "--request", query)
    assert asked.code == 0
    assert "application/timestamp-query" in asked.err
    reply.write_bytes(tsa.respond(query.read_bytes()))
    done = run("record", "stamp", record, "--response", reply, "--tsa", root, "--out", stamped, "--json")
    assert done.code == 0, done.out
    assert done.json["timestamp"]["authority"].startswith("C=UT")
    checked = run("record", "check", stamped, "--signer", signer, "--tsa", root, "--json")
    assert checked.code == 0
    assert checked.json["timestamp"] == done.json["timestamp"]
    unchecked = run("record", "check", stamped, "--signer", signer)
    assert unchecked.code == 0
    assert "--tsa" in unchecked.out
    human = run("record", "check", stamped, "--signer", signer, "--tsa", root)
    assert "CN=Test document signer" in human.out


def test_timestamps_that_do_not_hold(run, record, signer, authority, anchor, tmp_path) -> None:
    tsa, root = authority
    missing = run("record", "check", record, "--signer", signer, "--tsa", root)
    assert (missing.code, missing.err.split(":")[1]) == (3, " TIMESTAMP_MISSING")
    reply = tmp_path / "r.tsr"
    reply.write_bytes(tsa.respond(_request_for(run, record, tmp_path)))
    options = ("record", "stamp", record, "--response", reply, "--out", tmp_path / "s.eidrec", "--json")
    untrusted = run(*options, "--tsa", anchor)
    assert (untrusted.code, untrusted.json["error"]["code"]) == (3, "TIMESTAMP_UNTRUSTED")
    from eid.trust.timestamps import request_timestamp

    reply.write_bytes(tsa.respond(request_timestamp(b"something else", nonce=None)))
    other = run(*options, "--tsa", root)
    assert (other.code, other.json["error"]["code"]) == (1, "TIMESTAMP_MISMATCH")
    reply.write_bytes(b"<html>")
    page = run(*options, "--tsa", root)
    assert (page.code, page.json["error"]["code"]) == (4, "TIMESTAMP_MALFORMED")
    assert not (tmp_path / "s.eidrec").exists()


def _request_for(run, record: Path, folder: Path) -> bytes:
    run("record", "stamp", record, "--request", folder / "asked.tsq")
    return (folder / "asked.tsq").read_bytes()


# --- encrypted -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["X25519", "P-256"])
def test_an_encrypted_record_needs_the_private_key(
    run, evidence_file, anchor, key, signer, tmp_path, kind
) -> None:
    private = (
        x25519.X25519PrivateKey.generate() if kind == "X25519" else ec.generate_private_key(ec.SECP256R1())
    )
    opener, public = key_files(tmp_path, private)
    target = tmp_path / "sealed.eidrec"
    made = run("record", "make", evidence_file, "--trust", anchor, "--key", key, "--out", target,
               "--encrypt-to", public, "--json")  # fmt: skip
    assert (made.code, made.json["encrypted"]) == (0, True)
    assert b"NGUYEN" not in target.read_bytes()
    assert run("record", "check", target, "--signer", signer, "--key", opener).code == 0
    closed = run("record", "check", target, "--signer", signer, "--json")
    assert (closed.code, closed.json["error"]["code"]) == (4, "RECORD_SEALED")
    (tmp_path / "other").mkdir()
    stranger, _ = key_files(tmp_path / "other", x25519.X25519PrivateKey.generate())
    wrong = run("record", "check", target, "--signer", signer, "--key", stranger, "--json")
    assert (wrong.code, wrong.json["error"]["code"]) == (4, "RECORD_NOT_OPENED")
    stamp = run("record", "stamp", target, "--request", tmp_path / "x.tsq", "--json")
    assert (stamp.code, stamp.json["error"]["code"]) == (4, "RECORD_SEALED")


def test_an_encrypted_private_key_is_opened_with_its_passphrase(
    run, record, signer, authority, tmp_path
) -> None:
    tsa, root = authority
    opener, public = key_files(tmp_path, x25519.X25519PrivateKey.generate(), b"correct horse")
    reply, sealed = tmp_path / "r.tsr", tmp_path / "sealed.eidrec"
    reply.write_bytes(tsa.respond(_request_for(run, record, tmp_path)))
    done = run("record", "stamp", record, "--response", reply, "--tsa", root, "--out", sealed,
               "--encrypt-to", public)  # fmt: skip
    assert done.code == 0, done.err
    options = ("record", "check", sealed, "--signer", signer, "--tsa", root, "--key", opener)
    assert run(*options, "--passphrase", "-", stdin="correct horse\n").code == 0
    assert run(*options, "--passphrase", "-", stdin="wrong\n").code == 1
    assert run(*options).code == 1


def test_an_open_private_key_is_refused(run, record, signer, tmp_path) -> None:
    opener, _ = key_files(tmp_path, x25519.X25519PrivateKey.generate())
    opener.chmod(0o644)
    done = run("record", "check", record, "--signer", signer, "--key", opener)
    assert done.code == 4
    assert "KEY_FILE" in done.err


# --- usage ---------------------------------------------------------------------------------------


def test_a_record_is_not_overwritten_unless_asked(run, evidence_file, anchor, key, record) -> None:
    before = record.read_bytes()
    options = ("record", "make", evidence_file, "--trust", anchor, "--key", key, "--out", record)
    refused = run(*options)
    assert (refused.code, refused.err.split(":")[1]) == (4, " FILE_EXISTS")
    assert record.read_bytes() == before
    assert run(*options, "--force").code == 0
    assert record.read_bytes() != before


def test_wrong_usage_ends_with_two(run, evidence_file, anchor, key, record, tmp_path) -> None:
    target = tmp_path / "new.eidrec"
    make = ("record", "make", evidence_file, "--key", key, "--out", target)
    for arguments in (
        ("record",),
        ("record", "make", evidence_file, "--out", target),
        ("record", "make", evidence_file, "--key", key),
        (*make, "--reference", "case"),
        (*make, "--reference", "case=1", "--reference", "case=2"),
        (*make, "--challenge", "12"),
        (*make, "--at", "soon"),
        (*make, "--require", "everything"),
        (*make, "--passphrase", "secret"),
        ("record", "check", record),
        ("record", "stamp", record),
        ("record", "stamp", record, "--request", target, "--response", target),
        ("record", "stamp", record, "--response", target),
        ("record", "stamp", record, "--response", target, "--tsa", anchor),
    ):
        done = run(*arguments)
        assert done.code == 2, arguments
        assert "secret" not in done.err
    assert not target.exists()


def test_missing_files_and_personal_references_end_with_four(
    run, evidence_file, anchor, key, signer, tmp_path
) -> None:
    target = tmp_path / "new.eidrec"
    make = ("record", "make", evidence_file, "--key", key, "--out", target, "--trust", anchor)
    for arguments in (
        (*make, "--reference", "person=001099012349"),
        (*make, "--reference", "Case=1"),
        (*make, "--encrypt-to", tmp_path / "nowhere"),
        (*make, "--encrypt-to", anchor),
        ("record", "make", evidence_file, "--key", tmp_path / "nowhere", "--out", target),
        ("record", "make", tmp_path / "nowhere", "--key", key, "--out", target),
        ("record", "make", evidence_file, "--key", key, "--out", tmp_path / "no" / "folder"),
        ("record", "check", tmp_path / "nowhere", "--signer", signer),
        ("record", "check", evidence_file, "--signer", signer),
        ("record", "check", evidence_file, "--signer", tmp_path / "nowhere"),
        ("record", "stamp", tmp_path / "nowhere", "--request", tmp_path / "q"),
    ):
        done = run(*arguments)
        assert done.code == 4, (arguments, done.err)
        assert not [secret for secret in SECRETS if secret in done.err]
    assert not target.exists()
    assert not [each for each in tmp_path.iterdir() if each.name.startswith(".new")]
