"""What a trust store keeps of a load: everything but what is known to be forged or out of date."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from eid.trust.anchors import Anchor, TrustStore
from eid.trust.crl import Crl
from eid.trust.inspection import inspect_crls
from eid.trust.loaded import Loaded

__all__ = ["merged"]


def merged(loaded: Loaded, *, obtained_at: datetime) -> TrustStore:
    """A store of *loaded* without the certificates of forged lists, forged revocation lists, and
    verified revocation lists that a newer verified one of the same issuer replaces.

    :param obtained_at: when this was put together, aware: the age of the store counts from then.
    """
    entries: list[Anchor] = []
    for entry in loaded.entries:
        kept = tuple(source for source in entry.provenance if source.outcome != "FAILED")
        if kept or not entry.provenance:
            entries.append(replace(entry, provenance=kept))
    return TrustStore.of(
        entries=entries, crls=_current(loaded, entries), obtained_at=obtained_at, others=loaded.signers
    )


def _current(loaded: Loaded, entries: list[Anchor]) -> list[Crl]:
    kept: list[Crl] = []
    newest: dict[tuple[bytes, bytes | None, bool, bool], Crl] = {}
    for report in inspect_crls(loaded.crls, (entry.certificate for entry in entries)):
        crl = report.crl
        if report.signature == "VALID" and report.code is None:
            # A list for signers and one for authorities of the same issuer stand beside each other.
            key = (crl.issuer, crl.aki, crl.covers_signers, crl.covers_authorities)
            other = newest.get(key)
            if other is None or (crl.this_update, crl.number or 0) > (other.this_update, other.number or 0):
                newest[key] = crl
        elif report.signature != "INVALID":
            kept.append(crl)
    return [*kept, *newest.values()]
