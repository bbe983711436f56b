"""``eid credential``: from the issuer's desk to the holder's phone to the counter."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest

ISSUER, AUDIENCE, NONCE = "https://issuer.example", "https://bank.example", "n-1234"
CLAIMS = {
    "number": "001099012349",
    "name": "Nguyễn Đức Ánh",
    "birth_date": "1999-07-04",
    "sex": "M",
    "religion": "không",
}
LIST = "https://status.example/1"


class Desk:
    """Files of an issuer, a holder and a verifier in one folder."""

    def __init__(self, run: Any, folder: Path) -> None:
        self.run, self.folder = run, folder
        for who in ("issuer", "holder"):
            assert run("key", "new", "--out", folder / f"{who}.pem").code == 0
            assert run("key", "jwks", folder / f"{who}.pem", "--out", folder / f"{who}.json").code == 0
        (folder / "claims.json").write_text(json.dumps(CLAIMS, ensure_ascii=False), encoding="utf-8")

    def issue(self, *more: object, claims: str = "claims.json", holder: bool = True) -> Any:
        to = ("--holder", self.folder / "holder.json") if holder else ("--without-holder",)
        return self.run(
            "credential", "issue", "--type", "vietnam/person", "--claims", self.folder / claims, "--issuer", ISSUER,
            "--key", self.folder / "issuer.pem", "--out", self.folder / "credential", *to, *more,
        )  # fmt: skip

    def present(self, disclose: str, *more: object, nonce: str = NONCE) -> Any:
        return self.run(
            "credential", "present", self.folder / "credential", "--disclose", disclose, "--audience", AUDIENCE,
            "--nonce", nonce, "--holder-key", self.folder / "holder.pem", *more,
        )  # fmt: skip

    def verify(self, presentation: str, *more: object, keys: tuple[object, ...] | None = None) -> Any:
        path = self.folder / "presentation"
        path.write_text(presentation, encoding="utf-8")
        known = ("--keys", self.folder / "issuer.json") if keys is None else keys
        return self.run(
            "credential", "verify", path, "--type", "vietnam/person", "--issuer", ISSUER, "--audience", AUDIENCE,
            "--nonce", NONCE, *known, *more,
        )  # fmt: skip


@pytest.fixture
def desk(run: Any, tmp_path: Path) -> Desk:
    return Desk(run, tmp_path)


def test_two_fields_reach_the_counter_and_nothing_else(desk: Desk) -> None:
    done = desk.issue("--json", "--decoys", "3")
    assert (done.code, done.err) == (0, "")
    assert done.json["fields"] == sorted(CLAIMS)
    assert done.json["bound"] is True
    assert (desk.folder / "credential").stat().st_mode & 0o777 == 0o600
    shown = desk.present("name,birth_date")
    assert shown.code == 0
    assert "001099012349" not in shown.out
    found = desk.verify(shown.out, "--json", "--show-person")
    assert found.code == 0, found.out
    assert found.json["verdict"] == "PASSED"
    assert found.json["claims"] == {"name": "Nguyễn Đức Ánh", "birth_date": "1999-07-04"}
    assert found.json["holder"]


def test_personal_data_stay_hidden_unless_asked_for(desk: Desk) -> None:
    issued = desk.issue()
    assert "Nguyễn" not in issued.out + issued.err
    shown = desk.present("name,number").out
    for options in ((), ("--json",), ("--lang", "vi")):
        found = desk.verify(shown, *options)
        assert found.code == 0
        assert "Nguyễn" not in found.out
        assert "001099012349" not in found.out
    assert "full name" in desk.verify(shown).out
    clear = desk.verify(shown, "--show-person").out
    assert "Nguyễn Đức Ánh" in clear
    assert "religion" not in clear


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--nonce", "another"), "TOKEN_NONCE"),
        (("--audience", "https://shop.example"), "TOKEN_AUDIENCE"),
        (("--issuer", "https://other.example"), "TOKEN_ISSUER"),
        (("--type", "vietnam/driving-licence"), "CREDENTIAL_TYPE"),
        (("--at", "2040-01-01"), "TOKEN_EXPIRED"),
        (("--at", "2020-01-01"), "TOKEN_NOT_YET_VALID"),
    ],
)
def test_what_does_not_hold_ends_with_1(desk: Desk, options: tuple[str, ...], code: str) -> None:
    desk.issue()
    found = desk.verify(desk.present("name").out, "--json", *options)
    assert (found.code, found.json["error"]["code"]) == (1, code)


def test_proof_of_the_holder_is_required_unless_said_otherwise(desk: Desk) -> None:
    desk.issue()
    bare = desk.run(
        "credential", "present", desk.folder / "credential", "--disclose", "name", "--without-key-binding"
    )
    assert bare.code == 0
    assert desk.verify(bare.out, "--json").json["error"]["code"] == "KEY_BINDING_MISSING"
    found = desk.verify(bare.out, "--without-key-binding", "--json")
    assert (found.code, found.json["holder"]) == (0, None)
    assert "Nobody proved" in desk.verify(bare.out, "--without-key-binding").out


def test_an_unknown_key_is_undecided_and_a_forgery_is_not(desk: Desk) -> None:
    desk.issue()
    shown = desk.present("name").out
    found = desk.verify(shown, "--json", keys=("--keys", desk.folder / "holder.json"))
    assert (found.code, found.json["error"]["code"]) == (3, "UNKNOWN_KEY")
    forged = shown.replace("~", "~WyJzYWx0IiwibnVtYmVyIiwiMSJd~", 1)
    found = desk.verify(forged, "--json")
    assert (found.code, found.json["error"]["code"]) == (1, "DISCLOSURE_UNREFERENCED")
    assert desk.verify("junk", "--json").json["error"]["code"] == "SD_JWT_MALFORMED"


def test_a_revoked_credential_is_refused(desk: Desk) -> None:
    lists = desk.folder / "list.jwt"
    new = (
        "status",
        "new",
        "--uri",
        LIST,
        "--key",
        desk.folder / "issuer.pem",
        "--out",
        lists,
        "--size",
        "100",
    )
    assert desk.run(*new).code == 0
    desk.issue("--status", f"{LIST}#7")
    shown = desk.present("name").out
    asked = desk.verify(shown, "--json")
    assert (asked.code, asked.json["error"]["code"]) == (3, "STATUS_NOT_ASKED")
    offline = ("--status-keys", desk.folder / "issuer.json", "--status-list", lists)
    found = desk.verify(shown, "--json", *offline)
    assert (found.code, found.json["status"]["value"]) == (0, 0)
    assert desk.run("status", "set", lists, "7", "revoked", "--key", desk.folder / "issuer.pem").code == 0
    found = desk.verify(shown, "--json", *offline)
    assert (found.code, found.json["error"]["code"]) == (1, "CREDENTIAL_REVOKED")
    assert desk.verify(shown, *offline, "--without-status-check").code == 0


def test_parts_of_a_field_are_named_with_dots(desk: Desk) -> None:
    claims = {
        "number": "001099012349",
        "name": "Nguyễn Đức Ánh",
        "permanent": {"ward": "Xã Ví Dụ", "province": "Tỉnh Mẫu"},
    }
    (desk.folder / "residence.json").write_text(json.dumps(claims), encoding="utf-8")
    assert desk.issue("--type", "vietnam/residence", claims="residence.json").code == 0
    shown = desk.present("permanent.province", "--json").json
    assert shown["fields"] == ["permanent", "permanent.province"]
    found = desk.verify(shown["presentation"], "--type", "vietnam/residence", "--json", "--show-person")
    assert found.json["claims"] == {"permanent": {"province": "Tỉnh Mẫu"}}
    assert (
        "province: Tỉnh Mẫu"
        in desk.verify(shown["presentation"], "--type", "vietnam/residence", "--show-person").out
    )


def test_any_other_type_of_credential(desk: Desk, run: Any) -> None:
    (desk.folder / "badge.json").write_text('{"employer": "ACME", "floors": [1, 2]}', encoding="utf-8")
    assert desk.issue("--type", "urn:example:badge", claims="badge.json", holder=False).code == 0
    text = (desk.folder / "credential").read_text(encoding="ascii")
    found = desk.verify(text, "--type", "urn:example:badge", "--without-key-binding", "--show-person")
    assert "floors" in found.out
    assert "1, 2" in found.out


def test_a_certificate_speaks_for_the_issuer(desk: Desk) -> None:
    chain = _chain(desk.folder)
    assert desk.issue("--x5c", chain).code == 0
    shown = desk.present("name").out
    assert desk.verify(shown, keys=("--root", desk.folder / "root.pem")).code == 0
    found = desk.verify(shown, "--json", keys=("--root", chain))
    # The verifier's own file is not what it should be: that says nothing of the presentation.
    assert (found.code, found.json["error"]["code"]) == (4, "X5C_REFUSED")


def _chain(folder: Path) -> Path:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding

    from eid.crypto.key_files import load_signer

    now = datetime.now(UTC)
    root, leaf = ec.generate_private_key(ec.SECP256R1()), load_signer(folder / "issuer.pem")._private
    bits = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "crl_sign", "encipher_only",
         "decipher_only"), False,
    )  # fmt: skip
    names = [x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]) for name in ("root", "signer")]
    for path, subject, key, ca in (("root.pem", names[0], root, True), ("leaf.pem", names[1], leaf, False)):
        builder = (
            x509.CertificateBuilder(
                names[0], subject, key.public_key(), 7, now - timedelta(days=1), now + timedelta(days=9)
            )
            .add_extension(x509.BasicConstraints(ca, None), critical=True)
            .add_extension(x509.KeyUsage(digital_signature=not ca, key_cert_sign=ca, **bits), critical=True)
            .add_extension(
                x509.SubjectAlternativeName([x509.UniformResourceIdentifier(ISSUER)]), critical=False
            )
        )
        (folder / path).write_bytes(builder.sign(root, hashes.SHA256()).public_bytes(Encoding.PEM))
    return folder / "leaf.pem"


def test_what_is_wrong_with_the_order_ends_with_2(desk: Desk, run: Any) -> None:
    assert desk.issue("--without-holder").code == 2
    assert desk.issue("--type", "vietnam/passport").code == 2
    assert desk.issue("--status", "https://status.example/1").code == 2
    for claims in ("[]", "{", '{"a":1,"a":2}', '{"name": 1}', '{"name": "Vera"}', ""):
        (desk.folder / "bad.json").write_text(claims, encoding="utf-8")
        assert desk.issue(claims="bad.json").code == 2, claims
    assert desk.issue().code == 0
    assert desk.present("nickname").code == 2
    assert run("credential", "present", desk.folder / "credential", "--disclose", "name").code == 2
    assert desk.verify("x", keys=()).code == 2
    assert desk.verify("x", "--root", desk.folder / "issuer.pem").code == 2
    assert run("credential", "schema", "vietnam/passport").code == 2
    assert run("credential", "schema", "urn:example:badge").code == 2


def test_a_file_that_is_not_there_ends_with_4(desk: Desk, run: Any) -> None:
    assert desk.issue(claims="nowhere.json").code == 4
    assert (
        run("credential", "present", desk.folder / "nowhere", "--disclose", "x", "--without-key-binding").code
        == 4
    )


def test_claims_and_presentations_come_through_pipes(desk: Desk, run: Any) -> None:
    done = run(
        "credential", "issue", "--type", "vietnam/person", "--claims", "-", "--issuer", ISSUER, "--without-holder",
        "--key", desk.folder / "issuer.pem", "--out", desk.folder / "credential", stdin=json.dumps(CLAIMS),
    )  # fmt: skip
    assert done.code == 0, done.err
    text = (desk.folder / "credential").read_text(encoding="ascii")
    found = run(
        "credential", "verify", "-", "--type", "vietnam/person", "--issuer", ISSUER, "--keys",
        desk.folder / "issuer.json", "--without-key-binding", "--json", stdin=text,
    )  # fmt: skip
    assert found.json["fields"] == sorted(CLAIMS)


def test_schemas_are_printed(run: Any) -> None:
    whole, part = (
        run("credential", "schema", "vietnam/person", *more).json for more in ((), ("--presented",))
    )
    jsonschema.Draft202012Validator.check_schema(whole)
    jsonschema.validate(CLAIMS, whole)
    jsonschema.validate({"name": "Vera"}, part)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"name": "Vera"}, whole)
