"""``openssl ts`` as a time-stamping authority that knows nothing of us, and as a second verifier."""

from __future__ import annotations

import datetime as dt
import itertools
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from eid.encoding.tlv import parse
from eid.errors import (
    EidError,
    TimestampInvalid,
    TimestampMismatch,
    TimestampRejected,
    TimestampUntrusted,
)
from eid.simulator.timestamps import TestTimestampAuthority
from eid.trust.anchors import TrustStore
from eid.trust.certificates import Certificate, certificates_in
from eid.trust.timestamps import (
    obtain_token,
    request_timestamp,
    token_of_response,
    verify_timestamp,
)

OPENSSL = shutil.which("openssl")
pytestmark = pytest.mark.skipif(OPENSSL is None, reason="the openssl program is not installed")

MESSAGE = b"octets that existed"
POLICY = "1.3.6.1.4.1.32473.7"
_CONFIGURATION = """
[ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[stamping]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[server]
basicConstraints = critical,CA:FALSE
extendedKeyUsage = serverAuth
[req]
distinguished_name = dn
[dn]
[tsa]
default_tsa = authority
[authority]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
certs = {folder}/chain.pem
signer_key = {folder}/tsa.key
default_policy = {policy}
digests = sha256, sha384, sha512
signer_digest = {digest}
accuracy = secs:1, millisecs:500, microsecs:100
ordering = yes
tsa_name = yes
ess_cert_id_chain = {whole_chain}
ess_cert_id_alg = {ess}
"""


@dataclass(frozen=True)
class Authority:
    """An authority of OpenSSL's under a root and a sub-authority."""

    folder: Path

    def respond(self, request: bytes) -> bytes:
        (self.folder / "query").write_bytes(request)
        run(self.folder, "ts", "-reply", "-config", "conf", "-queryfile", "query", "-out", "reply")
        return (self.folder / "reply").read_bytes()

    @property
    def roots(self) -> TrustStore:
        return TrustStore.of(certificates_in((self.folder / "root.pem").read_bytes()))


