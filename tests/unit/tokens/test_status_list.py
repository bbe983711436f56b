"""Status lists: bits in their places, tokens verified or refused with a code of their own."""

from __future__ import annotations

import json
import tracemalloc
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

import cbor2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from eid.crypto.cose import CWT_TAGGED, KID, TAGGED, TYP, UNTAGGED, sign1
from eid.crypto.keys import KeySet, SoftwareSigner
from eid.encoding import base64url, strict_json
from eid.errors import (
    AlgorithmForbidden,
    AlgorithmMismatch,
    AlgorithmUnprotected,
    CertificateChainRefused,
    ClaimInvalid,
    ClaimMissing,
    CoseTagMismatch,
    CriticalHeader,
    EidError,
    HeaderForbidden,
    HeaderInvalid,
    StatusIndexOutside,
    StatusListInvalid,
    StatusListMismatch,
    StatusValueInvalid,
    TokenExpired,
    TokenMalformed,
    TokenNotYetValid,
    TokenSignatureInvalid,
    TokenTooLarge,
    TokenTypeMismatch,
    UnknownKey,
)
from eid.tokens.jws import sign_jws
from eid.tokens.status.lists import (
    MAX_OCTETS,
    MAX_TOKEN,
    Form,
    Status,
    StatusList,
    StatusListToken,
    read_aggregation,
    read_own_status_list,
    read_status_list,
    sign_status_list,
    write_aggregation,
)
from eid.tokens.x5c import PinnedRoots

