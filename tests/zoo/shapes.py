"""Chains of every shape, good and deceitful, with three kinds of keys."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from breeding import (
    BASIC,
    NOW,
    NULL,
    USAGE,
    Algorithm,
    Draft,
    Key,
    aki,
    authority,
    basic,
    ec_key,
    extension,
    forged_key,
    name,
    rsa_key,
    signer,
    ski,
    usage,
)

PASSED = ""
UNKNOWN = "UNKNOWN_ISSUER"
PAST = (datetime(2010, 1, 1, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC))
FUTURE = (datetime(2035, 1, 1, tzinfo=UTC), datetime(2045, 1, 1, tzinfo=UTC))


@dataclass(frozen=True)
class Case:
    """One question: does *leaf* lead to one of *anchors*?

    :param code: ``""`` when it does, else the verdict code.
    :param length: certificates of the chain, leaf and anchor included.
    :param warnings: that must be noted on the way.
    """

    name: str
    leaf: bytes
    anchors: tuple[bytes, ...]
    intermediates: tuple[bytes, ...] = ()
    code: str = PASSED
    length: int = 2
    warnings: frozenset[str] = frozenset()
    at: datetime = NOW

    @property
    def certificates(self) -> tuple[bytes, ...]:
        """Every certificate in it."""
        return (self.leaf, *self.anchors, *self.intermediates)


class Family:
    """Keys and names of one country, with one way to sign."""

    def __init__(self, label: str, algorithm: Algorithm) -> None:
        self.label, self.algorithm = label, algorithm
        self.subject = name(f"CSCA {label}")
        self.signer_key = ec_key("secp256r1", 1)

    def key(self, number: int) -> Key:
        """The country's key of this number."""
        if self.label == "rsa":
            return rsa_key(1024, 65537, number)
        return ec_key({"ecdsa": "secp256r1", "brainpool": "brainpoolP384r1"}[self.label], 10 + number)

    def root(self, number: int = 0, **changes: object) -> Draft:
        """A self-signed CSCA."""
        return authority(self.key(number), self.algorithm, self.subject, **changes)  # type: ignore[arg-type]

    def link(self, number: int, by: int, **changes: object) -> bytes:
        """A certificate over one of the country's keys, signed with another one."""
        draft = authority(
            self.key(number),
            self.algorithm,
            self.subject,
            issuer_key=self.key(by),
            serial=40 + number,
            **changes,
        )  # type: ignore[arg-type]
        return draft.signed_by(self.key(by))

    def leaf(self, number: int = 0, **changes: object) -> Draft:
        """A document signer under a key of the country."""
        return signer(self.signer_key, self.algorithm, self.subject, self.key(number), **changes)  # type: ignore[arg-type]

    def sub(self, subject: str, number: int, above: bytes, by: int, path_length: int | None = 0) -> Draft:
        """An authority below another one, of another name."""
        return authority(
            self.key(number),
            self.algorithm,
            name(subject),
            issuer=above,
            issuer_key=self.key(by),
            path_length=path_length,
        )


FAMILIES = (
    ("rsa", Algorithm("PKCS1")),
    ("ecdsa", Algorithm("ECDSA")),
    ("brainpool", Algorithm("ECDSA", "sha384")),
)