def run(folder: Path, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[bytes]:
    assert OPENSSL is not None
    done = subprocess.run([OPENSSL, *arguments], cwd=folder, capture_output=True, check=False)
    assert done.returncode == 0 or not check, done.stderr.decode()
    return done


def certify(folder: Path, name: str, extensions: str, key: tuple[str, ...], by: str | None) -> None:
    run(folder, "genpkey", *key, "-out", f"{name}.key")
    subject = f"/C=UT/O=Invented for tests/CN=Test {name}"
    run(folder, "req", "-new", "-config", "conf", "-key", f"{name}.key", "-subj", subject, "-out", "csr")
    signer = (
        ["-CA", f"{by}.pem", "-CAkey", f"{by}.key", "-CAcreateserial"] if by else ["-signkey", f"{name}.key"]
    )
    run(folder, "x509", "-req", "-in", "csr", *signer, "-extfile", "conf", "-extensions", extensions,
        "-days", "30", "-out", f"{name}.pem")  # fmt: skip


def authority(
    folder: Path, *, key: str, digest: str, ess: str, whole_chain: str = "no", extensions: str = "stamping"
) -> Authority:
    options = {"rsa": ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"),
               "ec": ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"),
               "ec384": ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384")}[key]  # fmt: skip
    text = _CONFIGURATION.format(
        folder=folder, policy=POLICY, digest=digest, ess=ess, whole_chain=whole_chain
    )
    (folder / "conf").write_text(text)
    certify(folder, "root", "ca", options, None)
    certify(folder, "sub", "ca", options, "root")
    certify(folder, "tsa", extensions, options, "sub")
    (folder / "chain.pem").write_bytes((folder / "sub.pem").read_bytes())
    return Authority(folder)


@pytest.mark.parametrize(("key", "digest", "ess", "whole_chain"), [
    ("rsa", "sha512", "sha1", "yes"),
    ("ec", "sha256", "sha256", "no"),
    ("ec384", "sha384", "sha512", "yes"),
])  # fmt: skip
def test_tokens_of_openssl_hold_for_us_and_for_openssl(
    tmp_path: Path, key: str, digest: str, ess: str, whole_chain: str
) -> None:
    made = authority(tmp_path, key=key, digest=digest, ess=ess, whole_chain=whole_chain)
    token, found = obtain_token(MESSAGE, send=made.respond, authorities=made.roots)
    assert abs(found.at - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=5)
    assert found.accuracy == dt.timedelta(seconds=1, microseconds=500_100)
    assert (found.policy, found.authority) == (POLICY, "C=UT,O=Invented for tests,CN=Test tsa")
    (tmp_path / "token").write_bytes(token)
    (tmp_path / "data").write_bytes(MESSAGE)
    verify = ("ts", "-verify", "-data", "data", "-in", "token", "-token_in", "-CAfile", "root.pem",
              "-untrusted", "sub.pem")  # fmt: skip
    run(tmp_path, *verify)
    (tmp_path / "data").write_bytes(MESSAGE + b".")
    assert run(tmp_path, *verify, check=False).returncode != 0
    with pytest.raises(TimestampMismatch):
        verify_timestamp(token, MESSAGE + b".", authorities=made.roots)


def test_a_request_of_openssl_gets_a_token_for_the_same_digest(tmp_path: Path) -> None:
    made = authority(tmp_path, key="ec", digest="sha256", ess="sha256")
    (tmp_path / "data").write_bytes(MESSAGE)
    for hash_name in ("sha256", "sha384", "sha512"):
        run(tmp_path, "ts", "-query", "-data", "data", f"-{hash_name}", "-cert", "-out", "theirs")
        token = token_of_response(made.respond((tmp_path / "theirs").read_bytes()))
        assert verify_timestamp(token, MESSAGE, authorities=made.roots).policy == POLICY


def test_a_token_without_certificates_needs_them_in_the_trust_store(tmp_path: Path) -> None:
    made = authority(tmp_path, key="ec", digest="sha256", ess="sha256")
    (tmp_path / "data").write_bytes(MESSAGE)
    run(tmp_path, "ts", "-query", "-data", "data", "-sha256", "-out", "theirs")
    token = token_of_response(made.respond((tmp_path / "theirs").read_bytes()))
    with pytest.raises(TimestampUntrusted, match="missing"):
        verify_timestamp(token, MESSAGE, authorities=made.roots)
    known = [Certificate.from_der(parse_pem(tmp_path / f"{name}.pem")) for name in ("tsa", "sub")]
    store = TrustStore.of(made.roots.anchors, others=known)
    assert verify_timestamp(token, MESSAGE, authorities=store).policy == POLICY


def parse_pem(path: Path) -> bytes:
    (certificate,) = certificates_in(path.read_bytes())
    return certificate.raw


def test_openssl_reads_our_request_and_believes_our_test_authority(tmp_path: Path) -> None:
    ours = TestTimestampAuthority.create(clock=lambda: dt.datetime.now(dt.UTC))
    (tmp_path / "data").write_bytes(MESSAGE)
    request = request_timestamp(MESSAGE, nonce=2**63 + 1, policy="1.2.3.4")
    (tmp_path / "ours").write_bytes(request)
    text = run(tmp_path, "ts", "-query", "-in", "ours", "-text").stdout.decode()
    for words in ("Version: 1", "Hash Algorithm: sha256", "Policy OID: 1.2.3.4", "Nonce: 0x8000000000000001",
                  "Certificate required: yes"):  # fmt: skip
        assert words in text
    (tmp_path / "reply").write_bytes(ours.respond(request))
    (tmp_path / "root.der").write_bytes(ours.root_der)
    run(tmp_path, "x509", "-inform", "DER", "-in", "root.der", "-out", "root.pem")
    run(tmp_path, "ts", "-verify", "-queryfile", "ours", "-in", "reply", "-CAfile", "root.pem")
    run(tmp_path, "ts", "-verify", "-data", "data", "-in", "reply", "-CAfile", "root.pem")


def test_a_policy_that_openssl_does_not_offer_is_rejected_with_its_reason(tmp_path: Path) -> None:
    made = authority(tmp_path, key="ec", digest="sha256", ess="sha256")
    with pytest.raises(TimestampRejected, match="status 2: unacceptedPolicy"):
        obtain_token(MESSAGE, send=made.respond, authorities=made.roots, policy="1.2.3")


def test_openssl_too_refuses_to_sign_with_a_certificate_for_servers(tmp_path: Path) -> None:
    made = authority(tmp_path, key="ec", digest="sha256", ess="sha256")
    (tmp_path / "query").write_bytes(request_timestamp(MESSAGE, nonce=1))
    certify(tmp_path, "server", "server", ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"), "sub")
    done = run(made.folder, "ts", "-reply", "-config", "conf", "-queryfile", "query", "-signer", "server.pem",
               "-inkey", "server.key", "-out", "reply", check=False)  # fmt: skip
    assert done.returncode != 0


def test_altered_tokens_of_openssl_are_refused_by_both(tmp_path: Path) -> None:
    made = authority(tmp_path, key="ec", digest="sha256", ess="sha256")
    token, found = obtain_token(MESSAGE, send=made.respond, authorities=made.roots)
    (tmp_path / "data").write_bytes(MESSAGE)
    info = signed_content(token)
    at = token.index(info)
    places = itertools.chain(range(at + 4, at + len(info), 9), range(len(token) - 70, len(token), 13))
    for place in places:
        altered = bytearray(token)
        altered[place] ^= 1
        (tmp_path / "token").write_bytes(altered)
        theirs = run(tmp_path, "ts", "-verify", "-data", "data", "-in", "token", "-token_in", "-CAfile",
                     "root.pem", "-untrusted", "sub.pem", check=False)  # fmt: skip
        assert theirs.returncode != 0
        with pytest.raises(EidError):
            assert verify_timestamp(bytes(altered), MESSAGE, authorities=made.roots) != found


def signed_content(token: bytes) -> bytes:
    """TSTInfo as it stands in *token*."""
    signed = parse(token).children()[1].children()[0].children()
    return signed[2].children()[1].children()[0].value


def test_a_signature_of_another_authority_of_openssl_is_not_ours(tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    one, two = (authority(folder, key="ec", digest="sha256", ess="sha256") for folder in folders)
    token, _ = obtain_token(MESSAGE, send=one.respond, authorities=one.roots)
    with pytest.raises((TimestampUntrusted, TimestampInvalid)):
        verify_timestamp(token, MESSAGE, authorities=two.roots)
