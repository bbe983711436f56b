"""Fuzz archive records: as files, as what was signed in them, and sealed."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator

from common import instrumented, run

with instrumented(__name__):
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
    from fuzz_evidence import full
    from lists import NOW, issuer

    from eid.crypto.keys import SoftwareSigner
    from eid.document.evidence import LiveReading
    from eid.document.profile import ICAO
    from eid.encoding import strict_cbor
    from eid.errors import EidError
    from eid.simulator.timestamps import TestTimestampAuthority
    from eid.tokens.record import check_record, make_record, timestamped
    from eid.tokens.record.content import MAX_FILE, Record, report_json
    from eid.tokens.record.sealing import open_sealed, seal
    from eid.trust.anchors import Anchor, Provenance, TrustStore
    from eid.trust.certificates import Certificate
    from eid.trust.crl import Crl
    from eid.verification import GatewayAnswer, HolderMatch, Policy, StatusAnswer

_SIGNER = SoftwareSigner.generate("Ed25519")
_OPENER = X25519PrivateKey.generate()
_PROFILES = {"icao": ICAO}


@functools.cache
def _made() -> bytes:
    return make_record(
        full(),
        trust=TrustStore.of(obtained_at=NOW),
        policy=Policy.counter(),
        profile=ICAO,
        now=NOW,
        signer=_SIGNER,
        made_at=NOW,
        rules="1",
        challenge=bytes(range(8)),
        references={"case": "A-17"},
    ).octets


@functools.cache
def _stamped() -> bytes:
    authority = TestTimestampAuthority.create(clock=lambda: NOW)
    roots = TrustStore.of([Certificate.from_der(authority.root_der)])
    return timestamped(_made(), send=authority.respond, authorities=roots)


def check(data: bytes) -> None:
    """Read *data* in the three ways; nothing holds but what was signed or sealed here."""
    with contextlib.suppress(EidError):
        assert check_record(data, signer=_SIGNER.key, profiles=_PROFILES).same
        assert data in (_made(), _stamped())
    with contextlib.suppress(EidError):
        assert open_sealed(data, key=_OPENER) == _made()
    record = Record.from_bytes(data)
    assert record.to_bytes() == data
    assert repr(record)
    report_json(record.verify(ICAO))


def seeds() -> Iterator[bytes]:
    """A record, stamped, sealed; and contents with every member, and with the fewest."""
    yield _made()
    yield _stamped()
    yield seal(_made(), to=_OPENER.public_key())
    yield strict_cbor.loads(_made(), limit=MAX_FILE, tags=frozenset({18})).value[2]
    anchor = Certificate.from_der(issuer().csca_der)
    window = {"this_update": NOW, "next_update": None}
    yield Record(
        evidence=full().to_bytes(),
        live=LiveReading(bytes(8)),
        trust=TrustStore.of(
            entries=[Anchor(anchor, (Provenance("list", "MASTER_LIST", "C=UT", "VERIFIED", NOW),))],
            others=[Certificate.from_der(issuer().ds_der)],
            crls=[Crl.from_der(issuer().sign_crl({7: None}, **window))],
            obtained_at=NOW,
        ),
        policy=Policy.stored().requiring("holder").with_max_trust_age(NOW - NOW),
        profile="icao",
        now=NOW,
        challenge=bytes(8),
        status=StatusAnswer("LOST", "list", NOW),
        holder=HolderMatch(True, "matcher", "face", NOW, 0.5, 1),
        gateway=GatewayAnswer(True, "gateway", NOW, "0" * 64),
        report=b"{}",
        made_at=NOW,
        library="1",
        rules="1",
        references={"case": "1"},
    ).to_bytes()


if __name__ == "__main__":
    run(check, seeds)
