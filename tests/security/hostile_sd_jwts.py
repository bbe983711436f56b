"""Presentations that nobody may accept, made here, each with the code it has to be refused with.

All are signed by the real issuer and the real holder where that matters, so that exactly one thing is
wrong. Issuer and holder are invented, their keys fresh for each run.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from eid.crypto.keys import KeySet, SoftwareSigner
from eid.tokens.credentials.verifying import CredentialVerifier

ISSUER, AUDIENCE, NONCE = "https://issuer.example", "https://bank.example", "n-0S6_WzA2Mj"
TYPE = "https://credentials.example/identity"
NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
AT = int(NOW.timestamp())

ISSUING = SoftwareSigner.generate(kid="issuer-1")
HOLDER = SoftwareSigner.generate(kid="holder-1")
MALLORY = SoftwareSigner.generate(kid="issuer-1")


def verifier() -> CredentialVerifier:
    """The one that all of this is shown to."""
    return CredentialVerifier(
        types={TYPE},
        issuers={ISSUER: KeySet([ISSUING.key])},
        audience=AUDIENCE,
        status=None,
        clock=lambda: NOW,
    )


@dataclass(frozen=True)
class Case:
    """One presentation.

    :param must: where it is forbidden: a standard, or ``the house`` and its ``limits``.
    :param bound: it is wrong only where key binding is required.
    """

    name: str
    text: str | bytes
    code: str
    must: str
    bound: bool = False


# --- making them ---------------------------------------------------------------------------------


def b64(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def dumps(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")


def disclosed(*content: object) -> str:
    """A disclosure of whatever is given."""
    return b64(dumps(list(content)))


def digest(disclosure: str, name: str = "sha256") -> str:
    return b64(hashlib.new(name, disclosure.encode()).digest())


def jwt(header: Mapping[str, Any] | bytes, payload: object, signer: SoftwareSigner | None = ISSUING) -> str:
    head = header if isinstance(header, bytes) else dumps(header)
    body = payload if isinstance(payload, bytes) else dumps(payload)
    signed = f"{b64(head)}.{b64(body)}"
    return f"{signed}.{b64(signer.sign(signed.encode())) if signer else ''}"


def public(signer: SoftwareSigner) -> dict[str, Any]:
    return {name: value for name, value in signer.key.to_jwk().items() if name in ("kty", "crv", "x", "y")}


HEADER = {"alg": "ES256", "typ": "dc+sd-jwt", "kid": "issuer-1"}
KB_HEADER = {"alg": "ES256", "typ": "kb+jwt"}
NAME, BIRTH, STREET = (
    disclosed("c2FsdC1zYWx0LXNhbHQtMQ", "name", "Vera Muster"),
    disclosed("c2FsdC1zYWx0LXNhbHQtMg", "birth_date", "1990-02-28"),
    disclosed("c2FsdC1zYWx0LXNhbHQtMw", "street", "1 Test Street"),
)
ADDRESS = disclosed("c2FsdC1zYWx0LXNhbHQtNA", "address", {"_sd": [digest(STREET)], "province": "Test"})
FRENCH = disclosed("c2FsdC1zYWx0LXNhbHQtNQ", "FR")
_OUT = object()


def payload(**changes: Any) -> dict[str, Any]:
    """What the issuer signs; ``without`` takes a claim away."""
    whole = {
        "iss": ISSUER,
        "vct": TYPE,
        "iat": AT - 86_400,
        "exp": AT + 86_400,
        "cnf": {"jwk": public(HOLDER)},
        "nationalities": ["VN", {"...": digest(FRENCH)}],
        "_sd": [digest(NAME), digest(BIRTH), digest(ADDRESS)],
        "_sd_alg": "sha-256",
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not _OUT}


def binding(signed_text: str, **changes: Any) -> dict[str, Any]:
    """What the holder signs."""
    whole = {"iat": AT, "aud": AUDIENCE, "nonce": NONCE, "sd_hash": digest(signed_text), **changes}
    return {name: value for name, value in whole.items() if value is not _OUT}


def presented(
    token: str,
    *disclosures: str,
    header: Mapping[str, Any] | bytes = KB_HEADER,
    signer: SoftwareSigner | None = HOLDER,
    **changes: Any,
) -> str:
    """*token* with *disclosures*, bound by the holder."""
    text = "~".join((token, *disclosures, ""))
    return text + jwt(header, binding(text, **changes), signer)


def signed(*disclosures: str, header: Mapping[str, Any] | bytes = HEADER, **changes: Any) -> str:
    """A presentation of another payload than the usual one."""
    return presented(jwt(header, payload(**changes)), *disclosures)


def good() -> str:
    """The one that is accepted: everything else differs from it in one thing."""
    return signed(NAME, ADDRESS, STREET, FRENCH)


@dataclass
class Corpus:
    cases: list[Case] = field(default_factory=list)

    def add(self, must: str, code: str, bound: bool = False, /, **texts: str | bytes) -> None:
        self.cases += [Case(name, text, code, must, bound) for name, text in texts.items()]


_MAKERS: list[Callable[[Corpus], None]] = []


def _group(maker: Callable[[Corpus], None]) -> Callable[[Corpus], None]:
    _MAKERS.append(maker)
    return maker


@functools.cache
def corpus() -> tuple[Case, ...]:
    """All of them."""
    made = Corpus()
    for maker in _MAKERS:
        maker(made)
    return tuple(made.cases)


# --- the compact form ----------------------------------------------------------------------------


@_group
def form(add_to: Corpus) -> None:
    add, text = add_to.add, good()
    token = text.split("~")[0]
    kb = text.rpartition("~")[2]
    add(
        "RFC 9901, 4",
        "SD_JWT_MALFORMED",
        nothing="",
        no_tilde=token,
        empty_disclosure=text.replace("~", "~~", 1),
        json_serialisation=json.dumps({"payload": token.split(".")[1], "disclosures": [NAME]}),
        fullwidth_tilde=text.replace("~", "\uff5e").encode(),
    )
    add("RFC 9901, 4", "TOKEN_MALFORMED", only_a_tilde="~" + kb, token_comes_last="~".join((NAME, token, kb)))
    add("RFC 7515, 2", "TOKEN_BASE64URL", not_ascii=text.replace("e", "é", 1))
    add(
        "RFC 9901, 4",
        "TOKEN_MALFORMED",
        True,
        last_tilde_missing=text.rpartition("~")[0],
        line_end_after=text.rpartition("~")[0] + "~\n",
        junk_as_key_binding=text.rpartition("~")[0] + "~junk",
    )
    add(
        "RFC 7515, 2",
        "DISCLOSURE_MALFORMED",
        key_binding_twice=f"{text}~{kb}",
        space_in_disclosure=text.replace(NAME, NAME[:8] + " " + NAME[8:]),
        line_end_in_disclosure=text.replace(NAME, NAME + "\n"),
    )
    add(
        "limits",
        "TOKEN_TOO_LARGE",
        too_many_disclosures=token + "~" + f"{NAME}~" * 201 + kb,
        too_long=text + "A" * 262_144,
    )


# --- the issuer's token --------------------------------------------------------------------------


@_group
def issuer_header(add_to: Corpus) -> None:
    add = add_to.add

    def with_header(**changes: Any) -> str:
        header = {name: value for name, value in {**HEADER, **changes}.items() if value is not _OUT}
        return signed(NAME, header=header)

    unsigned = jwt({**HEADER, "alg": "none"}, payload(), None)
    head = f"{b64(dumps({**HEADER, 'alg': 'HS256'}))}.{b64(dumps(payload()))}"
    secret = ISSUING.key.public.public_bytes(*_pem())
    hmaced = f"{head}.{b64(hmac.digest(secret, head.encode(), 'sha256'))}"
    add(
        "RFC 9901, 7.1, 2a",
        "TOKEN_ALGORITHM_FORBIDDEN",
        alg_none=presented(unsigned, NAME),
        alg_none_capital=with_header(alg="None"),
        alg_hmac_with_public_key=presented(hmaced, NAME),
        alg_unknown=with_header(alg="ES256K"),
    )
    add(
        "RFC 9901, 7.1, 2a",
        "TOKEN_HEADER",
        alg_missing=with_header(alg=_OUT),
        alg_list=with_header(alg=["ES256"]),
    )
    add("the house", "TOKEN_HEADER", kid_missing=with_header(kid=_OUT), kid_number=with_header(kid=1))
    add("RFC 8725, 3.1", "TOKEN_ALGORITHM_MISMATCH", alg_of_another_key=with_header(alg="ES384"))
    add(
        "RFC 9901, 7.1, 2c",
        "UNKNOWN_KEY",
        kid_unknown=with_header(kid="issuer-2"),
        kid_path=with_header(kid="../../issuer-1"),
    )
    add(
        "RFC 8725, 3.10",
        "TOKEN_HEADER_FORBIDDEN",
        jwk_in_header=presented(jwt({**HEADER, "jwk": public(MALLORY)}, payload(), MALLORY), NAME),
        jku_in_header=with_header(jku="https://evil.example/jwks"),
        zip_in_header=with_header(zip="DEF"),
    )
    add(
        "RFC 7515, 4.1.11",
        "TOKEN_CRITICAL_HEADER",
        crit=with_header(crit=["exp"]),
        crit_empty=with_header(crit=[]),
    )
    add(
        "SD-JWT VC, 2.2.1",
        "TOKEN_TYPE",
        typ_missing=with_header(typ=_OUT),
        typ_jwt=with_header(typ="JWT"),
        typ_key_binding=with_header(typ="kb+jwt"),
        typ_eid_token=with_header(typ="eid+jwt"),
        typ_before_2024=with_header(typ="vc+sd-jwt"),
    )
    add(
        "RFC 8725, 2.4",
        "TOKEN_DUPLICATE_MEMBER",
        alg_twice=signed(NAME, header=b'{"alg":"ES256","alg":"none","typ":"dc+sd-jwt","kid":"issuer-1"}'),
    )


def _pem() -> tuple[Any, Any]:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return Encoding.PEM, PublicFormat.SubjectPublicKeyInfo


@_group
def issuer_signature(add_to: Corpus) -> None:
    add = add_to.add
    token = jwt(HEADER, payload())
    head, body, signature = token.split(".")
    longer = jwt(HEADER, payload(exp=AT + 10**9))
    broken = bytearray(base64.urlsafe_b64decode(signature + "=="))
    broken[40] ^= 1
    add(
        "RFC 9901, 7.1, 2b",
        "TOKEN_SIGNATURE",
        signed_by_another_key=presented(jwt(HEADER, payload(), MALLORY), NAME),
        payload_exchanged=presented(f"{head}.{longer.split('.')[1]}.{signature}", NAME),
        header_exchanged=presented(f"{b64(dumps({**HEADER, 'x': 1}))}.{body}.{signature}", NAME),
        signature_flipped=presented(f"{head}.{body}.{b64(bytes(broken))}", NAME),
        signature_empty=presented(f"{head}.{body}.", NAME),
        signature_zero=presented(f"{head}.{body}.{b64(bytes(64))}", NAME),
        signature_cut=presented(f"{head}.{body}.{b64(bytes(broken[:63]))}", NAME),
        signature_by_holder=presented(jwt(HEADER, payload(), HOLDER), NAME),
    )
    add(
        "RFC 7515, 2",
        "TOKEN_BASE64URL",
        signature_padded=presented(token + "==", NAME),
        payload_padded=presented(f"{head}.{body}=.{signature}", NAME),
    )


@_group
def issuer_claims(add_to: Corpus) -> None:
    add = add_to.add
    whole = dumps(payload())
    raw: Callable[[bytes], str] = lambda octets: presented(jwt(HEADER, octets), NAME)  # noqa: E731
    add(
        "RFC 7519, 4",
        "TOKEN_DUPLICATE_MEMBER",
        exp_twice=raw(whole[:-1] + b',"exp":9999999999}'),
        sd_twice=raw(whole[:-1] + b',"_sd":[]}'),
        sd_twice_escaped=raw(whole[:-1] + b',"\\u005fsd":[]}'),
    )
    add(
        "RFC 7493, 2.2",
        "TOKEN_NUMBER",
        exp_nan=raw(whole[:-1] + b',"x":NaN}'),
        exp_infinite=raw(whole[:-1] + b',"x":1e999}'),
        number_huge=raw(whole[:-1] + b',"x":9007199254740993}'),
    )
    add(
        "RFC 7493, 2.1",
        "TOKEN_TEXT",
        lone_surrogate=raw(whole[:-1] + b',"x":"\\ud800"}'),
        not_utf8=raw(whole[:-1] + b',"x":"\xff"}'),
    )
    add(
        "RFC 7519, 4",
        "TOKEN_MALFORMED",
        payload_array=raw(dumps([payload()])),
        payload_text=raw(b'"x"'),
        payload_two_values=raw(whole + whole),
    )
    add("RFC 7515, appendix F", "TOKEN_FORM_UNSUPPORTED", payload_empty=raw(b""))
    add("limits", "TOKEN_TOO_LARGE", nested_deep=raw(whole[:-1] + b',"x":' + b"[" * 40 + b"]" * 40 + b"}"))
    add(
        "RFC 9901, 7.1, 2c",
        "TOKEN_ISSUER",
        issuer_unknown=signed(NAME, iss="https://evil.example"),
        issuer_with_slash=signed(NAME, iss=ISSUER + "/"),
        issuer_in_capitals=signed(NAME, iss=ISSUER.upper()),
    )
    add(
        "SD-JWT VC, 2.2.2",
        "TOKEN_CLAIM_MISSING",
        issuer_missing=signed(NAME, iss=_OUT),
        type_missing=signed(NAME, vct=_OUT),
        exp_missing=signed(NAME, exp=_OUT),
    )
    add(
        "SD-JWT VC, 2.2.2",
        "TOKEN_CLAIM_INVALID",
        issuer_list=signed(NAME, iss=[ISSUER]),
        issuer_null=signed(NAME, iss=None),
        type_list=signed(NAME, vct=[TYPE]),
        type_empty=signed(NAME, vct=""),
        exp_text=signed(NAME, exp=str(AT + 60)),
        exp_fraction=signed(NAME, exp=AT + 60.5),
        exp_true=signed(NAME, exp=True),
        exp_null=signed(NAME, exp=None),
        nbf_text=signed(NAME, nbf="0"),
        status_text=signed(NAME, status="valid"),
        status_index_negative=signed(
            NAME, status={"status_list": {"idx": -1, "uri": "https://status.example/1"}}
        ),
    )
    add(
        "SD-JWT VC, 2.2.2.1",
        "CREDENTIAL_TYPE",
        type_other=signed(NAME, vct=TYPE + "/v2"),
        type_in_capitals=signed(NAME, vct=TYPE.upper()),
    )
    add(
        "RFC 9901, 7.1, 6",
        "TOKEN_EXPIRED",
        expired=signed(NAME, exp=AT - 31),
        expired_long_ago=signed(NAME, exp=0),
    )
    add(
        "RFC 9901, 7.1, 6",
        "TOKEN_NOT_YET_VALID",
        nbf_in_future=signed(NAME, nbf=AT + 3600),
        iat_in_future=signed(NAME, iat=AT + 3600),
    )
    add(
        "RFC 9901, 7.1, 6",
        "TOKEN_AUDIENCE",
        issued_for_another=signed(NAME, aud="https://shop.example"),
        issued_for_others=signed(NAME, aud=["https://shop.example", ISSUER]),
        issued_for_nobody=signed(NAME, aud=[]),
    )
    add("RFC 7519, 4.1.3", "TOKEN_CLAIM_INVALID", audience_number=signed(NAME, aud=[AUDIENCE, 1]))
    status = {"status_list": {"idx": 7, "uri": "https://status.example/1"}}
    add("SD-JWT VC, 2.4", "STATUS_NOT_ASKED", status_with_nobody_to_ask=signed(NAME, status=status))


# --- digests -------------------------------------------------------------------------------------


@_group
def hash_algorithm(add_to: Corpus) -> None:
    add = add_to.add
    add(
        "RFC 9901, 4.1.1",
        "DIGEST_ALGORITHM",
        sd_alg_sha1=signed(NAME, _sd_alg="sha-1"),
        sd_alg_md5=signed(NAME, _sd_alg="md5"),
        sd_alg_in_capitals=signed(NAME, _sd_alg="SHA-256"),
        sd_alg_number=signed(NAME, _sd_alg=256),
        sd_alg_null=signed(NAME, _sd_alg=None),
        sd_alg_list=signed(NAME, _sd_alg=["sha-256"]),
        sd_alg_empty=signed(NAME, _sd_alg=""),
        sd_alg_python=signed(NAME, _sd_alg="sha256"),
    )
    add("RFC 9901, 4.1.1", "DISCLOSURE_UNREFERENCED", sd_alg_other_than_used=signed(NAME, _sd_alg="sha-512"))
    add(
        "RFC 9901, 4.1.1",
        "DIGEST_MALFORMED",
        sd_alg_nested=signed(NAME, place={"_sd_alg": "sha-256"}),
        sd_alg_in_array=signed(NAME, place=[{"_sd_alg": "sha-256"}]),
    )
    inner = disclosed("salt", "extra", {"_sd_alg": "sha-512"})
    add("RFC 9901, 4.1.1", "DIGEST_MALFORMED", sd_alg_in_disclosure=signed(inner, _sd=[digest(inner)]))


@_group
def digests(add_to: Corpus) -> None:
    add, one = add_to.add, digest(NAME)
    add(
        "RFC 9901, 4.2.4.1",
        "DIGEST_MALFORMED",
        sd_text=signed(NAME, _sd=one),
        sd_object=signed(NAME, _sd={"0": one}),
        sd_null=signed(NAME, _sd=None),
        sd_number_in_it=signed(NAME, _sd=[one, 1]),
        sd_null_in_it=signed(NAME, _sd=[one, None]),
        sd_list_in_it=signed(NAME, _sd=[[one]]),
        sd_object_in_it=signed(NAME, _sd=[{"...": one}]),
        sd_nested_text=signed(NAME, place={"_sd": "x"}),
    )
    add(
        "RFC 9901, 4.2.4.2",
        "DIGEST_MALFORMED",
        dots_beside_other=signed(FRENCH, nationalities=[{"...": digest(FRENCH), "x": 1}]),
        dots_number=signed(NAME, nationalities=[{"...": 1}]),
        dots_null=signed(NAME, nationalities=[{"...": None}]),
        dots_list=signed(NAME, nationalities=[{"...": [digest(FRENCH)]}]),
        dots_at_top=signed(NAME, **{"...": digest(FRENCH)}),
        dots_in_object=signed(NAME, place={"...": digest(FRENCH)}),
        dots_as_member_of_array_element=signed(FRENCH, nationalities=[{"x": {"...": digest(FRENCH)}}]),
    )
    decoy = digest("decoy")
    holding = disclosed("salt", "place", {"_sd": [one]})
    listing = disclosed("salt", "place", [{"...": digest(FRENCH)}])
    add(
        "RFC 9901, 7.1, 4",
        "DIGEST_REPEATED",
        digest_twice=signed(NAME, _sd=[one, one]),
        digest_in_two_places=signed(NAME, _sd=[one], place={"_sd": [one]}),
        digest_decoy_twice=signed(NAME, _sd=[one, decoy, decoy]),
        digest_twice_never_disclosed=presented(jwt(HEADER, payload(_sd=[one, one]))),
        digest_in_array_twice=signed(
            FRENCH, nationalities=[{"...": digest(FRENCH)}, {"...": digest(FRENCH)}]
        ),
        digest_in_object_and_array=signed(NAME, _sd=[one, decoy], nationalities=[{"...": decoy}]),
        digest_in_disclosure_too=signed(NAME, holding, _sd=[one, digest(holding)]),
        digest_in_disclosed_array_too=signed(listing, _sd=[digest(listing)]),
    )


# --- disclosures ---------------------------------------------------------------------------------


def lone(content: bytes | str, **changes: Any) -> str:
    """A presentation with one disclosure of these octets (or this text), whose digest is signed."""
    text = content if isinstance(content, str) else b64(content)
    return signed(text, _sd=[digest(text)], **changes)


@_group
def disclosure_form(add_to: Corpus) -> None:
    add = add_to.add
    stray = NAME[:-1] + chr(ord(NAME[-1]) + 1)
    add(
        "RFC 9901, 4.2.1",
        "DISCLOSURE_MALFORMED",
        disclosure_no_json=lone(b"salt,name,value"),
        disclosure_empty_json=lone(b" "),
        disclosure_object=lone(b'{"salt":"x","name":"y"}'),
        disclosure_text=lone(b'"salt"'),
        disclosure_null=lone(b"null"),
        disclosure_empty_array=lone(b"[]"),
        disclosure_one_element=lone(b'["salt"]'),
        disclosure_four_elements=lone(b'["salt","name","value","more"]'),
        disclosure_salt_number=lone(b'[1,"name","value"]'),
        disclosure_salt_null=lone(b'[null,"name","value"]'),
        disclosure_salt_list=lone(b'[["salt"],"name","value"]'),
        disclosure_name_number=lone(b'["salt",1,"value"]'),
        disclosure_name_null=lone(b'["salt",null,"value"]'),
        disclosure_name_list=lone(b'["salt",["name"],"value"]'),
        disclosure_cut=lone(b'["salt","name","val'),
        disclosure_followed_by_more=lone(b'["salt","name","value"]]'),
        disclosure_two_values=lone(b'["salt","name","value"],["salt","more","value"]'),
        disclosure_comma_after=lone(b'["salt","name","value"],'),
        disclosure_trailing_comma=lone(b'["salt","name","value",]'),
        disclosure_comment=lone(b'["salt",/* */"name","value"]'),
        disclosure_single_quotes=lone(b"['salt','name','value']"),
        disclosure_not_utf8=lone(b'["salt","name","\xff"]'),
        disclosure_byte_order_mark=lone(b'\xef\xbb\xbf["salt","name","value"]'),
        disclosure_control_character=lone(b'["salt","name","a\nb"]'),
    )
    add(
        "RFC 7493, 2",
        "DISCLOSURE_MALFORMED",
        disclosure_nan=lone(b'["salt","name",NaN]'),
        disclosure_infinite=lone(b'["salt","name",1e999]'),
        disclosure_huge_number=lone(b'["salt","name",9007199254740993]'),
        disclosure_lone_surrogate=lone(b'["salt","name","\\udc00"]'),
        disclosure_member_twice=lone(b'["salt","name",{"a":1,"a":2}]'),
    )
    halves = (b64(b'["salt",["name"'), b64(b'"value"]]'))
    pair = (b64(b'["salt","a","b"],["salt","c"'), b64(b'"d"]'))
    add(
        "RFC 9901, 4.2.1",
        "DISCLOSURE_MALFORMED",
        disclosures_that_close_each_other=signed(*halves, _sd=[digest(each) for each in halves]),
        disclosures_that_shift_each_other=signed(*pair, _sd=[digest(each) for each in pair]),
    )
    add(
        "RFC 7515, 2",
        "DISCLOSURE_MALFORMED",
        disclosure_padded=lone(base64.urlsafe_b64encode(b'["salt","name","valu"]').decode()),
        disclosure_plain_base64=lone(
            base64.b64encode(b'["salt","name","\xc3\xbf\xc3\xbf\xc3\xbe"]').decode().rstrip("=")
        ),
        disclosure_stray_bits=lone(stray),
        disclosure_with_dot=lone(NAME + "."),
    )
    add(
        "limits",
        "TOKEN_TOO_LARGE",
        disclosure_nested_deep=lone(b'["salt","name",' + b"[" * 40 + b"]" * 41),
        disclosures_in_disclosures=chained(20),
        arrays_in_disclosures=listed(20),
    )


def listed(depth: int) -> str:
    """Disclosures of arrays, each an element of the one before."""
    texts = [disclosed("salt", "innermost")]
    for _ in range(depth):
        texts.append(disclosed("salt", [{"...": digest(texts[-1])}]))
    return signed(*texts, nationalities=[{"...": digest(texts[-1])}])


def chained(depth: int) -> str:
    """Disclosures, each of which is part of the one before."""
    texts = [disclosed("salt", "claim", "innermost")]
    for number in range(depth):
        texts.append(disclosed("salt", f"claim{number}", {"_sd": [digest(texts[-1])]}))
    return signed(*texts, _sd=[digest(texts[-1])])


@_group
def disclosure_place(add_to: Corpus) -> None:
    add = add_to.add
    for name, text in (("sd", "_sd"), ("dots", "..."), ("sd_alg", "_sd_alg")):
        bad = disclosed("salt", text, ["x"])
        inner = disclosed("salt", "place", {"_sd": [digest(bad)]})
        add(
            "RFC 9901, 7.1, 3c",
            "DISCLOSURE_NAME",
            **{
                f"disclosure_called_{name}": signed(bad, _sd=[digest(bad)]),
                f"disclosure_inside_called_{name}": signed(inner, bad, _sd=[digest(inner)]),
            },
        )
    unnamed = disclosed("salt", "value")
    add(
        "RFC 9901, 7.1, 3c",
        "DISCLOSURE_MISPLACED",
        element_for_member=signed(unnamed, _sd=[digest(unnamed)]),
        member_for_element=signed(NAME, _sd=[], nationalities=[{"...": digest(NAME)}]),
        element_for_member_inside=signed(unnamed, _sd=[], place={"_sd": [digest(unnamed)]}),
    )
    twin = disclosed("other salt", "name", "Eve Muster")
    both = disclosed("salt", "place", {"_sd": [digest(NAME)], "name": "open"})
    add(
        "RFC 9901, 7.1, 3c",
        "DISCLOSURE_CLASH",
        claim_already_open=signed(NAME, name="Eve Muster"),
        claim_disclosed_twice=signed(NAME, twin, _sd=[digest(NAME), digest(twin)]),
        claim_already_open_inside=signed(NAME, _sd=[], place={"name": "open", "_sd": [digest(NAME)]}),
        claim_already_open_in_disclosure=signed(both, NAME, _sd=[digest(both)]),
        claim_already_open_as_null=signed(NAME, name=None),
    )
    add(
        "RFC 9901, 7.1, 5",
        "DISCLOSURE_UNREFERENCED",
        disclosure_of_nothing=signed(NAME, disclosed("salt", "admin", True)),
        disclosure_without_its_parent=signed(NAME, STREET),
        disclosure_altered=signed(disclosed("c2FsdC1zYWx0LXNhbHQtMQ", "name", "Eve Muster")),
        disclosure_spelled_otherwise=signed(b64(b'["c2FsdC1zYWx0LXNhbHQtMQ", "name", "Vera Muster"]')),
        disclosure_with_space_after=signed(b64(base64.urlsafe_b64decode(NAME + "==") + b"  ")),
        digest_of_the_json=signed(
            NAME, _sd=[b64(hashlib.sha256(base64.urlsafe_b64decode(NAME + "==")).digest())]
        ),
        digest_in_hexadecimal=signed(NAME, _sd=[hashlib.sha256(NAME.encode()).hexdigest()]),
        digest_padded=signed(NAME, _sd=[digest(NAME) + "="]),
        digest_in_capitals=signed(NAME, _sd=[digest(NAME).upper()]),
        digest_cut=signed(NAME, _sd=[digest(NAME)[:-1]]),
        digest_of_md5=signed(NAME, _sd=[digest(NAME, "md5")]),
        no_digests_at_all=signed(NAME, _sd=_OUT),
        digest_elsewhere=signed(NAME, _sd=[], other=[digest(NAME)]),
        digest_as_array_element=signed(FRENCH, nationalities=[digest(FRENCH)]),
    )
    add(
        "RFC 9901, 7.1, 5",
        "DISCLOSURE_REPEATED",
        disclosure_sent_twice=signed(NAME, NAME),
        disclosure_sent_twice_apart=signed(NAME, FRENCH, NAME),
    )


@_group
def open_claims(add_to: Corpus) -> None:
    add = add_to.add
    values = {
        "nbf": 0, "aud": AUDIENCE, "vct#integrity": "sha256-x",
        "status": {"status_list": {"idx": 1, "uri": "https://status.example/1"}},
        "cnf": {"jwk": public(MALLORY)}, "exp": AT + 10**9, "vct": TYPE,
    }  # fmt: skip
    for name, value in values.items():
        hidden = disclosed("salt", name, value)
        word = name.replace("#", "_")
        if name not in ("cnf", "exp", "vct"):
            add(
                "RFC 9901, 9.7; SD-JWT VC, 2.2.2.2",
                "CLAIM_MUST_BE_OPEN",
                **{f"{word}_disclosed": signed(hidden, _sd=[digest(hidden)])},
            )
        else:
            add(
                "RFC 9901, 9.7; SD-JWT VC, 2.2.2.2",
                "CLAIM_MUST_BE_OPEN",
                **{
                    f"{word}_disclosed": signed(hidden, _sd=[digest(hidden)], **{name: _OUT}),
                    f"{word}_disclosed_over_the_open_one": signed(hidden, _sd=[digest(hidden)]),
                },
            )
    key = disclosed("salt", "jwk", public(MALLORY))
    index = disclosed("salt", "status_list", {"idx": 1, "uri": "https://status.example/1"})
    add(
        "RFC 9901, 9.7",
        "CLAIM_MUST_BE_OPEN",
        holder_key_disclosed=signed(key, cnf={"_sd": [digest(key)]}),
        holder_key_hidden=signed(NAME, cnf={"_sd": [digest(key)]}),
        status_list_disclosed=signed(index, status={"_sd": [digest(index)]}),
        status_list_hidden=signed(NAME, status={"_sd": [digest(index)]}),
    )
    hidden = disclosed("salt", "exp", AT - 60)
    add(
        "RFC 9901, 9.7",
        "TOKEN_CLAIM_MISSING",
        exp_hidden=signed(NAME, exp=_OUT, _sd=[digest(NAME), digest(hidden)]),
    )


# --- key binding ---------------------------------------------------------------------------------


@_group
def key_binding_missing(add_to: Corpus) -> None:
    add, text = add_to.add, good()
    add(
        "RFC 9901, 7.3, 2",
        "KEY_BINDING_MISSING",
        True,
        key_binding_stripped=text.rpartition("~")[0] + "~",
        tilde_after_key_binding=text + "~",
        never_bound=jwt(HEADER, payload(cnf=_OUT)) + "~",
    )
    add(
        "RFC 9901, 7.3, 5a",
        "HOLDER_KEY_MISSING",
        True,
        bound_to_nobody=signed(NAME, cnf=_OUT),
        bound_by_identifier=signed(NAME, cnf={"kid": "holder-1"}),
        bound_by_thumbprint=signed(NAME, cnf={"jkt": HOLDER.key.thumbprint()}),
        bound_to_null=signed(NAME, cnf=None),
    )
    own = disclosed("salt", "cnf", {"jwk": public(MALLORY)})
    add(
        "RFC 9901, 7.3, 5a",
        "HOLDER_KEY_MISSING",
        True,
        holder_key_hidden_and_replaced=presented(
            jwt(HEADER, payload(cnf=_OUT, _sd=[digest(NAME), digest(own)])), NAME, signer=MALLORY
        ),
    )


@_group
def holder_keys(add_to: Corpus) -> None:
    key = public(HOLDER)
    private = {**key, "d": b64(bytes(31) + b"\1")}

    def bound(jwk: object) -> str:
        return signed(NAME, cnf={"jwk": jwk})

    add_to.add(
        "RFC 7800, 3.2",
        "HOLDER_KEY_INVALID",
        True,
        holder_key_text=bound("key"),
        holder_key_list=bound([key]),
        holder_key_empty=bound({}),
        holder_key_private=bound(private),
        holder_key_symmetric=bound({"kty": "oct", "k": b64(bytes(32))}),
        holder_key_off_curve=bound({**key, "y": key["x"]}),
        holder_key_zero=bound({**key, "x": b64(bytes(32)), "y": b64(bytes(32))}),
        holder_key_for_encryption=bound({**key, "use": "enc"}),
        holder_key_unknown_curve=bound({**key, "crv": "secp256k1"}),
        holder_key_padded=bound({**key, "x": key["x"] + "="}),
        holder_key_short_rsa=bound({"kty": "RSA", "alg": "RS256", "n": b64(b"\xff" * 128), "e": "AQAB"}),
        holder_key_for_hmac=bound({**key, "alg": "HS256"}),
        confirmation_text=signed(NAME, cnf="jwk"),
        confirmation_list=signed(NAME, cnf=[{"jwk": key}]),
    )


@_group
def key_binding_header(add_to: Corpus) -> None:
    add, token = add_to.add, jwt(HEADER, payload())

    def bound(signer: SoftwareSigner | None = HOLDER, **changes: Any) -> str:
        header = {name: value for name, value in {**KB_HEADER, **changes}.items() if value is not _OUT}
        return presented(token, NAME, header=header, signer=signer)

    text = f"{token}~{NAME}~"
    head = f"{b64(dumps({**KB_HEADER, 'alg': 'HS256'}))}.{b64(dumps(binding(text)))}"
    hmaced = (
        text + f"{head}.{b64(hmac.digest(HOLDER.key.public.public_bytes(*_pem()), head.encode(), 'sha256'))}"
    )
    add(
        "RFC 9901, 7.3, 5b",
        "TOKEN_ALGORITHM_FORBIDDEN",
        key_binding_alg_none=bound(None, alg="none"),
        key_binding_hmac=hmaced,
        key_binding_alg_unknown=bound(alg="ES256K"),
    )
    add(
        "RFC 9901, 7.3, 5d",
        "TOKEN_TYPE",
        key_binding_typ_missing=bound(typ=_OUT),
        key_binding_typ_jwt=bound(typ="JWT"),
        key_binding_typ_dpop=bound(typ="dpop+jwt"),
        key_binding_typ_credential=bound(typ="dc+sd-jwt"),
    )
    add(
        "RFC 8725, 3.10",
        "TOKEN_HEADER_FORBIDDEN",
        key_binding_brings_its_key=bound(MALLORY, jwk=public(MALLORY)),
        key_binding_brings_certificates=bound(MALLORY, x5c=["MIIB"]),
    )
    add("RFC 7515, 4.1.11", "TOKEN_CRITICAL_HEADER", key_binding_crit=bound(crit=["b64"]))
    add("RFC 9901, 4.3", "TOKEN_HEADER", key_binding_alg_missing=bound(alg=_OUT))
    add(
        "RFC 9901, 7.3, 5c",
        "KEY_BINDING_SIGNATURE",
        True,
        key_binding_by_issuer=bound(ISSUING),
        key_binding_by_mallory=bound(MALLORY),
        key_binding_names_other_algorithm=bound(alg="ES384"),
        key_binding_unsigned=bound(None),
        key_binding_by_other_holder=presented(token, NAME, signer=SoftwareSigner.generate()),
        key_binding_edwards=presented(
            token, NAME, header={**KB_HEADER, "alg": "EdDSA"}, signer=SoftwareSigner.generate("Ed25519")
        ),
    )
    kb = presented(token, NAME).rpartition("~")[2]
    first, _, last = kb.split(".")
    other = b64(dumps(binding(text, nonce=NONCE, iat=AT, extra=1)))
    add(
        "RFC 9901, 7.3, 5c",
        "KEY_BINDING_SIGNATURE",
        True,
        key_binding_payload_exchanged=f"{text}{first}.{other}.{last}",
        key_binding_signature_in_der=f"{text}{first}.{kb.split('.')[1]}.{b64(_der(kb))}",
    )


def _der(token: str) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    raw = base64.urlsafe_b64decode(token.rpartition(".")[2] + "==")
    return encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))


@_group
def key_binding_claims(add_to: Corpus) -> None:
    add, token = add_to.add, jwt(HEADER, payload())

    def bound(**changes: Any) -> str:
        return presented(token, NAME, **changes)

    add(
        "RFC 9901, 7.3, 5f",
        "TOKEN_AUDIENCE",
        True,
        for_another_audience=bound(aud="https://shop.example"),
        for_audience_with_slash=bound(aud=AUDIENCE + "/"),
        for_audience_in_capitals=bound(aud=AUDIENCE.upper()),
        for_the_issuer=bound(aud=ISSUER),
    )
    add(
        "RFC 9901, 7.3, 5f",
        "TOKEN_NONCE",
        True,
        for_another_transaction=bound(nonce="another"),
        nonce_in_capitals=bound(nonce=NONCE.upper()),
        nonce_with_more=bound(nonce=NONCE + "A"),
    )
    add(
        "RFC 9901, 7.3, 5e",
        "KEY_BINDING_TIME",
        True,
        presented_long_ago=bound(iat=AT - 3600),
        presented_just_too_long_ago=bound(iat=AT - 331),
        presented_in_future=bound(iat=AT + 3600),
        presented_just_in_future=bound(iat=AT + 31),
        presented_at_zero=bound(iat=0),
    )
    add(
        "RFC 9901, 4.3",
        "TOKEN_CLAIM_MISSING",
        True,
        binding_without_time=bound(iat=_OUT),
        binding_without_audience=bound(aud=_OUT),
        binding_without_nonce=bound(nonce=_OUT),
        binding_without_hash=bound(sd_hash=_OUT),
    )
    add(
        "RFC 9901, 4.3",
        "TOKEN_CLAIM_INVALID",
        True,
        binding_time_text=bound(iat=str(AT)),
        binding_time_true=bound(iat=True),
        binding_nonce_number=bound(nonce=1),
        binding_nonce_list=bound(nonce=[NONCE]),
        binding_hash_null=bound(sd_hash=None),
        binding_audience_null=bound(aud=None),
    )
    add(
        "the house",
        "TOKEN_CLAIM_INVALID",
        True,
        binding_time_fraction=bound(iat=AT + 0.5),
        binding_audience_list=bound(aud=[AUDIENCE]),
        binding_audiences=bound(aud=[AUDIENCE, "https://shop.example"]),
        binding_nonce_empty=bound(nonce=""),
    )
    add("RFC 9901, 7.3, 5h", "TOKEN_EXPIRED", True, binding_expired=bound(exp=AT - 31))
    add("RFC 9901, 7.3, 5h", "TOKEN_NOT_YET_VALID", True, binding_not_yet_valid=bound(nbf=AT + 3600))
    add(
        "RFC 7519, 4",
        "TOKEN_DUPLICATE_MEMBER",
        True,
        binding_nonce_twice=_raw_binding(token, b',"nonce":"x"}'),
    )
    add(
        "RFC 7519, 4",
        "TOKEN_MALFORMED",
        True,
        binding_no_object=f"{token}~{NAME}~" + jwt(KB_HEADER, b"[]", HOLDER),
    )


def _raw_binding(token: str, ending: bytes) -> str:
    text = f"{token}~{NAME}~"
    return text + jwt(KB_HEADER, dumps(binding(text))[:-1] + ending, HOLDER)


@_group
def key_binding_hash(add_to: Corpus) -> None:
    add, token = add_to.add, jwt(HEADER, payload())
    text = f"{token}~{NAME}~"
    kb = presented(token, NAME).rpartition("~")[2]
    sha512 = jwt(HEADER, payload(_sd_alg="sha-512", _sd=[digest(NAME, "sha512")], nationalities=[]))
    another = jwt(HEADER, payload(iat=AT - 1))
    add(
        "RFC 9901, 7.3, 5g",
        "KEY_BINDING_HASH",
        True,
        disclosure_added=f"{token}~{NAME}~{BIRTH}~{kb}",
        disclosure_taken_away=f"{token}~{kb}",
        disclosure_exchanged=f"{token}~{BIRTH}~{kb}",
        disclosures_reordered=f"{token}~{BIRTH}~{NAME}~" + presented(token, NAME, BIRTH).rpartition("~")[2],
        replayed_with_another_credential=f"{another}~{NAME}~{kb}",
        hash_of_token_alone=presented(token, NAME, sd_hash=digest(token)),
        hash_without_last_tilde=presented(token, NAME, sd_hash=digest(text[:-1])),
        hash_in_hexadecimal=presented(token, NAME, sd_hash=hashlib.sha256(text.encode()).hexdigest()),
        hash_padded=presented(token, NAME, sd_hash=digest(text) + "="),
        hash_by_another_algorithm=presented(token, NAME, sd_hash=digest(text, "sha512")),
        hash_by_default_where_another_is_named=presented(sha512, NAME),
        hash_algorithm_named_by_holder=presented(
            token, NAME, sd_hash=digest(text, "sha512"), _sd_alg="sha-512"
        ),
        hash_of_nothing=presented(token, NAME, sd_hash=digest("")),
    )
