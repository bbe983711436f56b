"""From the tap of a chip-based citizen ID card to a decision.

``read`` gathers evidence from a chip, ``verify`` turns evidence into a report with four verdicts; accounts
are checked on it, and tokens, credentials and signed codes pass it on.
The names here are the front door; they are loaded when first used, so ``import eid`` is cheap.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from eid.version import VERSION

if TYPE_CHECKING:
    from eid.accounts.decision import Decision, DecisionOutcome
    from eid.accounts.model import Account, Actor, Factor, HolderKind, Role
    from eid.accounts.requirement import Requirement
    from eid.accounts.service import Accounts
    from eid.chip.access import AccessKey, Can, Mrz
    from eid.chip.reading import read, utc_now
    from eid.crypto.keys import Key, KeySet, Signer, SoftwareSigner
    from eid.document.checks import Check, Outcome
    from eid.document.evidence import Context, Evidence
    from eid.document.person import Person
    from eid.document.profile import ICAO, Profile
    from eid.errors import EidError
    from eid.qr.issuing import QrCredential, QrIssuer
    from eid.qr.verifying import QrVerifier, VerifiedQr
    from eid.tokens.credentials import Credential, CredentialIssuer, Presentation
    from eid.tokens.credentials.verifying import CredentialVerifier, VerifiedCredential
    from eid.tokens.issuing import TokenIssuer
    from eid.tokens.status.lists import StatusList
    from eid.tokens.verifying import TokenVerifier, VerifiedToken
    from eid.trust.anchors import TrustStore
    from eid.verification.policy import Policy
    from eid.verification.report import Report, Verdict
    from eid.verification.status import GatewayAnswer, HolderMatch, StatusAnswer
    from eid.verification.verify import verify, verify_or_raise

__version__ = VERSION

__all__ = [
    "ICAO",
    "AccessKey",
    "Account",
    "Accounts",
    "Actor",
    "Can",
    "Check",
    "Context",
    "Credential",
    "CredentialIssuer",
    "CredentialVerifier",
    "Decision",
    "DecisionOutcome",
    "EidError",
    "Evidence",
    "Factor",
    "GatewayAnswer",
    "HolderKind",
    "HolderMatch",
    "Key",
    "KeySet",
    "Mrz",
    "Outcome",
    "Person",
    "Policy",
    "Presentation",
    "Profile",
    "QrCredential",
    "QrIssuer",
    "QrVerifier",
    "Report",
    "Requirement",
    "Role",
    "Signer",
    "SoftwareSigner",
    "StatusAnswer",
    "StatusList",
    "TokenIssuer",
    "TokenVerifier",
    "TrustStore",
    "Verdict",
    "VerifiedCredential",
    "VerifiedQr",
    "VerifiedToken",
    "read",
    "utc_now",
    "verify",
    "verify_or_raise",
]

_HOME = {
    "ICAO": "document.profile",
    "AccessKey": "chip.access",
    "Account": "accounts.model",
    "Accounts": "accounts.service",
    "Actor": "accounts.model",
    "Can": "chip.access",
    "Check": "document.checks",
    "Context": "document.evidence",
    "Credential": "tokens.credentials",
    "CredentialIssuer": "tokens.credentials",
    "CredentialVerifier": "tokens.credentials.verifying",
    "Decision": "accounts.decision",
    "DecisionOutcome": "accounts.decision",
    "EidError": "errors",
    "Evidence": "document.evidence",
    "Factor": "accounts.model",
    "GatewayAnswer": "verification.status",
    "HolderKind": "accounts.model",
    "HolderMatch": "verification.status",
    "Key": "crypto.keys",
    "KeySet": "crypto.keys",
    "Mrz": "chip.access",
    "Outcome": "document.checks",
    "Person": "document.person",
    "Policy": "verification.policy",
    "Presentation": "tokens.credentials",
    "Profile": "document.profile",
    "QrCredential": "qr.issuing",
    "QrIssuer": "qr.issuing",
    "QrVerifier": "qr.verifying",
    "Report": "verification.report",
    "Requirement": "accounts.requirement",
    "Role": "accounts.model",
    "Signer": "crypto.keys",
    "SoftwareSigner": "crypto.keys",
    "StatusAnswer": "verification.status",
    "StatusList": "tokens.status.lists",
    "TokenIssuer": "tokens.issuing",
    "TokenVerifier": "tokens.verifying",
    "TrustStore": "trust.anchors",
    "Verdict": "verification.report",
    "VerifiedCredential": "tokens.credentials.verifying",
    "VerifiedQr": "qr.verifying",
    "VerifiedToken": "tokens.verifying",
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