def _direct(f: Family) -> Iterator[Case]:
    root = f.root().signed_by(f.key(0))
    other = f.root(1).signed_by(f.key(1))
    leaf = f.leaf().signed_by(f.key(0))
    yield Case("direct", leaf, (root,))
    yield Case("no-anchor", leaf, (), code=UNKNOWN, length=1)
    yield Case("anchor-of-the-same-name-only", leaf, (other,), code=UNKNOWN, length=1)
    yield Case("two-anchors-of-one-name", leaf, (other, root))
    shared = f.root(1).with_extensions(ski=ski(f.key(0).identifier)).signed_by(f.key(1))
    yield Case("two-anchors-of-one-key-identifier", leaf, (shared, root))
    bare = f.leaf().with_extensions(aki=b"").signed_by(f.key(0))
    yield Case("found-by-name", bare, (other, root))
    wrong = f.leaf().with_extensions(aki=aki(f.key(1).identifier)).signed_by(f.key(0))
    yield Case("key-identifier-of-another", wrong, (root, other))
    lonely = f.root().with_extensions(ski=b"", aki=b"").signed_by(f.key(0))
    yield Case("anchor-without-key-identifier", leaf, (lonely,))
    t61 = replace(f.leaf(), issuer=name(f"CSCA {f.label}", tag=0x13))
    yield Case("issuer-name-reencoded", t61.signed_by(f.key(0)), (root,))
    spaced = replace(f.leaf(), issuer=name(f"  csca   {f.label.upper()} "))
    yield Case("issuer-name-in-other-letters", spaced.signed_by(f.key(0)), (root,))
    renamed = replace(f.leaf(), issuer=name("Another authority"))
    yield Case(
        "issuer-name-differs-same-country",
        renamed.signed_by(f.key(0)),
        (root,),
        warnings=frozenset({"ISSUER_NAME_DIFFERS"}),
    )
    foreign = replace(f.leaf(), issuer=name("Another authority", "XX"))
    yield Case(
        "issuer-name-differs-other-country",
        foreign.signed_by(f.key(0)),
        (root,),
        code="ISSUER_NAME_DIFFERS",
        length=1,
    )
    impostor = f.leaf().signed_by(f.key(5))
    yield Case("right-name-right-identifier-wrong-key", impostor, (root,), code=UNKNOWN, length=1)
    own = f.root(5).signed_by(f.key(5))
    forger = f.leaf(5).signed_by(f.key(5))
    yield Case("forgers-own-authority-comes-along", forger, (root,), (own,), code=UNKNOWN, length=1)
    self_signed = f.leaf().signed_by(f.signer_key) if f.label != "rsa" else f.root(7).signed_by(f.key(7))
    yield Case("self-signed-leaf", self_signed, (root,), code=UNKNOWN, length=1)
    broken = f.root().with_signature(b"\0" * 8)
    yield Case("anchor-with-broken-own-signature", leaf, (broken,))
    issued = replace(f.leaf(), subject=f.subject)
    yield Case("self-issued-not-self-signed", issued.signed_by(f.key(0)), (root,))
    yield Case(
        "anchor-expired",
        leaf,
        (f.root(0, not_before=PAST[0], not_after=PAST[1]).signed_by(f.key(0)),),
        code="ISSUER_NOT_VALID",
        length=1,
    )
    yield Case(
        "anchor-not-yet-valid",
        leaf,
        (f.root(0, not_before=FUTURE[0], not_after=FUTURE[1]).signed_by(f.key(0)),),
        code="ISSUER_NOT_VALID",
        length=1,
    )
    old = f.root(0, not_before=PAST[0], not_after=PAST[1], serial=9).signed_by(f.key(0))
    yield Case("expired-and-renewed-with-one-key", leaf, (old, root))
    yield Case("many-anchors-of-one-name", leaf, (*_crowd(f, 20), root))


@functools.cache
def _crowd_of(label: str, count: int) -> tuple[bytes, ...]:
    f = Family(label, dict(FAMILIES)[label])
    return tuple(
        f.root(6, serial=100 + n).with_extensions(ski=b"", aki=b"").with_signature(b"\0" * 8)
        for n in range(count)
    )


def _crowd(f: Family, count: int) -> tuple[bytes, ...]:
    return _crowd_of(f.label, count)


