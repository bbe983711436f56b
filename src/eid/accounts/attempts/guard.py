"""Around every verification of a secret: count first, verify then, and tell nobody why it was refused.

What is guessed at may be a password, a code that was sent, an answer, or anything else that somebody could
try again and again. Who passes is answered with the account; everybody else with one error, whether the
account is unknown, locked or the secret wrong.
"""

from __future__ import annotations

import contextlib
import hmac
import ipaddress
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from eid.accounts.attempts.limits import MAX_KEYS, AttemptKey, AttemptLimits, Limit
from eid.accounts.model import Account, AccountState
from eid.accounts.stores.store import MAX_SUBJECT
from eid.encoding import base64url
from eid.errors import AttemptLimitsUnavailable, AttemptRefused, EidError, InputError, TooManyAttempts

__all__ = ["MAX_SOURCE", "AttemptPolicy", "Guard", "Passed", "network_of"]

#: Characters of the name of a source.
MAX_SOURCE = 200
_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
#: What a single source is admitted in a day is less than what locks the account: 5 attempts at 0, 1, 3, 7
#: and 15 hours.
_PAIR = Limit(5, _DAY, lockout=_HOUR, longest=_DAY)
_ACCOUNT = Limit(30, _DAY, lockout=5 * _MINUTE, longest=_DAY)
_SOURCE = Limit(100, _HOUR, lockout=15 * _MINUTE, longest=_HOUR)
_DEVICE = Limit(5, _DAY, lockout=15 * _MINUTE, longest=_DAY)
#: Clocks of two machines may differ by this much.
_SKEW = timedelta(minutes=5)
_NONCE, _TAG, _TIME, _SECRET = 16, 32, 8, 32
#: Characters of what a known device keeps.
_DEVICE_TEXT = 75
_USABLE = frozenset({AccountState.ACTIVE})
#: IPv4 addresses as a network without IPv4 shows them (RFC 6052, 2.1).
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptPolicy:
    """How many attempts are admitted, and how soon a refusal is told.

    The numbers that it has unless told otherwise let somebody with any number of addresses guess fewer than
    60 times a day at one account in the long run, and somebody who succeeded there before fewer than 120: fit
    for passwords, and for codes of six digits that live some minutes. A secret with fewer possibilities needs
    less.

    :param account: of all attempts at one account, from wherever, other than from known devices; and as many
        again from all of its known devices together.
    :param pair: of attempts at one account from one source. Less than *account*, so that a single source
        locks an account for nobody but itself.
    :param source: of attempts from one source, at any accounts. Many people may share a source.
    :param device: of attempts at one account from one device on which its holder succeeded before.
    :param device_lifetime: how long a device is known after such a success.
    :param answer_time: a refusal is told when this much time, or a multiple of it, has passed since the
        attempt began, so that the time tells little of what was done; longer than the verification takes.
        0: at once.
    :raises InputError: an *answer_time* below 0 or above a minute, or devices known for less than a minute.
    """

    account: Limit = _ACCOUNT
    pair: Limit = _PAIR
    source: Limit = _SOURCE
    device: Limit = _DEVICE
    device_lifetime: timedelta = timedelta(days=90)
    answer_time: timedelta = timedelta(milliseconds=500)

    def __post_init__(self) -> None:
        if not timedelta(0) <= self.answer_time <= _MINUTE:
            raise InputError("a refusal is told within 0 seconds to a minute")
        if self.device_lifetime < _MINUTE:
            raise InputError("a device is known for a minute at least")


class Accounts(Protocol):
    """The part of an :class:`~eid.accounts.stores.store.AccountStore` that is needed here."""

    def by_subject(self, subject: str) -> Account | None:
        """The account that an identifier leads to."""
        ...


@dataclass(frozen=True, slots=True)
class Passed:
    """An attempt that succeeded.

    :param account: whose secret it was.
    :param device: let the device keep it, as a cookie with ``Secure``, ``HttpOnly`` and ``SameSite``, and give
        it to :meth:`Guard.attempt` next time. It opens nothing; it only has a counter of its own.
    """

    account: Account
    device: str = field(repr=False)