NOW = datetime(2026, 11, 22, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
URI = "https://status.example/lists/1"
SIGNER = SoftwareSigner.generate(kid="status-2026")
KEYS = KeySet([SIGNER.key])
LIST = StatusList.of(1000, bits=2, entries={3: 1, 999: 2, 5: 3})
COMPRESSED = LIST.compressed()


def signed(form: Form, statuses: StatusList = LIST, **changes: Any) -> bytes:
    options: dict[str, Any] = {
        "uri": URI, "issued_at": NOW, "expires_at": NOW + timedelta(days=7), "ttl": timedelta(hours=1), **changes
    }  # fmt: skip
    return sign_status_list(statuses, options.pop("signer", SIGNER), form=form, **options)


def read(token: bytes, *, uri: str = URI, now: datetime = NOW) -> StatusListToken:
    return read_status_list(token, uri=uri, keys=KEYS, now=now)


def jwt(
    claims: dict[str, Any] | bytes | None = None, header: dict[str, Any] | None = None, **changes: Any
) -> bytes:
    """A JWT with any claims, its signature right."""
    if not isinstance(claims, bytes):
        inner = {"bits": 2, "lst": base64url.encode(COMPRESSED)}
        body = {"sub": URI, "iat": SECONDS, "exp": SECONDS + 60, "ttl": 60, "status_list": inner, **changes}
        claims = json.dumps(body if claims is None else claims).encode()
    return sign_jws({"typ": "statuslist+jwt"} if header is None else header, claims, SIGNER).encode()


def cwt(claims: dict[Any, Any] | None = None, header: dict[int, Any] | None = None, **options: Any) -> bytes:
    """A CWT with any claims, its signature right."""
    inner = {"bits": 2, "lst": COMPRESSED}
    body = {2: URI, 6: SECONDS, 4: SECONDS + 60, 65534: 60, 65533: inner, **(claims or {})}
    body = {key: value for key, value in body.items() if value is not ...}
    header = {TYP: "application/statuslist+cwt", KID: b"status-2026"} if header is None else header
    return sign1(cbor2.dumps(body), SIGNER, **{"wrapping": TAGGED, "protected": header, **options})


# --- bits ----------------------------------------------------------------------------------------


@given(st.sampled_from([1, 2, 4, 8]), st.data())
def test_every_status_is_read_back_from_its_own_bits(bits: int, draw: st.DataObject) -> None:
    statuses = draw.draw(st.lists(st.integers(0, (1 << bits) - 1), min_size=1, max_size=100))
    made = StatusList.of(len(statuses), bits=bits, entries=enumerate(statuses))
    assert [made[index] for index in range(len(statuses))] == statuses
    assert len(statuses) <= len(made) < len(statuses) + 8
    # As one number, entry i is worth 2 ** (bits * i): the least significant bits come first.
    assert made == StatusList(
        sum(status << (bits * at) for at, status in enumerate(statuses)).to_bytes(
            len(made) * bits // 8, "little"
        ),
        bits,
    )
    again = StatusList.from_compressed(made.compressed(), bits=bits)
    assert (again, hash(again)) == (made, hash(made))
    padding = len(made) - len(statuses)
    assert made.tally() == {
        value: count
        for value in range(1 << bits)
        if (count := statuses.count(value) + (padding if value == 0 else 0))
    }


def test_a_change_touches_one_entry_and_makes_a_copy() -> None:
    changed = LIST.changed({3: 0, 4: 3})
    assert (LIST[3], LIST[4], changed[3], changed[4], changed[5], changed[999]) == (1, 0, 0, 3, 3, 2)


@pytest.mark.parametrize("index", [-1, 1000, 2**40])
def test_an_index_outside_says_nothing(index: int) -> None:
    with pytest.raises(StatusIndexOutside):
        LIST[index]
    with pytest.raises(StatusValueInvalid):
        LIST.changed({index: 1})


@pytest.mark.parametrize(("bits", "status"), [(1, 2), (2, 4), (4, 16), (8, 256), (8, -1)])
def test_a_status_must_fit_in_its_bits(bits: int, status: int) -> None:
    with pytest.raises(StatusValueInvalid):
        StatusList.of(8, bits=bits, entries={0: status})


@pytest.mark.parametrize(
    ("size", "bits"), [(0, 1), (-1, 1), (8, 3), (8, 0), (8, 16), (MAX_OCTETS * 8 + 1, 1), (8, True)]
)
def test_lists_of_impossible_sizes_are_not_made(size: int, bits: int) -> None:
    with pytest.raises(StatusListInvalid):
        StatusList.of(size, bits=bits)


@pytest.mark.parametrize("bits", [True, 1.0, "1", None, 3])
def test_bits_of_another_kind_are_not_taken_for_a_number(bits: Any) -> None:
    with pytest.raises(StatusListInvalid):
        StatusList(b"\0", bits)


def test_numbers_are_statuses_where_they_have_a_name() -> None:
    assert (LIST[3], LIST[999], LIST[0]) == (Status.INVALID, Status.SUSPENDED, Status.VALID)
    assert LIST[5] == 3


# --- what holds ----------------------------------------------------------------------------------


@pytest.mark.parametrize("form", Form)
def test_a_signed_list_is_read_with_what_its_issuer_says(form: Form) -> None:
    token = signed(form, issuer="https://example", aggregation_uri="https://status.example/all")
    found = read(token)
    assert found.statuses == LIST
    assert (found.uri, found.form, found.issuer) == (URI, form, "https://example")
    assert found.aggregation_uri == "https://status.example/all"
    assert (found.issued_at, found.expires_at, found.ttl) == (
        NOW,
        NOW + timedelta(days=7),
        timedelta(hours=1),
    )
    assert found[3] == Status.INVALID
    assert found.signed_by.key == SIGNER.key


@pytest.mark.parametrize("alg", ["ES256", "ES384", "ES512", "Ed25519", "PS256"])
@pytest.mark.parametrize("form", Form)
def test_lists_are_signed_with_every_kind_of_key(form: Form, alg: str) -> None:
    signer = SoftwareSigner.generate(alg)
    token = signed(form, signer=signer)
    assert read_status_list(token, uri=URI, keys=KeySet([signer.key]), now=NOW).statuses == LIST
    with pytest.raises(UnknownKey):
        read(token)


def test_a_million_entries_take_fourteen_kilobytes() -> None:
    # Every hundredth, spread by a multiplication, which is as random for zlib as it has to be.
    entries = {index * 7_654_321 % 1_000_003 % 1_000_000: 1 for index in range(10_000)}
    token = signed(Form.CWT, StatusList.of(1_000_000, bits=1, entries=entries))
    assert len(token) < 15_000
    assert read(token).statuses.tally()[1] == len(entries)


@pytest.mark.parametrize("token", [jwt(more=1), jwt(aud="x"), cwt({-1: 1}), jwt(exp=SECONDS + 60, ttl=1)])
def test_other_claims_are_left_alone(token: bytes) -> None:
    assert read(token).statuses == LIST


@pytest.mark.parametrize(
    "token",
    [
        jwt({"sub": URI, "iat": SECONDS, "status_list": {"bits": 2, "lst": base64url.encode(COMPRESSED)}}),
        cwt({4: ..., 65534: ...}),
        cwt({6: SECONDS + 0.5}),
    ],
)
def test_end_and_time_to_live_may_be_left_out(token: bytes) -> None:
    assert read(token).statuses == LIST


# --- what does not -------------------------------------------------------------------------------


@pytest.mark.parametrize("form", Form)
def test_a_list_about_another_address_is_refused(form: Form) -> None:
    with pytest.raises(StatusListMismatch):
        read(signed(form), uri=URI + "0")


@pytest.mark.parametrize("form", Form)
def test_times_are_checked_with_half_a_minute_of_leeway(form: Form) -> None:
    token = signed(form)
    end = NOW + timedelta(days=7, seconds=30)
    read(token, now=end - timedelta(seconds=1))
    with pytest.raises(TokenExpired):
        read(token, now=end)
    read(token, now=NOW - timedelta(seconds=30))
    with pytest.raises(TokenNotYetValid):
        read(token, now=NOW - timedelta(seconds=31))
    with pytest.raises(TokenNotYetValid):
        read(jwt(nbf=SECONDS + 31))
    with pytest.raises(TokenNotYetValid):
        read(cwt({5: SECONDS + 31}))


@pytest.mark.parametrize("form", Form)
def test_an_own_list_is_opened_for_changes_whatever_its_age(form: Form) -> None:
    found = read_own_status_list(signed(form), keys=KEYS, now=NOW + timedelta(days=900))
    assert (found.uri, found.statuses) == (URI, LIST)
    with pytest.raises(UnknownKey):
        read_own_status_list(signed(form, signer=SoftwareSigner.generate()), keys=KEYS, now=NOW)


@given(st.sampled_from(list(Form)), st.data())
def test_no_changed_octet_is_accepted(form: Form, draw: st.DataObject) -> None:
    token = bytearray(_GOOD[form])
    token[draw.draw(st.integers(0, len(token) - 1))] ^= 1 << draw.draw(st.integers(0, 7))
    with pytest.raises(EidError):
        read(bytes(token))


_GOOD = {form: signed(form) for form in Form}


@given(st.binary(max_size=200))
def test_random_octets_are_refused_with_our_errors_only(octets: bytes) -> None:
    for prefix in (b"", b"eyJ", b"\xd2\x84"):
        with pytest.raises(EidError):
            read(prefix + octets)


@pytest.mark.parametrize(
    ("token", "error"),
    [
        (b"", TokenMalformed),
        (b"\n" + jwt(), TokenMalformed),
        (jwt() + b"\n", TokenMalformed),
        (jwt() + b"=", TokenMalformed),
        (cwt() + b"\0", TokenMalformed),
        (b"e" * (MAX_TOKEN + 1), TokenTooLarge),
        (b"\xd2" * (MAX_TOKEN + 1), TokenTooLarge),
        # typ
        (jwt(header={}), TokenTypeMismatch),
        (jwt(header={"typ": "JWT"}), TokenTypeMismatch),
        (jwt(header={"typ": "statuslist+cwt"}), TokenTypeMismatch),
        (jwt(header={"typ": "eid+jwt"}), TokenTypeMismatch),
        (cwt(header={KID: b"status-2026"}), TokenTypeMismatch),
        (cwt(header={KID: b"status-2026", TYP: "statuslist+jwt"}), TokenTypeMismatch),
        (cwt(header={KID: b"status-2026", TYP: 16}), TokenTypeMismatch),
        (cwt(header={KID: b"status-2026"}, unprotected={TYP: "application/statuslist+cwt"}), HeaderInvalid),
        # keys and algorithms
        (cwt(header={TYP: "application/statuslist+cwt"}), HeaderInvalid),
        (cwt(header={TYP: "application/statuslist+cwt", KID: b"other"}), UnknownKey),
        (jwt(header={"typ": "statuslist+jwt", "alg": "ES384"}), AlgorithmMismatch),
        (jwt(header={"typ": "statuslist+jwt", "alg": "none"}), AlgorithmForbidden),
        (jwt(header={"typ": "statuslist+jwt", "alg": "HS256"}), AlgorithmForbidden),
        (jwt(header={"typ": "statuslist+jwt", "jwk": {}}), HeaderForbidden),
        (jwt(header={"typ": "statuslist+jwt", "crit": ["x"], "x": 1}), CriticalHeader),
        (cwt(unprotected={1: -7}), AlgorithmUnprotected),
        (cwt(header={TYP: "application/statuslist+cwt", KID: b"status-2026", 2: [99], 99: 1}), CriticalHeader),
        # wrapping: section 5.2 wants tag 18 and forbids 61
        (cwt(wrapping=UNTAGGED), CoseTagMismatch),
        (cwt(wrapping=CWT_TAGGED), CoseTagMismatch),
        # claims
        (jwt({"iat": SECONDS, "status_list": {}}), ClaimMissing),
        (jwt({"sub": URI, "status_list": {"bits": 1, "lst": ""}}), ClaimMissing),
        (jwt({"sub": URI, "iat": SECONDS}), ClaimMissing),
        (jwt(status_list={"bits": 2}), ClaimMissing),
        (jwt(status_list={"lst": "eA"}), ClaimMissing),
        (jwt(status_list=[]), ClaimInvalid),
        (jwt(status_list="x"), ClaimInvalid),
        (jwt(sub=5), ClaimInvalid),
        (jwt(iat="1"), ClaimInvalid),
        (jwt(iat=1.5), ClaimInvalid),
        (jwt(exp=None), ClaimInvalid),
        (jwt(exp=True), ClaimInvalid),
        (jwt(iss=5), ClaimInvalid),
        (jwt(b"[]"), TokenMalformed),
        (jwt(b'{"sub":"a","sub":"b"}'), TokenMalformed),
        (jwt(b'{"exp":NaN}'), TokenMalformed),
        (cwt({2: ...}), ClaimMissing),
        (cwt({6: ...}), ClaimMissing),
        (cwt({65533: ...}), ClaimMissing),
        (cwt({65533: {"bits": 1}}), ClaimMissing),
        (cwt({65533: [1]}), ClaimInvalid),
        (cwt({6: float("nan")}), TokenMalformed),
        (cwt({4: -1}), ClaimInvalid),
        # ttl
        *((jwt(ttl=value), StatusListInvalid) for value in (0, -1, "60", None, True, 253_402_300_800, [60])),
        *((cwt({65534: value}), StatusListInvalid) for value in (0, -1, 1.5, 60.0, "60", True, 2**64 - 1, b"\1")),
        # bits
        *(
            (jwt(status_list={"bits": value, "lst": base64url.encode(COMPRESSED)}), StatusListInvalid)
            for value in (0, 3, 5, 16, -1, 1.0, "1", None, True)
        ),
        *(
            (cwt({65533: {"bits": value, "lst": COMPRESSED}}), StatusListInvalid)
            for value in (0, 3, 16, -1, 1.0, "1", None, True)
        ),
        # lst
        *(
            (jwt(status_list={"bits": 1, "lst": value}), StatusListInvalid)
            for value in ("", "=", base64url.encode(COMPRESSED) + "=", base64url.encode(b"x"), 5, None, "é",
                          base64url.encode(COMPRESSED[:-1]), base64url.encode(COMPRESSED + b"\0"),
                          base64url.encode(zlib.compress(b"x")[2:-4]), "\n" + base64url.encode(COMPRESSED))
        ),
        *(
            (cwt({65533: {"bits": 1, "lst": value}}), StatusListInvalid)
            for value in (b"", b"x", COMPRESSED[:-1], COMPRESSED + b"\0", "x", 5, [COMPRESSED])
        ),
    ],
)  # fmt: skip
def test_hostile_lists_are_refused_with_their_code(token: bytes, error: type[EidError]) -> None:
    with pytest.raises(error):
        read(token)


def test_a_list_signed_by_another_key_of_the_same_name_is_refused() -> None:
    for form in Form:
        with pytest.raises(TokenSignatureInvalid):
            read(signed(form, signer=SoftwareSigner.generate(kid="status-2026")))


@pytest.mark.parametrize("form", Form)
def test_a_bomb_signed_by_the_issuer_takes_no_memory(form: Form) -> None:
    bomb = zlib.compress(bytes(100_000_000), 9)
    inner = {"bits": 1, "lst": bomb if form is Form.CWT else base64url.encode(bomb)}
    token = jwt(status_list=inner) if form is Form.JWT else cwt({65533: inner})
    assert len(token) < 500_000
    tracemalloc.start()
    with pytest.raises(StatusListInvalid):
        read(token)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3 * MAX_OCTETS


@pytest.mark.parametrize(
    "changes",
    [
        {"uri": ""}, {"uri": "no address"}, {"ttl": timedelta(0)}, {"ttl": timedelta(seconds=-5)},
        {"expires_at": NOW}, {"expires_at": NOW - timedelta(days=1)},
    ],
)  # fmt: skip
def test_no_list_is_signed_that_nobody_would_accept(changes: dict[str, Any]) -> None:
    for form in Form:
        with pytest.raises(ClaimInvalid):
            signed(form, **changes)


def test_the_kind_is_told_from_the_first_octet_alone() -> None:
    assert signed(Form.JWT)[:1] == b"e"
    assert signed(Form.CWT)[:1] == b"\xd2"


# --- signers known by a certificate ---------------------------------------------------------------


def certificate(key: Any, above: Any, *, ca: bool, host: str = "status.example") -> bytes:
    names = [
        x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "root" if of_root else "signer")])
        for of_root in (True, ca)
    ]
    usage = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "crl_sign",
         "encipher_only", "decipher_only"), False,
    )  # fmt: skip
    day = timedelta(days=1)
    builder = (
        x509.CertificateBuilder(
            *names, key.public_key(), x509.random_serial_number(), NOW - day, NOW + 9 * day
        )
        .add_extension(x509.BasicConstraints(ca, None), critical=True)
        .add_extension(x509.KeyUsage(digital_signature=not ca, key_cert_sign=ca, **usage), critical=True)
    )
    if not ca:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    return builder.sign(above, hashes.SHA256()).public_bytes(Encoding.DER)