def _rights(f: Family) -> Iterator[Case]:
    leaf = f.leaf().signed_by(f.key(0))

    def anchor(**changes: bytes) -> tuple[bytes, ...]:
        return (f.root().with_extensions(**changes).signed_by(f.key(0)),)

    noted = frozenset({"ANCHOR_NOT_A_CA"})
    yield Case("anchor-ca-false-turkey", leaf, anchor(basic=basic(ca=False)), warnings=noted)
    yield Case("anchor-without-basic-constraints-belgium", leaf, anchor(basic=b""), warnings=noted)
    plain = (replace(f.root(), whole_extensions=b"").signed_by(f.key(0)),)
    yield Case("anchor-without-extensions", leaf, plain, warnings=noted)
    yield Case(
        "anchor-may-not-sign-certificates",
        leaf,
        anchor(usage=usage(b"\x01\x02")),
        code="ISSUER_NOT_A_CA",
        length=1,
    )
    twice = (
        f.root().with_extensions(basic=b"", more=basic(ca=False) + basic(ca=True)).with_extensions(usage=b"")
    )
    # Two answers are none: not even the caller's word makes an authority of it.
    yield Case(
        "anchor-ca-false-then-true", leaf, (twice.signed_by(f.key(0)),), code="ISSUER_NOT_A_CA", length=1
    )
    signer_as_anchor = f.leaf().signed_by(f.key(0))
    below = signer(f.key(3), f.algorithm, name("Signer"), f.signer_key)
    if f.label != "rsa":
        under = replace(below, algorithm=Algorithm("ECDSA")).signed_by(f.signer_key)
        yield Case(
            "signed-by-a-document-signer-in-the-store",
            under,
            (signer_as_anchor,),
            code="ISSUER_NOT_A_CA",
            length=1,
        )
        yield Case(
            "signed-by-a-document-signer", under, (f.root().signed_by(f.key(0)),), (signer_as_anchor,),
            code="ISSUER_NOT_A_CA", length=1,
        )  # fmt: skip
    for label, changes, code in (
        ("ca-false", {"basic": basic(ca=False)}, "ISSUER_NOT_A_CA"),
        ("basic-absent", {"basic": b""}, "ISSUER_NOT_A_CA"),
        ("basic-malformed", {"basic": extension(BASIC, b"\x30\x05\x01", critical=True)}, "ISSUER_NOT_A_CA"),
        ("false-then-true", {"basic": basic(ca=False) + basic(ca=True)}, "ISSUER_NOT_A_CA"),
        ("no-cert-sign", {"usage": usage(b"\x01\x02")}, "ISSUER_NOT_A_CA"),
        ("usage-malformed", {"usage": extension(USAGE, b"\x04\x02\x01\x06")}, "ISSUER_NOT_A_CA"),
        (
            "unknown-critical",
            {"more": extension("1.3.6.1.4.1.99999.5", NULL, critical=True)},
            "ISSUER_EXTENSION_UNKNOWN",
        ),
        ("usage-absent", {"usage": b""}, PASSED),
    ):
        middle = f.sub("Middle", 1, f.subject, 0).with_extensions(**changes).signed_by(f.key(0))
        end = replace(f.leaf(1), issuer=name("Middle")).signed_by(f.key(1))
        root = f.root(0, path_length=1).signed_by(f.key(0))
        yield Case(f"intermediate-{label}", end, (root,), (middle,), code=code, length=1 if code else 3)
    middle = f.sub("Middle", 1, f.subject, 0).signed_by(f.key(0))
    end = replace(f.leaf(1), issuer=name("Middle")).signed_by(f.key(1))
    yield Case(
        "path-length-0-exceeded",
        end,
        (f.root().signed_by(f.key(0)),),
        (middle,),
        code="PATH_LENGTH_EXCEEDED",
        length=1,
    )
    yield Case(
        "path-length-absent", end, (f.root(0, path_length=None).signed_by(f.key(0)),), (middle,), length=3
    )
    late = f.sub("Middle", 1, f.subject, 0)
    late = authority(
        f.key(1), f.algorithm, name("Middle"), issuer=f.subject, issuer_key=f.key(0), not_before=PAST[0], not_after=PAST[1]
    )  # fmt: skip
    yield Case(
        "intermediate-expired",
        end,
        (f.root(0, path_length=1).signed_by(f.key(0)),),
        (late.signed_by(f.key(0)),),
        code="ISSUER_NOT_VALID",
        length=1,
    )


