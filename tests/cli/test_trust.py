"""``eid trust``: what programs and people are told, and how it ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from eid.encoding import der
from eid.encoding.tlv import parse
from eid.simulator.issuer import TestIssuer
from eid.simulator.lists import (
    deviation,
    list_signer,
    sign_deviation_list,
    sign_master_list,
    write_ldif,
)
from eid.simulator.personalise import Personalisation
from eid.trust import storage
from eid.trust.certificates import Certificate
from eid.trust.deviation_list import DEVIATION_LIST_SIGNER

ALGORITHM = "ecdsa-secp256r1-sha256"
HOME = TestIssuer.create(ALGORITHM, country="UT")
FOREIGN = TestIssuer.create(ALGORITHM, country="XA")
ALTERED = FOREIGN.csca_der[:-1] + bytes([FOREIGN.csca_der[-1] ^ 1])
SIGNER = list_signer(HOME)
SIGNED = datetime(2026, 1, 1, tzinfo=UTC)
CRL = HOME.sign_crl({5: None}, this_update=SIGNED, next_update=SIGNED + timedelta(days=90), number=3)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    good = sign_master_list(SIGNER, [HOME.csca_der, FOREIGN.csca_der], signing_time=SIGNED)
    contents = {
        "home.der": HOME.csca_der,
        "ds.der": HOME.ds_der,
        "list.ml": good,
        "forged.ml": good.replace(FOREIGN.csca_der, ALTERED),
        "list.ldif": write_ldif([("pkdMasterListContent", good), ("userCertificate;binary", FOREIGN.ds_der)]),
        "home.crl": CRL,
        "junk.txt": b"nothing of the kind",
        "bad.der": HOME.csca_der[:-1],
    }
    for name, octets in contents.items():
        (folder / name).write_bytes(octets)
    return folder


# --- check ---------------------------------------------------------------------------------------


def test_check_counts_and_names_everything(run, files) -> None:
    for name in ("forged.ml", "bad.der"):
        (files / name).unlink()
    done = run("trust", "check", files, "--anchor", files / "home.der", "--at", "2026-02-01", "--json")
    assert (done.code, done.err) == (0, "")
    found = done.json
    assert {name: found[name] for name in ("certificates", "keys_usable", "signatures_ok", "self_signed", "links")} == {
        "certificates": 4, "keys_usable": 4, "signatures_ok": 4, "self_signed": 2, "links": 0,
    }  # fmt: skip
    assert found["passed_over"] == [str(files / "junk.txt")]
    lists = {each["path"]: (each["kind"], each["outcome"], each["signature"]) for each in found["lists"]}
    assert lists == {
        str(files / "list.ldif"): ("LDIF", None, None),
        f"{files / 'list.ldif'}:5": ("MASTER_LIST", "VERIFIED", "VALID"),
        str(files / "list.ml"): ("MASTER_LIST", "VERIFIED", "VALID"),
    }
    (crl,) = found["crls"]
    assert (crl["signature"], crl["revoked"], crl["number"], crl["stale"]) == ("VALID", 1, 3, False)


def test_check_over_the_awkward_public_certificates(run, corpora) -> None:
    done = run("trust", "check", corpora / "csca", "--json")
    assert done.code == 0
    assert done.json["certificates"] == done.json["keys_usable"] == 49
    assert {Path(path).name for path in done.json["passed_over"]} == {"README.md", "expected.json"}
    assert all(set(problem) == {"sha256", "code", "source"} for problem in done.json["problems"])


@pytest.mark.parametrize(
    ("name", "anchor", "code", "outcome", "reason"),
    [
        ("list.ml", "home.der", 0, "VERIFIED", None),
        ("list.ml", None, 3, "UNVERIFIED", "UNKNOWN_ISSUER"),
        ("list.ml", "ds.der", 3, "UNVERIFIED", "UNKNOWN_ISSUER"),
        ("forged.ml", "home.der", 1, "FAILED", "LIST_SIGNATURE_INVALID"),
        ("forged.ml", None, 1, "FAILED", "LIST_SIGNATURE_INVALID"),
    ],
)
def test_check_ends_as_the_signature_of_a_list_comes_out(
    run, files, name, anchor, code, outcome, reason
) -> None:
    options = ("--anchor", files / anchor) if anchor else ()
    done = run("trust", "check", files / name, *options, "--json")
    (report,) = done.json["lists"]
    assert (done.code, report["outcome"], report["code"]) == (code, outcome, reason)
    assert report["signed_at"] == "2026-01-01T00:00:00+00:00"
    people = run("trust", "check", files / name, *options)
    assert people.code == code
    assert outcome in people.out
    assert (reason in people.err) if reason else people.err == ""


def test_check_is_for_the_time_that_is_asked_for(run, tmp_path) -> None:
    signer = list_signer(HOME, validity=(SIGNED, SIGNED + timedelta(days=30)))
    (tmp_path / "a.ml").write_bytes(sign_master_list(signer, [HOME.csca_der]))
    (tmp_path / "csca.der").write_bytes(HOME.csca_der)
    (tmp_path / "a.crl").write_bytes(CRL)
    options = ("trust", "check", tmp_path, "--anchor", tmp_path / "csca.der", "--json")
    then = run(*options, "--at", "2026-01-10")
    later = run(*options, "--at", "2026-05-01")
    assert (then.code, then.json["lists"][0]["outcome"], then.json["crls"][0]["stale"]) == (
        0,
        "VERIFIED",
        False,
    )
    assert (later.code, later.json["lists"][0]["code"], later.json["crls"][0]["stale"]) == (
        3,
        "SIGNER_EXPIRED",
        True,
    )


def test_check_ends_with_one_for_a_forged_certificate_and_three_for_an_unreadable_one(
    run, files, tmp_path
) -> None:
    tbs, *rest = parse(HOME.ds_der).children()
    parts = [node.raw for node in tbs.children()]
    parts[1] = der.integer(4711)
    forged = tmp_path / "forged.der"
    forged.write_bytes(der.sequence(der.sequence(*parts), *(node.raw for node in rest)))
    done = run("trust", "check", files / "home.der", forged, "--json")
    assert done.code == 1
    assert "CERTIFICATE_SIGNATURE_INVALID" in {problem["code"] for problem in done.json["problems"]}
    bad = run("trust", "check", files / "home.der", files / "bad.der", "--json")
    assert bad.code == 3
    assert {"sha256", "code", "source"} == set(bad.json["problems"][0])
    assert (bad.json["problems"][0]["source"], bad.json["problems"][0]["code"]) == (
        "bad.der",
        "CERTIFICATE_FORMAT",
    )


def test_check_reads_deviation_lists_for_information(run, files, tmp_path) -> None:
    signer = list_signer(HOME, purpose=DEVIATION_LIST_SIGNER)
    path = tmp_path / "a.dvl"
    path.write_bytes(sign_deviation_list(signer, [deviation(kind="4", text="Chip mute")]))
    done = run("trust", "check", path, "--anchor", files / "home.der", "--json")
    assert done.code == 0
    assert done.json["deviations"] == [
        {"kinds": ["chip"], "descriptions": ["Chip mute"], "document_type": None}
    ]


def test_check_tells_people_what_each_code_means_in_both_languages(run, files) -> None:
    english = run("trust", "check", files, "--lang", "en")
    vietnamese = run("trust", "check", files, "--lang", "vi")
    assert english.code == vietnamese.code == 1
    assert "CERTIFICATE_FORMAT: A certificate could not be read." in english.out
    assert "CERTIFICATE_FORMAT: Không đọc được chứng thư số." in vietnamese.out
    assert "junk.txt" in english.out
    assert "forged.ml" in english.err


def test_nothing_to_check_is_a_failure_of_the_environment(run, tmp_path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "junk.txt").write_text("junk")
    done = run("trust", "check", tmp_path / "empty", "--json")
    assert (done.code, done.json["error"]["code"]) == (4, "TRUST_STORE")
    for arguments in ((tmp_path / "absent",), (tmp_path, "--anchor", tmp_path / "absent")):
        done = run("trust", "check", *arguments, "--json")
        assert (done.code, done.json["error"]["code"]) == (4, "FILE_MISSING")
    done = run("trust", "check", tmp_path / "junk.txt", "--anchor", tmp_path / "empty")
    assert done.code == 4
    assert run("trust", "check").code == 2
    assert run("trust", "check", tmp_path, "--at", "yesterday").code == 2


def test_a_large_file_shows_progress_on_standard_error_only(run, tmp_path) -> None:
    path = tmp_path / "large.ldif"
    path.write_bytes(
        b"version: 1\n" + b"# comment\n" * 150_000 + write_ldif([("cACertificate", HOME.csca_der)])
    )
    done = run("trust", "check", path)
    assert done.code == 0
    assert "large.ldif" in done.err
    as_json = run("trust", "check", path, "--json")
    assert (as_json.json["certificates"], as_json.err) == (1, "")


# --- import and list -----------------------------------------------------------------------------


def test_what_was_imported_is_listed_with_where_it_came_from(run, files, tmp_path) -> None:
    store = tmp_path / "store"
    done = run(
        "trust",
        "import",
        files / "home.der",
        files / "list.ml",
        files / "home.crl",
        "--store",
        store,
        "--json",
    )
    assert (done.code, done.json["certificates"], done.json["added"], done.json["crls"]) == (0, 2, 2, 1)
    listed = run("trust", "list", "--store", store, "--json")
    assert listed.code == 0
    assert listed.json["countries"] == ["UT", "XA"]
    assert listed.json["obtained_at"]
    home, foreign = listed.json["anchors"]
    assert home["sha256"] == Certificate.from_der(HOME.csca_der).fingerprint
    assert [(p["source"], p["kind"], p["outcome"]) for p in home["provenance"]] == [
        ("home.der", "FILE", None),
        ("list.ml", "MASTER_LIST", "VERIFIED"),
    ]
    assert [p["outcome"] for p in foreign["provenance"]] == ["VERIFIED"]
    assert [crl["number"] for crl in listed.json["crls"]] == [3]
    people = run("trust", "list", "--store", store)
    assert "CN=Test CSCA" in people.out
    assert "list.ml VERIFIED" in people.out


def test_imports_add_up(run, files, tmp_path) -> None:
    store = tmp_path / "store"
    foreign = tmp_path / "foreign.der"
    foreign.write_bytes(FOREIGN.csca_der)
    assert run("trust", "import", files / "home.der", "--store", store, "--json").json["added"] == 1
    assert run("trust", "import", foreign, "--store", store, "--json").json["added"] == 1
    again = run("trust", "import", foreign, "--store", store, "--json").json
    assert (again["added"], again["certificates"]) == (0, 2)
    listed = run("trust", "list", "--store", store, "--json").json["anchors"]
    assert [len(anchor["provenance"]) for anchor in listed] == [1, 1]


def test_an_unverified_list_is_imported_as_such_and_said_so(run, files, tmp_path) -> None:
    done = run("trust", "import", files / "list.ml", "--store", tmp_path / "store")
    assert done.code == 0
    assert "UNKNOWN_ISSUER" in done.err
    anchors = run("trust", "list", "--store", tmp_path / "store", "--json").json["anchors"]
    assert {p["outcome"] for anchor in anchors for p in anchor["provenance"]} == {"UNVERIFIED"}
    verified = run(
        "trust", "import", files / "list.ml", "--anchor", files / "home.der", "--store", tmp_path / "other"
    )
    assert (verified.code, verified.err) == (0, "")


def test_nothing_of_a_forged_list_is_imported(run, files, tmp_path) -> None:
    store = tmp_path / "store"
    alone = run("trust", "import", files / "forged.ml", "--store", store)
    assert alone.code == 4
    assert not store.exists()
    done = run("trust", "import", files / "home.der", files / "forged.ml", "--store", store)
    assert done.code == 1
    assert "forged.ml" in done.err
    (entry,) = storage.load(store).entries
    assert [source.kind for source in entry.provenance] == ["FILE"]


def test_a_store_that_is_not_there_or_damaged_cannot_be_listed(run, files, tmp_path) -> None:
    assert run("trust", "list", "--store", tmp_path).code == 4
    assert run("trust", "list").code == 2
    run("trust", "import", files / "home.der", "--store", tmp_path / "store")
    file = tmp_path / "store" / storage.FILE_NAME
    file.write_bytes(file.read_bytes() + b"\0")
    done = run("trust", "list", "--store", tmp_path / "store", "--json")
    assert (done.code, done.json["error"]["code"]) == (4, "TRUST_STORE_DAMAGED")
    assert run("trust", "import", files / "home.der", "--store", tmp_path / "store").code == 4


# --- eid verify --trust --------------------------------------------------------------------------


def test_verify_takes_every_kind_of_trust(run, sample: Personalisation, evidence_file, tmp_path) -> None:
    octets = {
        "csca.der": sample.csca_der,
        "list.ml": sign_master_list(SIGNER, [sample.csca_der]),
        "ca.ldif": write_ldif([("cACertificate;binary", sample.csca_der)]),
        "ml.ldif": write_ldif([("pkdMasterListContent", sign_master_list(SIGNER, [sample.csca_der]))]),
    }
    for name, each in octets.items():
        (tmp_path / name).write_bytes(each)
    assert run("trust", "import", tmp_path / "list.ml", "--store", tmp_path / "store").code == 0
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "list.ml").write_bytes(octets["list.ml"])
    for name in (*octets, "store", "folder"):
        done = run("verify", evidence_file, "--trust", tmp_path / name, "--json")
        assert done.json["authentic"]["outcome"] == "PASSED", name


def test_verify_trusts_nobody_of_a_forged_list(run, sample: Personalisation, evidence_file, tmp_path) -> None:
    good = sign_master_list(SIGNER, [sample.csca_der, FOREIGN.csca_der])
    (tmp_path / "forged.ml").write_bytes(good.replace(FOREIGN.csca_der, ALTERED))
    done = run("verify", evidence_file, "--trust", tmp_path / "forged.ml", "--json")
    assert (done.code, done.json["authentic"]["code"]) == (3, "UNKNOWN_ISSUER")
