"""Whether the chip is no copy: Active and Chip Authentication from their transcripts.

A transcript is what a terminal says it saw. Active Authentication over a challenge that the verifier
chose is a proof for anybody. Chip Authentication is none: the terminal could have made it up, so it
counts only in the process that read the chip, and says so.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import replace

from eid.chip.active_authentication import verify_active_authentication
from eid.document.checks import Check, Fact, Outcome, worst
from eid.document.dg15 import DG15
from eid.document.evidence import (
    ActiveAuthenticationTranscript,
    ChipAuthenticationTranscript,
    Evidence,
    Exchange,
)
from eid.document.security_infos import DG14
from eid.errors import EidError, InvalidSignature, UnsupportedAlgorithm
from eid.verification.passive import Passive
from eid.verification.policy import Policy
from eid.verification.report import Verdict

__all__ = ["chip_genuine"]

_UNDECIDED_EXCHANGES = {
    Exchange.INTERRUPTED: "INTERRUPTED",
    Exchange.UNSUPPORTED: "UNSUPPORTED_ALGORITHM",
}


def chip_genuine(
    evidence: Evidence, passive: Passive, authentic: Verdict, *, policy: Policy, challenge: bytes | None
) -> Verdict:
    """The second verdict. It passes only when *authentic* did.

    :param challenge: what the verifier had the chip sign; ``None`` when it gave none.
    """
    live = evidence.live if policy.trust_terminal else None
    if challenge is None and live is not None:
        challenge = live.challenge
    protocols: list[tuple[Check, ...]] = []
    if evidence.active_authentication is not None:
        protocols.append(_active(evidence.active_authentication, evidence, passive, challenge))
    if evidence.chip_authentication is not None:
        protocols.append(_chip(evidence.chip_authentication, passive, trusted=live is not None))
    if not protocols:
        return _not_asked(evidence, passive)
    outcome, code = _sum(protocols)
    if outcome is Outcome.PASSED and authentic.outcome is not Outcome.PASSED:
        outcome, code = Outcome.UNDECIDED, "AUTHENTIC_NOT_PASSED"
    return Verdict(outcome, code, tuple(check for checks in protocols for check in checks))


def _sum(protocols: Iterable[tuple[Check, ...]]) -> tuple[Outcome, str | None]:
    """Within one protocol the worst check counts; of several, a failure, else a proof, else the first.

    With a key that nobody has signed neither success nor failure says anything about the chip.
    """
    sums = [
        (Outcome.UNDECIDED, "KEY_NOT_BOUND")
        if any(check.code == "KEY_NOT_BOUND" for check in checks)
        else worst(checks)
        for checks in protocols
    ]
    for wanted in (Outcome.FAILED, Outcome.PASSED):
        for outcome, code in sums:
            if outcome is wanted:
                return outcome, code
    return sums[0]


def _not_asked(evidence: Evidence, passive: Passive) -> Verdict:
    if evidence.access is None and evidence.live is None:
        return Verdict(Outcome.NOT_CHECKED)  # files without a conversation: there was no chip to ask
    dg14 = passive.groups.get("DG14")
    known = isinstance(dg14, DG14) and not dg14.chip_authentication_keys
    may_have = {"DG14", "DG15"} - ({"DG14"} if known else set())
    has_key = bool(may_have & (passive.listed | evidence.files.keys()))
    asked = has_key or evidence.interruption is not None or not passive.listed
    return Verdict(Outcome.UNDECIDED, "CHIP_NOT_ASKED" if asked else "CHIP_CANNOT_PROVE")


# --- Active Authentication -----------------------------------------------------------------------


def _active(
    transcript: ActiveAuthenticationTranscript, evidence: Evidence, passive: Passive, challenge: bytes | None
) -> tuple[Check, ...]:
    bound = "DG15" in passive.bound
    check = _active_signature(transcript, evidence, passive, challenge)
    check = replace(check, facts={**check.facts, "bound": bound})
    if bound:
        return (check,)
    # A key that nobody signed may be anybody's: whoever makes a copy can put his own there.
    return check, Check("active_authentication_key", Outcome.UNDECIDED, "KEY_NOT_BOUND")


def _active_signature(
    transcript: ActiveAuthenticationTranscript, evidence: Evidence, passive: Passive, challenge: bytes | None
) -> Check:
    name = "active_authentication"
    if transcript.exchange in _UNDECIDED_EXCHANGES:
        return Check(name, Outcome.UNDECIDED, _UNDECIDED_EXCHANGES[transcript.exchange])
    if transcript.exchange is not Exchange.COMPLETED:
        return Check(name, Outcome.FAILED, "CHIP_REFUSED", _status(transcript.status_word))
    octets = evidence.files.get("DG15")
    if octets is None:
        return Check(name, Outcome.UNDECIDED, "KEY_NOT_BOUND")
    try:
        spki = DG15.parse(octets).spki
        result = verify_active_authentication(
            spki, transcript.challenge, transcript.signature, ecdsa_hash=_ecdsa_hash(passive)
        )
    except InvalidSignature:
        return Check(name, Outcome.FAILED, "CHIP_SIGNATURE_INVALID")
    except UnsupportedAlgorithm as error:
        return Check(name, Outcome.UNDECIDED, error.code)
    except EidError:
        return Check(name, Outcome.UNDECIDED, "CHIP_KEY_MALFORMED")
    facts: dict[str, Fact] = {"algorithm": result.algorithm, "hash": result.hash_name}
    if challenge is None:
        return Check(name, Outcome.UNDECIDED, "CHALLENGE_NOT_GIVEN", facts)
    if not hmac.compare_digest(challenge, transcript.challenge):
        return Check(name, Outcome.FAILED, "CHALLENGE_MISMATCH", facts)
    if not any(challenge):
        # What everybody can expect may have been answered long ago, by the chip that was copied.
        return Check(name, Outcome.UNDECIDED, "CHALLENGE_NOT_RANDOM", facts)
    return Check(name, Outcome.PASSED, None, facts)


def _ecdsa_hash(passive: Passive) -> str | None:
    """The hash that the signed DG14 names for Active Authentication, if it does."""
    dg14 = passive.groups.get("DG14")
    infos = dg14.active_authentication if isinstance(dg14, DG14) else ()
    return infos[0].hash_name if infos else None


# --- Chip Authentication -------------------------------------------------------------------------


def _chip(transcript: ChipAuthenticationTranscript, passive: Passive, *, trusted: bool) -> tuple[Check, ...]:
    name = "chip_authentication"
    dg14 = passive.groups.get("DG14")
    keys = dg14.chip_authentication_keys if isinstance(dg14, DG14) else ()
    bound = bool(transcript.public_key) and any(key.spki == transcript.public_key for key in keys)
    facts: dict[str, Fact] = {"algorithm": transcript.algorithm, "curve": transcript.curve, "bound": bound}
    if transcript.exchange in _UNDECIDED_EXCHANGES:
        check = Check(name, Outcome.UNDECIDED, _UNDECIDED_EXCHANGES[transcript.exchange], facts)
    elif transcript.exchange is Exchange.REFUSED:
        check = Check(name, Outcome.FAILED, "CHIP_REFUSED", {**facts, **_status(transcript.status_word)})
    elif transcript.exchange is Exchange.WRONG:
        check = Check(name, Outcome.FAILED, "CHIP_KEY_WRONG", facts)
    elif not trusted:
        check = Check(name, Outcome.UNDECIDED, "TERMINAL_ONLY", facts)
    else:
        check = Check(name, Outcome.PASSED, None, {**facts, "witness": "terminal"})
    if bound:
        return (check,)
    return check, Check("chip_authentication_key", Outcome.UNDECIDED, "KEY_NOT_BOUND")


def _status(status_word: int | None) -> dict[str, Fact]:
    return {} if status_word is None else {"status_word": f"{status_word:04X}"}