def _links(f: Family) -> Iterator[Case]:
    """Key rollover (Doc 9303-12, 7.1.1): old and new key of one country, and the link between them."""
    old, new = f.root(0).signed_by(f.key(0)), f.root(1).signed_by(f.key(1))
    under_old, under_new = f.leaf(0).signed_by(f.key(0)), f.leaf(1).signed_by(f.key(1))
    new_with_old, old_with_new = f.link(1, by=0), f.link(0, by=1)
    yield Case("link-new-with-old", under_new, (old,), (new_with_old,), length=3)
    yield Case("link-old-with-new", under_old, (new,), (old_with_new,), length=3)
    yield Case("link-missing", under_new, (old,), (new,), code=UNKNOWN, length=1)
    yield Case("link-as-an-anchor", under_new, (new_with_old,))
    yield Case("link-and-both-keys-as-anchors", under_new, (old, new_with_old, new))
    yield Case("link-of-nobody", under_new, (), (new_with_old,), code=UNKNOWN, length=1)
    forged = f.link(1, by=5)
    yield Case("link-signed-by-another-key", under_new, (old,), (forged,), code=UNKNOWN, length=1)
    yield Case("forged-link-beside-the-real-one", under_new, (old,), (forged, new_with_old), length=3)
    expired = f.link(1, by=0, not_before=PAST[0], not_after=PAST[1])
    yield Case("link-expired", under_new, (old,), (expired,), code="ISSUER_NOT_VALID", length=1)
    third = f.leaf(2).signed_by(f.key(2))
    yield Case("two-links", third, (old,), (new_with_old, f.link(2, by=1)), length=4)
    yield Case("both-directions", third, (new,), (f.link(2, by=0), old_with_new), length=4)
    far = f.leaf(4).signed_by(f.key(4))
    chain = tuple(f.link(n + 1, by=n) for n in range(4))
    yield Case("four-links", far, (old,), chain, length=6)
    yield Case("four-links-shuffled", far, (old,), chain[::-1], length=6)
    no_ca = (
        authority(f.key(1), f.algorithm, f.subject, issuer_key=f.key(0))
        .with_extensions(basic=b"")
        .signed_by(f.key(0))
    )
    yield Case("link-that-is-no-ca", under_new, (old,), (no_ca,), code="ISSUER_NOT_A_CA", length=1)
    renamed = name("CSCA of a new name")
    change = authority(f.key(1), f.algorithm, renamed, issuer=f.subject, issuer_key=f.key(0)).with_extensions(
        more=extension("2.23.136.1.1.6.1", NULL, critical=True)
    )
    leaf = replace(f.leaf(1), issuer=renamed).signed_by(f.key(1))
    yield Case("link-with-a-new-name", leaf, (old,), (change.signed_by(f.key(0)),), length=3)
    # Spain and the Philippines name the new authority as the issuer of the link, too.
    slip = authority(f.key(1), f.algorithm, renamed, issuer=renamed, issuer_key=f.key(0)).signed_by(f.key(0))
    yield Case(
        "link-that-names-itself-as-issuer",
        leaf,
        (old,),
        (slip,),
        length=3,
        warnings=frozenset({"ISSUER_NAME_DIFFERS"}),
    )


