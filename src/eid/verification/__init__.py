"""Policy, report and verification: evidence goes in, four verdicts come out."""

from eid.verification.policy import Policy
from eid.verification.report import Check, Outcome, Report, Verdict
from eid.verification.status import DocumentStatus, GatewayAnswer, HolderMatch, StatusAnswer
from eid.verification.verify import verify, verify_or_raise

__all__ = [
    "Check",
    "DocumentStatus",
    "GatewayAnswer",
    "HolderMatch",
    "Outcome",
    "Policy",
    "Report",
    "StatusAnswer",
    "Verdict",
    "verify",
    "verify_or_raise",
]