class Guard:
    """Counts attempts, verifies what was admitted, and answers all that fails alike. Thread-safe.

    :param limits: where attempts are counted.
    :param policy: how many are admitted.
    :param store: the accounts.
    :param secret: 32 octets or more, the same in all processes: ``vault.secret("attempts")``. Identifiers
        and sources are counted as keyed hashes. Another secret forgets all counters and devices.
    :param monotonic: for waiting; seconds.
    :raises InputError: a shorter secret.
    """

    def __init__(
        self,
        limits: AttemptLimits,
        *,
        policy: AttemptPolicy,
        store: Accounts,
        secret: bytes,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if len(secret) < _SECRET:
            raise InputError(f"the secret of a guard has {_SECRET} octets or more")
        self._limits, self._policy, self._store, self._secret = limits, policy, store, secret
        self._monotonic, self._sleep = monotonic, sleep

    def attempt(
        self,
        subject: str,
        *,
        source: str,
        verify: Callable[[Account | None], bool],
        now: datetime,
        device: str | None = None,
        states: frozenset[AccountState] = _USABLE,
    ) -> Passed:
        """Verify a secret of *subject*, if an attempt is admitted.

        :param subject: the personal number or another identifier, as it was typed in.
        :param source: where the attempt comes from, such as :func:`network_of` an address, or a terminal.
        :param verify: whether the secret is the account's. Called at most once, and only for an attempt
            that was counted. For ``None`` it has to do the same work with a secret that nobody has, and
            its result is ignored.
        :param now: aware.
        :param device: what :attr:`Passed.device` was at an earlier success. One that is forged, has
            expired, or is another account's is ignored.
        :param states: in which an account can be used. A recovery needs ``LOCKED``, for example.
        :raises TooManyAttempts: not admitted; nothing was verified.
        :raises AttemptRefused: unknown, locked or wrong.
        :raises AttemptLimitsUnavailable: nobody knows how many attempts there were; nothing was verified.
        :raises InputError: an identifier or source that is empty or too long, or *now* has no zone.
        """
        began = self._monotonic()
        if now.utcoffset() is None:
            raise InputError("a time without zone")
        subject, source = _named(subject, MAX_SUBJECT), _named(source, MAX_SOURCE)
        known = self._known_device(subject, device, now)
        keys = self._device_keys(known) if known else self._keys(subject, source)
        admission = self._limits.admit(keys, now=now)
        if not admission.allowed:
            raise TooManyAttempts(retry_after=admission.retry_after)
        account = self._store.by_subject(subject)
        # Several identifiers may lead to one account, and all of them share its attempts. That an account
        # has no attempts left under another of its identifiers is not told: it would connect the two. So do
        # its known devices: whoever knew the secret once could have made any number of them.
        shared = (self._account_key(account, subject, device=known is not None),)
        left = self._limits.admit(shared, now=now).allowed
        passed = verify(account if left else None) is True
        if not passed or not left or account is None or account.state not in states:
            self._wait(began)
            raise AttemptRefused
        # A counter that is not taken back locks too early, never too late.
        with contextlib.suppress(AttemptLimitsUnavailable):
            self._limits.succeeded((*keys, *shared), at=now)
        return Passed(account, self._device_for(subject, known, now))

    def release(self, subject: str, *, source: str | None = None) -> None:
        """End the lockout of an account, for an officer who knows that the holder is there. Who may do that
        is for the caller to see to, as is the entry in a log.

        :param subject: any identifier of the account; the lockouts of all of them end.
        :param source: where the holder is; its own lockout for this account ends too.
        :raises AttemptLimitsUnavailable: the store does not answer.
        :raises InputError: see :meth:`attempt`.
        """
        subject = _named(subject, MAX_SUBJECT)
        account = self._store.by_subject(subject)
        keys = [self._account_key(account, subject, device=device) for device in (False, True)]
        # An old number was guessed at as well as the present one.
        for each in dict.fromkeys((subject, *(account.subjects if account else ()))):
            keys.append(self._subject_key(each))
            if source is not None:
                keys.append(self._pair_key(each, _named(source, MAX_SOURCE)))
        for at in range(0, len(keys), MAX_KEYS):
            self._limits.release(keys[at : at + MAX_KEYS])

    # --- counters --------------------------------------------------------------------------------

    def _keys(self, subject: str, source: str) -> tuple[AttemptKey, ...]:
        from_here = AttemptKey(self._keyed("source", source), self._policy.source, resets=False)
        return (from_here, self._pair_key(subject, source), self._subject_key(subject))

    def _pair_key(self, subject: str, source: str) -> AttemptKey:
        return AttemptKey(self._keyed("pair", subject, source), self._policy.pair)

    # Were these two reset, every sign-in of the holder would give those who guess meanwhile a fresh start.
    def _subject_key(self, subject: str) -> AttemptKey:
        return AttemptKey(self._keyed("subject", subject), self._policy.account, resets=False)

    def _account_key(self, account: Account | None, subject: str, *, device: bool = False) -> AttemptKey:
        # A counter that nobody else has, so that the work is the same where there is no account.
        parts = ("account", account.id) if account else ("no account", subject)
        from_devices = ("known devices",) if device else ()
        return AttemptKey(self._keyed(*parts, *from_devices), self._policy.account, resets=False)

    def _device_keys(self, known: _Device) -> tuple[AttemptKey, ...]:
        return (AttemptKey(self._keyed("device", known.text), self._policy.device),)

    def _keyed(self, *parts: str) -> bytes:
        message = b"".join(b"%d %s" % (len(octets), octets) for octets in map(_octets, parts))
        return hmac.digest(self._secret, b"eid-attempts/1 " + message, "sha256")

    # --- known devices ---------------------------------------------------------------------------

    def _known_device(self, subject: str, text: str | None, now: datetime) -> _Device | None:
        if not text or len(text) > _DEVICE_TEXT:
            return None
        try:
            octets = base64url.decode(text, limit=_DEVICE_TEXT)
        except EidError:
            return None
        body, tag = octets[:-_TAG], octets[-_TAG:]
        if len(body) != _TIME + _NONCE or not hmac.compare_digest(tag, self._tag(subject, body)):
            return None
        made = datetime.fromtimestamp(int.from_bytes(body[:_TIME]), UTC)
        known = made - _SKEW <= now < made + self._policy.device_lifetime
        return _Device(text, made) if known else None

    def _device_for(self, subject: str, known: _Device | None, now: datetime) -> str:
        """What the device keeps: the same as long as half of its life has not passed, since every other one
        has a counter of its own.
        """
        if known and now < known.made + self._policy.device_lifetime / 2:
            return known.text
        body = int(now.timestamp()).to_bytes(_TIME) + secrets.token_bytes(_NONCE)
        return base64url.encode(body + self._tag(subject, body))

    def _tag(self, subject: str, body: bytes) -> bytes:
        return self._keyed("known device", subject, body.hex())

    def _wait(self, began: float) -> None:
        step = self._policy.answer_time.total_seconds()
        if step:
            self._sleep(step - (self._monotonic() - began) % step)

    def __repr__(self) -> str:
        return "<Guard>"


@dataclass(frozen=True, slots=True)
class _Device:
    """A device that is known.

    :param text: what it keeps.
    :param made: when it got that.
    """

    text: str = field(repr=False)
    made: datetime


def network_of(address: str) -> str:
    """The source that an address belongs to: an IPv4 address is one; of IPv6 the first 56 bits are, because
    whoever has one address there has them all: a household gets that much at least (RFC 6177, 2).

    :param address: as the connection shows it, or a proxy of your own; never what a client says itself.
    :raises InputError: not an address.
    """
    try:
        found = ipaddress.ip_address(address.strip().partition("%")[0])
    except ValueError:
        raise InputError("not an IP address") from None
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is None and found not in _TRANSLATED:
            return str(ipaddress.IPv6Network((int(found) >> 72 << 72, 56)))
        found = ipaddress.IPv4Address(int(found) & 0xFFFF_FFFF)
    return str(found)


def _named(text: str, limit: int) -> str:
    text = text.strip()
    if not 0 < len(text) <= limit:
        raise InputError(f"an identifier or source has 1 to {limit} characters")
    return text


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