def _loops(f: Family) -> Iterator[Case]:
    root = f.root().signed_by(f.key(0))

    def cross(number: int, by: int) -> bytes:
        return f.sub(f"A{number}", number, name(f"A{by}"), by, None).signed_by(f.key(by))

    leaf = replace(f.leaf(1), issuer=name("A1")).signed_by(f.key(1))
    yield Case("loop-of-two", leaf, (root,), (cross(1, 2), cross(2, 1)), code=UNKNOWN, length=1)
    yield Case(
        "loop-of-three", leaf, (root,), (cross(1, 2), cross(2, 3), cross(3, 1)), code=UNKNOWN, length=1
    )
    way_out = f.sub("A2", 2, f.subject, 0, None).signed_by(f.key(0))
    wide = f.root(0, path_length=None).signed_by(f.key(0))
    yield Case("loop-with-a-way-out", leaf, (wide,), (cross(1, 2), cross(2, 1), way_out), length=4)
    itself = f.sub("A1", 1, name("A1"), 1, None).signed_by(f.key(1))
    yield Case("self-signed-stranger", leaf, (root,), (itself,), code=UNKNOWN, length=1)
    forged = forged_key(f.key(0)) if f.label != "rsa" else None
    if forged is not None:
        # CVE-2020-0601 as it was played: the real authority's name, identifier and point, another generator.
        fake = authority(forged, f.algorithm, f.subject).signed_by(forged)
        leaf = signer(f.signer_key, f.algorithm, f.subject, f.key(0)).signed_by(forged)
        yield Case("forged-curve-comes-along", leaf, (root,), (fake,), code="UNKNOWN_CURVE", length=1)
        yield Case("forged-curve-does-not-come-along", leaf, (root,), code=UNKNOWN, length=1)


def _deep() -> Iterator[Case]:
    """Chains longer than any country's; one key each for odd and even members would be a loop."""
    f = Family("ecdsa", Algorithm("ECDSA"))
    numbers = range(1000)
    keys = [ec_key("secp256r1", 5000 + n) for n in numbers]

    def tower(height: int) -> tuple[bytes, bytes, tuple[bytes, ...]]:
        """Leaf, anchor and what lies between, *height* certificates in all."""
        names = [name(f"Storey {n}") for n in range(height)]
        anchor = authority(keys[0], f.algorithm, names[0], path_length=None).signed_by(keys[0])
        middle = tuple(
            authority(
                keys[n], f.algorithm, names[n], issuer=names[n - 1], issuer_key=keys[n - 1], path_length=None
            ).signed_by(keys[n - 1])
            for n in range(1, height - 1)
        )
        leaf = signer(f.signer_key, f.algorithm, names[height - 2], keys[height - 2]).signed_by(
            keys[height - 2]
        )
        return leaf, anchor, middle

    for height, code in (
        (3, PASSED),
        (7, PASSED),
        (8, PASSED),
        (9, "CHAIN_TOO_LONG"),
        (20, "CHAIN_TOO_LONG"),
        (1000, "CHAIN_TOO_LONG"),
    ):
        leaf, anchor, middle = tower(height)
        yield Case(f"{height}-deep", leaf, (anchor,), middle, code=code, length=1 if code else height)
    # A thicket: every member signed by every other one, no anchor. Paths through it: factorial.
    thicket = [ec_key("secp256r1", 7000 + n) for n in range(12)]
    dense = tuple(
        authority(a, f.algorithm, f.subject, issuer_key=b, path_length=None)
        .with_extensions(aki=b"", ski=b"")
        .signed_by(b)
        for a in thicket
        for b in thicket
        if a is not b
    )
    leaf = (
        signer(f.signer_key, f.algorithm, f.subject, thicket[0])
        .with_extensions(aki=b"")
        .signed_by(thicket[0])
    )
    yield Case("thicket-of-132-without-anchor", leaf, (), dense, code="CHAIN_TOO_LONG", length=1)


@functools.cache
def cases() -> tuple[Case, ...]:
    """Every chain with every kind of key."""
    found: list[Case] = []
    for label, algorithm in FAMILIES:
        family = Family(label, algorithm)
        for shape in (_direct, _rights, _links, _loops):
            found += [replace(case, name=f"{case.name}-{label}") for case in shape(family)]
    found += _deep()
    names = [case.name for case in found]
    assert len(names) == len(set(names)), sorted(n for n in names if names.count(n) > 1)
    return tuple(found)
