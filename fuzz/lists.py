"""Test authorities for seeds of lists, and the BER that real lists come in."""

from __future__ import annotations

import datetime as dt
import functools

from eid.encoding.tlv import parse, tlv
from eid.simulator.issuer import TestIssuer
from eid.simulator.lists import list_signer

__all__ = ["NOW", "entitled", "indefinite", "issuer"]

NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


@functools.cache
def issuer(algorithm: str = "ecdsa-secp256r1-sha256", country: str = "UT") -> TestIssuer:
    """A CSCA with a document signer."""
    return TestIssuer.create(algorithm, country=country)


@functools.cache
def entitled() -> TestIssuer:
    """Another CSCA, with a signer of master lists."""
    return list_signer(issuer(country="UL"))


def indefinite(data: bytes) -> bytes:
    """The outer levels of a DER object in BER with indefinite lengths, as many lists come."""
    inner = b"".join(
        tlv(child.tag)[:1] + b"\x80" + child.value + b"\0\0" if child.constructed else child.raw
        for child in parse(data).children()
    )
    return data[:1] + b"\x80" + inner + b"\0\0"