ROOT_KEY, LEAF_KEY = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
ROOT = certificate(ROOT_KEY, ROOT_KEY, ca=True)
LEAF = certificate(LEAF_KEY, ROOT_KEY, ca=False)


@pytest.mark.parametrize("form", Form)
def test_a_signer_with_a_certificate_under_a_pinned_root_is_believed(form: Form) -> None:
    roots = PinnedRoots([ROOT])
    for certificates in ([LEAF], [LEAF, ROOT]):
        token = signed(form, signer=SoftwareSigner(LEAF_KEY), certificates=certificates)
        found = read_status_list(token, uri=URI, keys=roots, now=NOW)
        assert found.statuses == LIST
        assert found.signed_by.key.x5c[0] == LEAF
    # Where keys are fixed, a certificate in the header changes nothing or is refused.
    with pytest.raises((HeaderForbidden, UnknownKey)):
        read(token)


@pytest.mark.parametrize("form", Form)
def test_certificates_that_lead_nowhere_or_name_another_host_are_refused(form: Form) -> None:
    roots = PinnedRoots([ROOT])
    elsewhere = certificate(LEAF_KEY, LEAF_KEY, ca=False)
    for_another = certificate(LEAF_KEY, ROOT_KEY, ca=False, host="other.example")
    for certificates in ([elsewhere], [for_another], [ROOT], []):
        token = signed(form, signer=SoftwareSigner(LEAF_KEY), certificates=certificates)
        with pytest.raises(CertificateChainRefused):
            read_status_list(token, uri=URI, keys=roots, now=NOW)
    token = signed(form, signer=SIGNER, certificates=[LEAF])
    with pytest.raises(TokenSignatureInvalid):
        read_status_list(token, uri=URI, keys=roots, now=NOW)
    token = signed(
        form, signer=SoftwareSigner(LEAF_KEY), certificates=[LEAF], expires_at=NOW + timedelta(days=30)
    )
    with pytest.raises(CertificateChainRefused):  # the certificate has expired, the list has not
        read_status_list(token, uri=URI, keys=roots, now=NOW + timedelta(days=10))


# --- aggregation ---------------------------------------------------------------------------------


def test_the_addresses_of_all_lists_go_both_ways() -> None:
    uris = tuple(f"https://status.example/lists/{number}" for number in range(100))
    assert read_aggregation(write_aggregation(uris)) == uris
    assert read_aggregation(b'{"status_lists":[],"more":1}') == ()


@pytest.mark.parametrize(
    ("octets", "error"),
    [
        (b"", TokenMalformed), (b"[]", TokenMalformed), (b"{}", ClaimMissing), (b'{"status_lists":"x"}', ClaimInvalid),
        (b'{"status_lists":[5]}', ClaimInvalid), (b'{"status_lists":["x"]}', ClaimInvalid),
        (b'{"status_lists":["a:b","a:b"]}', ClaimInvalid), (b'{"status_lists":[],"status_lists":[]}', TokenMalformed),
        (strict_json.dumps({"status_lists": ["a:b"] * 100_001}), ClaimInvalid),
    ],
)  # fmt: skip
def test_damaged_aggregations_are_refused(octets: bytes, error: type[EidError]) -> None:
    with pytest.raises(error):
        read_aggregation(octets)
