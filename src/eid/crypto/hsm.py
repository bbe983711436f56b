"""A signer whose private key never leaves a hardware module (PKCS#11 v2.40). Needs the extra ``hsm``.

The key is made and administered with the tools of the device. What is needed here is that the private
key may sign, and that its public key or certificate stands on the token under the same identifier.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from eid.crypto.algorithms import POST_QUANTUM, algorithm
from eid.crypto.keys import Key
from eid.encoding.der import OCTET_STRING
from eid.encoding.tlv import parse
from eid.errors import (
    EncodingError,
    HsmError,
    HsmKeyAbsent,
    HsmPinRefused,
    HsmTokenAbsent,
    InvalidSignature,
    KeyFormatError,
    MissingExtra,
    UnsupportedAlgorithm,
)

__all__ = ["Pkcs11Signer"]

#: CKA_EC_PARAMS, by the octets of the named curve. Some devices name Ed25519 in letters.
_CURVES: dict[bytes, type[ec.EllipticCurve] | None] = {
    bytes.fromhex("06082a8648ce3d030107"): ec.SECP256R1,
    bytes.fromhex("06052b81040022"): ec.SECP384R1,
    bytes.fromhex("06052b81040023"): ec.SECP521R1,
    bytes.fromhex("06032b6570"): None,
    b"\x13\x0cedwards25519": None,
}
#: What is signed when a signer is opened, to see that both halves of the key belong together. It has no
#: dot, so it can never pass for a token.
_TRIAL = b"eid: do the private and the public key on this token belong together?"


class Pkcs11Signer:
    """A :class:`~eid.crypto.keys.Signer` on a PKCS#11 token. Thread-safe.

    All signers of one process sign one after the other: more at a time need more processes. Close it, or
    use it as a context manager. It does not survive a ``fork``: open it in the process that signs.

    :param module: path of the PKCS#11 library of the device. It is loaded into this process.
    :param token: label of the token.
    :param pin: of the user. It is used once, to log in, and not kept. While another signer of this
        process is open on the same token the device is logged in already, and asks for none.
    :param label: of the private key on the token.
    :param identifier: CKA_ID of the private key. One of the two is needed, both may be given.
    :param alg: for RSA keys, ``RS256``, ``PS256`` or ``PS384``; other keys have one algorithm.
    :param kid: identifier for tokens; else the thumbprint of the key (RFC 7638).
    :raises HsmTokenAbsent: no token, or more than one, has this label.
    :raises HsmPinRefused: wrong, expired or locked.
    :raises HsmKeyAbsent: no such private key, or more than one, or no public key beside it.
    :raises HsmError: the module cannot be loaded, the device fails, or it cannot sign this way.
    :raises KeyFormatError: not a key for *alg*, for no algorithm known, or its halves do not match.
    :raises MissingExtra: ``python-pkcs11`` is not installed.
    """

    def __init__(
        self,
        module: str | Path,
        *,
        token: str,
        pin: str,
        label: str | None = None,
        identifier: bytes | None = None,
        alg: str | None = None,
        kid: str | None = None,
    ) -> None:
        if label is None and identifier is None:
            raise HsmKeyAbsent("neither label nor identifier given")
        self._process = os.getpid()
        self._login: _Login | None = _Login.take(str(module), token, pin)
        try:
            with _calling():
                self._session = self._login.session()
                private = _only(_find(self._session, "PRIVATE_KEY", label, identifier))
                self.key = _public_key(self._session, private, alg, kid)
            self._sign = _signing(private, self.key.alg)
            self._try()
        except BaseException:
            self.close()
            raise

    @property
    def alg(self) -> str:
        """Name of the algorithm in JOSE."""
        return self.key.alg

    @property
    def kid(self) -> str:
        """Identifier of the key."""
        return self.key.kid

    def sign(self, message: bytes) -> bytes:
        """The signature over *message* in the form of JOSE: ECDSA as r || s.

        :raises HsmError: closed, opened by another process, or the device failed.
        """
        if os.getpid() != self._process:
            raise HsmError("opened by another process")
        with _calling():
            if self._login is None:
                raise HsmError("closed")
            return self._sign(message)

    def close(self) -> None:
        """End the session; log out when no other signer of this process uses the token."""
        with _calling():
            login, self._login = self._login, None
            if login is None:
                return
            session = getattr(self, "_session", None)
            if session is not None and os.getpid() == self._process:
                with contextlib.suppress(HsmError), _calling():
                    session.close()
            login.give_back()

    def _try(self) -> None:
        try:
            self.key.verify(self.sign(_TRIAL), _TRIAL)
        except InvalidSignature:
            raise KeyFormatError("the public key on the token does not belong to the private key") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Pkcs11Signer(kid={self.kid!r}, alg={self.alg!r})"


# --- login ---------------------------------------------------------------------------------------


class _Login:
    """One login of this process at one token, shared: PKCS#11 knows no other (v2.40, 5.6).

    A session that closes logs every other one out, so the one that logged in stays open to the last.
    """

    _all: ClassVar[dict[tuple[str, str, int], _Login]] = {}

    def __init__(self, place: tuple[str, str, int], token: Any, session: Any) -> None:
        self._place, self._token, self._session, self._users = place, token, session, 1

    @classmethod
    def take(cls, module: str, label: str, pin: str) -> _Login:
        """The login that is there, or a new one."""
        place = (module, label, os.getpid())
        with _calling():
            login = cls._all.get(place)
            if login is not None:
                login._users += 1
                return login
            import pkcs11

            try:
                library = pkcs11.lib(module)
            except pkcs11.PKCS11Error:
                raise HsmError("the module cannot be loaded") from None
            found = list(library.get_tokens(token_label=label))
            if len(found) != 1:
                raise HsmTokenAbsent(f"{len(found)} tokens have this label")
            try:
                session = found[0].open(user_pin=pin)
            except pkcs11.UserAlreadyLoggedIn:
                session = found[0].open()  # another part of this program logged in
            login = cls._all[place] = cls(place, found[0], session)
            return login

    def session(self) -> Any:
        """A session of its own for one signer; it is logged in as all are."""
        return self._token.open()

    def give_back(self) -> None:
        """Log out after the last one."""
        self._users -= 1
        if self._users == 0:
            del self._all[self._place]
            if self._place[2] == os.getpid():
                with contextlib.suppress(HsmError), _calling():
                    self._session.close()


#: python-pkcs11 tells modules that only one thread at a time will call them (C_Initialize without
#: arguments), and SoftHSM2, for one, crashes when two do.
_one_at_a_time = threading.RLock()


def _after_fork() -> None:
    global _one_at_a_time
    _one_at_a_time = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


@contextmanager
def _calling() -> Iterator[None]:
    """What calls the module, alone; errors of PKCS#11 become ours. Their texts are left out: some repeat
    what was given.
    """
    try:
        import pkcs11
    except ImportError:
        raise MissingExtra("install eid[hsm]") from None
    try:
        with _one_at_a_time:
            yield
    except (
        pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange, pkcs11.PinExpired, pkcs11.PinLocked,
        pkcs11.UserPinNotInitialized,
    ) as error:  # fmt: skip
        raise HsmPinRefused(type(error).__name__) from None
    except (pkcs11.NoSuchToken, pkcs11.TokenNotPresent, pkcs11.TokenNotRecognised) as error:
        raise HsmTokenAbsent(type(error).__name__) from None
    except (pkcs11.MechanismInvalid, pkcs11.MechanismParamInvalid) as error:
        raise HsmError(f"the token does not sign this way ({type(error).__name__})") from None
    except pkcs11.PKCS11Error as error:
        raise HsmError(type(error).__name__) from None


# --- keys ----------------------------------------------------------------------------------------


def _find(session: Any, kind: str, label: str | None, identifier: bytes | None) -> list[Any]:
    from pkcs11 import Attribute, ObjectClass

    wanted: dict[Any, Any] = {Attribute.CLASS: ObjectClass[kind]}
    if label is not None:
        wanted[Attribute.LABEL] = label
    if identifier is not None:
        wanted[Attribute.ID] = identifier
    return list(session.get_objects(wanted))


def _only(found: list[Any]) -> Any:
    if len(found) != 1:
        raise HsmKeyAbsent(f"{len(found)} private keys with this label and identifier")
    return found[0]


def _public_key(session: Any, private: Any, alg: str | None, kid: str | None) -> Key:
    """The public key under the identifier of *private*, from a public key object or a certificate."""
    from pkcs11 import Attribute

    identifier = bytes(private[Attribute.ID])
    for public in _find(session, "PUBLIC_KEY", None, identifier)[:1]:
        return Key.from_public(_native(public), alg=alg, kid=kid)
    for certificate in _find(session, "CERTIFICATE", None, identifier)[:1]:
        return Key.from_certificate(bytes(certificate[Attribute.VALUE]), alg=alg, kid=kid)
    raise HsmKeyAbsent("no public key and no certificate beside the private key")


def _native(public: Any) -> Any:
    """A public key object of PKCS#11 as one of ``cryptography``."""
    from pkcs11 import Attribute, KeyType

    kind = public[Attribute.KEY_TYPE]
    try:
        if kind == KeyType.RSA:
            modulus, exponent = public[Attribute.MODULUS], public[Attribute.PUBLIC_EXPONENT]
            return rsa.RSAPublicNumbers(
                int.from_bytes(exponent, "big"), int.from_bytes(modulus, "big")
            ).public_key()
        curve = _CURVES[bytes(public[Attribute.EC_PARAMS])]
        point = bytes(public[Attribute.EC_POINT])
        with contextlib.suppress(EncodingError):  # the point stands inside an OCTET STRING, or bare
            point = parse(point, OCTET_STRING).value
        if curve is None:
            return ed25519.Ed25519PublicKey.from_public_bytes(point)
        return ec.EllipticCurvePublicKey.from_encoded_point(curve(), point)
    except KeyError:
        raise UnsupportedAlgorithm("a curve that no token algorithm uses") from None
    except ValueError:
        raise KeyFormatError("the public key on the token is malformed") from None


