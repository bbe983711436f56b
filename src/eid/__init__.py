"""From the tap of a chip-based citizen ID card to a decision.

``read`` gathers evidence from a chip, ``verify`` turns evidence into a report with four verdicts.
The names here are the front door; they are loaded when first used, so ``import eid`` is cheap.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eid.chip.access import AccessKey, Can, Mrz
    from eid.chip.reading import read, utc_now
    from eid.document.checks import Check, Outcome
    from eid.document.evidence import Context, Evidence
    from eid.document.person import Person
    from eid.document.profile import ICAO, Profile
    from eid.errors import EidError
    from eid.trust.anchors import TrustStore
    from eid.verification.policy import Policy
    from eid.verification.report import Report, Verdict
    from eid.verification.status import GatewayAnswer, HolderMatch, StatusAnswer
    from eid.verification.verify import verify, verify_or_raise

__version__ = "0.1.0.dev0"

__all__ = [
    "ICAO",
    "AccessKey",
    "Can",
    "Check",
    "Context",
    "EidError",
    "Evidence",
    "GatewayAnswer",
    "HolderMatch",
    "Mrz",
    "Outcome",
    "Person",
    "Policy",
    "Profile",
    "Report",
    "StatusAnswer",
    "TrustStore",
    "Verdict",
    "read",
    "utc_now",
    "verify",
    "verify_or_raise",
]

_HOME = {
    "ICAO": "document.profile",
    "AccessKey": "chip.access",
    "Can": "chip.access",
    "Check": "document.checks",
    "Context": "document.evidence",
    "EidError": "errors",
    "Evidence": "document.evidence",
    "GatewayAnswer": "verification.status",
    "HolderMatch": "verification.status",
    "Mrz": "chip.access",
    "Outcome": "document.checks",
    "Person": "document.person",
    "Policy": "verification.policy",
    "Profile": "document.profile",
    "Report": "verification.report",
    "StatusAnswer": "verification.status",
    "TrustStore": "trust.anchors",
    "Verdict": "verification.report",
    "read": "chip.reading",
    "utc_now": "chip.reading",
    "verify": "verification.verify",
    "verify_or_raise": "verification.verify",
}


def __getattr__(name: str) -> Any:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module 'eid' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"eid.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