def _signing(private: Any, alg: str) -> Callable[[bytes], bytes]:
    """How *private* signs a message. Hashing is done here where devices differ in what they hash."""
    from pkcs11 import MGF, Mechanism

    sign: Callable[..., bytes] = private.sign
    if alg in POST_QUANTUM:
        raise UnsupportedAlgorithm(f"{alg} on a PKCS#11 token")
    if alg == "Ed25519":
        return functools.partial(sign, mechanism=Mechanism.EDDSA)
    if alg == "RS256":
        return functools.partial(sign, mechanism=Mechanism.SHA256_RSA_PKCS)
    if alg in ("PS256", "PS384"):
        bits = alg[2:]
        pss = (Mechanism[f"SHA{bits}"], MGF[f"SHA{bits}"], int(bits) // 8)
        return functools.partial(sign, mechanism=Mechanism[f"SHA{bits}_RSA_PKCS_PSS"], mechanism_param=pss)
    digest = {"ES256": hashlib.sha256, "ES384": hashlib.sha384, "ES512": hashlib.sha512}[alg]
    size = algorithm(alg).signature_size

    def ecdsa(message: bytes) -> bytes:
        signature = sign(digest(message).digest(), mechanism=Mechanism.ECDSA)
        if len(signature) != size:
            raise HsmError("an ECDSA signature of another length")
        return signature

    return ecdsa
