"""Keys, tokens, credentials, status lists and archives."""

from __future__ import annotations

from eid.errors.base import EidError, InputError, InvalidSignature, Text

__all__ = [
    "AddressForbidden",
    "AlgorithmForbidden",
    "AlgorithmMismatch",
    "AlgorithmUnprotected",
    "AudienceMismatch",
    "AuthenticationInsufficient",
    "CertificateChainRefused",
    "ClaimInvalid",
    "ClaimMissing",
    "ClaimMustBeOpen",
    "ClaimNotThere",
    "CoseMalformed",
    "CoseTagMismatch",
    "CredentialDataInvalid",
    "CredentialNotInForce",
    "CredentialRevoked",
    "CredentialSuspended",
    "CredentialTypeMismatch",
    "CriticalHeader",
    "DigestAlgorithmUnsupported",
    "DigestMalformed",
    "DigestRepeated",
    "DisclosureClash",
    "DisclosureMalformed",
    "DisclosureMisplaced",
    "DisclosureNameForbidden",
    "DisclosureRepeated",
    "DisclosureUnreferenced",
    "DpopKeyInvalid",
    "DpopKeyMismatch",
    "DpopMethodMismatch",
    "DpopNonceMismatch",
    "DpopReplayed",
    "DpopTimeMismatch",
    "DpopTokenMismatch",
    "DpopUrlMismatch",
    "FetchFailed",
    "HeaderForbidden",
    "HeaderInvalid",
    "HolderKeyInvalid",
    "HolderKeyMissing",
    "HsmError",
    "HsmKeyAbsent",
    "HsmPinRefused",
    "HsmTokenAbsent",
    "IssuerMetadataInvalid",
    "IssuerMismatch",
    "KeyBindingHashMismatch",
    "KeyBindingMissing",
    "KeyBindingSignatureInvalid",
    "KeyBindingTimeMismatch",
    "KeyBindingUnexpected",
    "KeyFileError",
    "KeyFileExists",
    "KeyFileExposed",
    "KeyNotInForce",
    "KeyPassphraseError",
    "KeysTooOld",
    "KeysUnavailable",
    "NonceMismatch",
    "PayloadDetached",
    "ProofMissing",
    "RecordError",
    "RecordMalformed",
    "RecordMemberInvalid",
    "RecordNotOpened",
    "RecordProfileUnknown",
    "RecordReportDiffers",
    "RecordSealed",
    "RecordSignatureInvalid",
    "RecordSignerUnknown",
    "RecordVersionUnknown",
    "ReplayStoreFull",
    "ReplayStoreUnavailable",
    "SdJwtMalformed",
    "StatusFinal",
    "StatusIndexOutside",
    "StatusListInvalid",
    "StatusListMismatch",
    "StatusListTooOld",
    "StatusListUnavailable",
    "StatusListUntrusted",
    "StatusNotAsked",
    "StatusRegistryError",
    "StatusUndecided",
    "StatusValueInvalid",
    "TimestampError",
    "TimestampInvalid",
    "TimestampMalformed",
    "TimestampMismatch",
    "TimestampMissing",
    "TimestampRejected",
    "TimestampTooEarly",
    "TimestampUntrusted",
    "TokenDuplicateMember",
    "TokenEncodingInvalid",
    "TokenError",
    "TokenExpired",
    "TokenFormUnsupported",
    "TokenLifetimeTooLong",
    "TokenMalformed",
    "TokenNotBound",
    "TokenNotYetValid",
    "TokenNumberInvalid",
    "TokenReplayed",
    "TokenSignatureInvalid",
    "TokenTextInvalid",
    "TokenTooLarge",
    "TokenTypeMismatch",
    "UnknownKey",
]


class TokenError(EidError):
    """A token, credential, proof or list that is not accepted."""

    code = "TOKEN_REFUSED"
    public_message = Text("The token is not accepted.", "Mã xác thực không được chấp nhận.")
    cause = "A token, credential or list does not hold; a more specific code says why."
    remedy = "Ask the sender for a new one. If it happens again, compare both sides' settings."


# --- signed tokens (JWS) -------------------------------------------------------------------------


class TokenMalformed(TokenError, InputError):
    code = "TOKEN_MALFORMED"
    public_message = Text("This is not a signed token.", "Đây không phải là mã có chữ ký hợp lệ.")
    cause = "Not three parts of base64url in compact form (RFC 7515, 7.1), or not a JSON object inside."
    remedy = (
        "Check that the whole token was passed on, without quotes, line breaks or a prefix such as Bearer."
    )


class TokenFormUnsupported(TokenMalformed):
    code = "TOKEN_FORM_UNSUPPORTED"
    public_message = Text(
        "This form of token is not supported here.", "Dạng mã xác thực này không được hỗ trợ."
    )
    cause = "An encrypted token (JWE, RFC 7516), the JSON serialisation, or a token without its content (RFC 7515, 7.2 and appendix F)."
    remedy = (
        "Ask for the token in compact form, signed, with its content. Nothing is known about its validity."
    )


class TokenTooLarge(TokenMalformed):
    code = "TOKEN_TOO_LARGE"
    public_message = Text("The token is too large.", "Mã xác thực quá lớn.")
    cause = "Length, nesting or number of parts is beyond the limit set before any work is done."
    remedy = "Put less into the token; the limits are named constants."


class TokenEncodingInvalid(TokenMalformed):
    code = "TOKEN_BASE64URL"
    public_message = Text("The token was damaged on the way.", "Mã xác thực bị hỏng khi truyền.")
    cause = "A part is not canonical base64url: padding, white space, another alphabet or stray bits."
    remedy = "Pass the token on unchanged. An issuer that writes padding breaks RFC 7515, 2."


class TokenDuplicateMember(TokenMalformed):
    code = "TOKEN_DUPLICATE_MEMBER"
    public_message = Text("The token contradicts itself.", "Nội dung mã xác thực tự mâu thuẫn.")
    cause = "A JSON object or CBOR map names a member twice, so two readers could see two different tokens (RFC 7519, 4)."
    remedy = "The issuer must repair its software. Do not accept the token."


class TokenNumberInvalid(TokenMalformed):
    code = "TOKEN_NUMBER"
    public_message = Text("The token holds an impossible number.", "Mã xác thực chứa số không hợp lệ.")
    cause = "NaN, an infinite number, or an integer beyond 2**53 - 1 (RFC 7493, 2.2)."
    remedy = "The issuer must repair its software. Do not accept the token."


class TokenTextInvalid(TokenMalformed):
    code = "TOKEN_TEXT"
    public_message = Text("The token holds impossible text.", "Mã xác thực chứa văn bản không hợp lệ.")
    cause = "Text that is not UTF-8, or half of a surrogate pair (RFC 7493, 2.1)."
    remedy = "The issuer must repair its software. Do not accept the token."


class HeaderInvalid(TokenError):
    code = "TOKEN_HEADER"
    public_message = Text("The token's header is not valid.", "Phần đầu của mã xác thực không hợp lệ.")
    cause = "`alg`, `typ` or `kid` is missing where it is needed, empty, too long or not a text."
    remedy = "The issuer must name algorithm, type and key of each token."


class HeaderForbidden(TokenError):
    code = "TOKEN_HEADER_FORBIDDEN"
    public_message = Text("The token tries to choose its own key.", "Mã xác thực tự chỉ định khóa kiểm tra.")
    cause = "The header brings or points to a key (`jwk`, `jku`, `x5u`, `x5c`), or changes how the token is read (`b64`, `zip`)."
    remedy = "Do not accept the token. Keys come from the verifier's own configuration."


class CriticalHeader(TokenError):
    code = "TOKEN_CRITICAL_HEADER"
    public_message = Text(
        "The token uses an unknown extension.", "Mã xác thực dùng phần mở rộng không được hỗ trợ."
    )
    cause = "`crit` names what this library does not implement, or is empty or malformed (RFC 7515, 4.1.11; RFC 9052, 3.1)."
    remedy = "Agree with the issuer on a token without critical extensions."


class TokenTypeMismatch(TokenError):
    code = "TOKEN_TYPE"
    public_message = Text("This is a token of another kind.", "Đây là loại mã xác thực khác.")
    cause = "`typ` of the header is missing or names another kind of token than the one expected (RFC 8725, 3.11)."
    remedy = "Send the kind of token that was asked for; an access token does not replace an e-ID token."


class AlgorithmForbidden(TokenError):
    code = "TOKEN_ALGORITHM_FORBIDDEN"
    public_message = Text("The token is not signed safely.", "Mã xác thực không được ký an toàn.")
    cause = "`alg` is `none`, a secret-key (HMAC) algorithm, encryption, or unknown."
    remedy = "Do not accept the token. Issuers sign with ES256, ES384, ES512, Ed25519, PS256, PS384 or RS256."


class AlgorithmMismatch(TokenError):
    code = "TOKEN_ALGORITHM_MISMATCH"
    public_message = Text("The token's signature is of the wrong kind.", "Chữ ký của mã xác thực sai loại.")
    cause = "`alg` of the header is not the algorithm of the key: the algorithm belongs to the key (RFC 8725, 3.1)."
    remedy = "Do not accept the token. The issuer gives each algorithm a key of its own."


class TokenSignatureInvalid(TokenError):
    code = "TOKEN_SIGNATURE"
    public_message = Text("The token was altered or forged.", "Mã xác thực đã bị sửa đổi hoặc giả mạo.")
    cause = "The signature does not hold with the issuer's key."
    remedy = "Do not accept the token."


# --- keys ----------------------------------------------------------------------------------------


class UnknownKey(TokenError):
    code = "UNKNOWN_KEY"
    public_message = Text(
        "The signer's key is not known here.", "Khóa của bên ký chưa được biết ở hệ thống này."
    )
    cause = "`kid` names a key that is not among the issuer's keys, also not after asking again."
    remedy = "After a rotation, fetch the issuer's keys again. An unknown key proves neither forgery nor authenticity."


class KeyNotInForce(TokenError):
    code = "KEY_NOT_IN_FORCE"
    public_message = Text(
        "The signer's key is not in force.", "Khóa của bên ký không còn hoặc chưa có hiệu lực."
    )
    cause = "The key is known, but is used before or after the time for which it was published."
    remedy = "Check the clocks; the issuer must keep an old key published as long as its tokens live."


class KeysTooOld(TokenError):
    code = "KEYS_TOO_OLD"
    public_message = Text(
        "The issuer's keys could not be refreshed for too long.",
        "Khóa của bên phát hành đã quá lâu chưa được cập nhật.",
    )
    cause = "The last good copy of the issuer's keys is older than the grace that was configured."
    remedy = "Restore the connection to the issuer, or bring a new file of keys."


class KeysUnavailable(TokenError):
    code = "KEYS_UNAVAILABLE"
    public_message = Text("The issuer's keys cannot be had.", "Không lấy được khóa của bên phát hành.")
    cause = (
        "The issuer's keys were never fetched: no connection, an error of the server, or a damaged answer."
    )
    remedy = "Check address, network and the server's answer, or bring the keys in a file."


class KeyFileError(EidError):
    code = "KEY_FILE"
    public_message = Text("A key file cannot be used.", "Không dùng được tệp khóa.")
    cause = "A key file is missing, cannot be read or written, or holds no key of a known kind."
    remedy = "Check the path and the rights; private keys are PKCS#8 in PEM, public ones a JWK Set."


class KeyFileExists(KeyFileError):
    code = "KEY_FILE_EXISTS"
    public_message = Text("The key file exists already.", "Tệp khóa đã tồn tại.")
    cause = "A key is never written over another file: the key in it would be lost for good."
    remedy = "Choose another name, or move the old file away yourself."


class KeyFileExposed(KeyFileError):
    code = "KEY_FILE_EXPOSED"
    public_message = Text(
        "A private key lies open to other users of this machine.",
        "Khóa bí mật đang để lộ cho người dùng khác trên máy này.",
    )
    cause = "The file is not encrypted, and its mode lets the group or others read or write it."
    remedy = "chmod 600 FILE. If others could read it for some time, make a new key and withdraw this one."


class KeyPassphraseError(KeyFileError):
    code = "KEY_PASSPHRASE"
    public_message = Text("The passphrase does not open the key file.", "Mật khẩu không mở được tệp khóa.")
    cause = "The file is encrypted and no passphrase or a wrong one was given, or one was given for a file in clear."
    remedy = "Give the passphrase the file was written with; give none for a file that is not encrypted."


class HsmError(EidError):
    code = "HSM_UNAVAILABLE"
    public_message = Text("The key device cannot be used.", "Không dùng được thiết bị lưu khóa.")
    cause = "The PKCS#11 module cannot be loaded, or the device failed, was taken out or ended the session."
    remedy = "Check path and configuration of the module and the device itself, then open the signer again."


class HsmTokenAbsent(HsmError):
    code = "HSM_TOKEN_ABSENT"
    public_message = Text(
        "The token of the key device is not there.", "Không tìm thấy token của thiết bị lưu khóa."
    )
    cause = "No token, or more than one, has the label that was given."
    remedy = "List the tokens (`pkcs11-tool --list-token-slots`), and check the label and the device."


class HsmPinRefused(HsmError):
    code = "HSM_PIN"
    public_message = Text("The key device refused the PIN.", "Thiết bị lưu khóa từ chối mã PIN.")
    cause = "The PIN is wrong, expired, or locked after too many tries."
    remedy = "Do not try again blindly: devices lock. Check the PIN, or have it unlocked by its officer."


class HsmKeyAbsent(HsmError):
    code = "HSM_KEY_ABSENT"
    public_message = Text("The key is not on the key device.", "Không có khóa này trên thiết bị lưu khóa.")
    cause = "No private key, or more than one, has the label or identifier given, or its public key is not beside it."
    remedy = "Check label and identifier; store the public key or the certificate under the same identifier."


class CertificateChainRefused(TokenError):
    """A chain in ``x5c`` that does not hold. ``kind``: ``form``, ``order``, ``signature``, ``validity``,
    ``authority``, ``usage``, ``root``, ``algorithm``.
    """

    code = "X5C_REFUSED"
    public_message = Text(
        "The signer's certificates are not accepted.", "Chuỗi chứng thư của bên ký không được chấp nhận."
    )
    cause = "The certificates in the header do not lead to a pinned root, are not valid now, or may not be used for this (RFC 5280, 6)."
    remedy = "Compare the signer's certificates with the roots you pinned. Never take a root from the token itself."

    def __init__(self, detail: str = "", kind: str = "form") -> None:
        super().__init__(detail)
        self.kind = kind


# --- e-ID token ----------------------------------------------------------------------------------


class ClaimMissing(TokenError):
    code = "TOKEN_CLAIM_MISSING"
    public_message = Text("The token is incomplete.", "Mã xác thực thiếu thông tin bắt buộc.")
    cause = "A claim that this kind of token must have is not there; the detail names it."
    remedy = "The issuer must put the claim in. Check that both sides mean the same kind of token."


class ClaimInvalid(TokenError):
    code = "TOKEN_CLAIM_INVALID"
    public_message = Text("The token says something impossible.", "Mã xác thực chứa thông tin không hợp lệ.")
    cause = "A claim has the wrong type or a value outside its range: a time that is no whole number, a level that does not exist."
    remedy = "The issuer must repair its software. Do not accept the token."


class IssuerMismatch(TokenError):
    code = "TOKEN_ISSUER"
    public_message = Text("The token is by somebody else.", "Mã xác thực do bên khác phát hành.")
    cause = "`iss` is not an issuer this verifier was set up for, compared character by character (RFC 8725, 3.8)."
    remedy = "Check that the token comes from the service that was asked; write the issuer exactly as it writes itself."


class AudienceMismatch(TokenError):
    code = "TOKEN_AUDIENCE"
    public_message = Text("The token is meant for another service.", "Mã xác thực dành cho dịch vụ khác.")
    cause = "`aud` is not exactly the one name of this service (RFC 8725, 3.9)."
    remedy = "Do not accept the token: a result may not be handed on. Ask for one for this service."


class NonceMismatch(TokenError):
    code = "TOKEN_NONCE"
    public_message = Text("The token belongs to another transaction.", "Mã xác thực thuộc giao dịch khác.")
    cause = "`nonce` is not the value chosen for this transaction."
    remedy = "Start the transaction again; a result is never used in another one."


class TokenExpired(TokenError):
    code = "TOKEN_EXPIRED"
    public_message = Text("The token has expired.", "Mã xác thực đã hết hạn.")
    cause = "`exp` is past, the leeway for clocks included (RFC 7519, 4.1.4)."
    remedy = "Ask for a new token. If it was just made, compare the clocks of both machines."


class TokenNotYetValid(TokenError):
    code = "TOKEN_NOT_YET_VALID"
    public_message = Text("The token is not valid yet.", "Mã xác thực chưa có hiệu lực.")
    cause = "`iat` or `nbf` lies in the future, the leeway for clocks included (RFC 7519, 4.1.5)."
    remedy = "Compare the clocks of both machines: one of them is wrong."


class TokenLifetimeTooLong(TokenError):
    code = "TOKEN_LIFETIME"
    public_message = Text("The token lives too long.", "Thời hạn của mã xác thực quá dài.")
    cause = "`exp` is further from `iat` than this kind of token may live."
    remedy = "The issuer must issue tokens for minutes, one for each transaction."


class TokenReplayed(TokenError):
    code = "TOKEN_REPLAYED"
    public_message = Text("The token was used before.", "Mã xác thực đã được sử dụng.")
    cause = "`jti` was accepted before: a token is good for one use."
    remedy = "Ask for a new token. If nobody used it before, somebody else has a copy."


class ReplayStoreUnavailable(TokenError):
    code = "REPLAY_STORE_UNAVAILABLE"
    public_message = Text(
        "It cannot be checked whether the token was used before.",
        "Không kiểm tra được mã xác thực đã được sử dụng hay chưa.",
    )
    cause = (
        "The store of used tokens does not answer, or may not be relied on; the token was refused for that."
    )
    remedy = "Bring the database back. The same token may then still be good: it was not marked as used, unless the answer was lost."


class ReplayStoreFull(ReplayStoreUnavailable):
    code = "REPLAY_STORE_FULL"
    public_message = Text(
        "Too many tokens were used in a short time.",
        "Có quá nhiều mã xác thực được sử dụng trong thời gian ngắn.",
    )
    cause = "The store of used tokens has no room, and it forgets none before its time."
    remedy = "Give the store more room: tokens a second, times the minutes they live."


class ProofMissing(TokenError):
    code = "PROOF_MISSING"
    public_message = Text(
        "The sender did not prove to be the holder.", "Bên gửi chưa chứng minh là người giữ mã xác thực."
    )
    cause = "The token names the key of its holder (`cnf`, RFC 7800), and no proof by that key came with it."
    remedy = "Send a DPoP proof by that key along with the token."


class TokenNotBound(TokenError):
    code = "TOKEN_NOT_BOUND"
    public_message = Text("The token is not bound to its holder.", "Mã xác thực không gắn với người giữ.")
    cause = "A proof of possession came along, but the token names no key (`cnf`): it is not the holder's own token (RFC 9449, 7.1)."
    remedy = "Ask the issuer for a token with the holder's key in it."


class AuthenticationInsufficient(TokenError):
    code = "AUTHENTICATION_INSUFFICIENT"
    public_message = Text(
        "This needs a stronger or newer authentication.", "Cần xác thực ở mức cao hơn hoặc mới hơn."
    )
    cause = (
        "The person was authenticated in another way, or longer ago, than the service asks for (RFC 9470)."
    )
    remedy = "Send the step-up challenge to the client, which sends the person to authenticate again."


# --- DPoP ----------------------------------------------------------------------------------------


class DpopKeyInvalid(TokenError):
    code = "DPOP_JWK"
    public_message = Text(
        "The proof of possession has no usable key.", "Bằng chứng sở hữu không có khóa hợp lệ."
    )
    cause = "`jwk` in the header of the proof is missing, private, malformed, or not for the proof's algorithm (RFC 9449, 4.2)."
    remedy = "The client puts its public key, and nothing secret, into the header."


class DpopMethodMismatch(TokenError):
    code = "DPOP_METHOD"
    public_message = Text("The proof is for another request.", "Bằng chứng sở hữu dành cho yêu cầu khác.")
    cause = "`htm` is not the method of this request (RFC 9449, 4.3)."
    remedy = "The client makes one proof for each request."


class DpopUrlMismatch(TokenError):
    code = "DPOP_URL"
    public_message = Text("The proof is for another address.", "Bằng chứng sở hữu dành cho địa chỉ khác.")
    cause = "`htu` is not the address of this request, query and fragment left out (RFC 9449, 4.3)."
    remedy = (
        "The client makes one proof for each request. Behind a proxy, give the address as the client sees it."
    )


class DpopTimeMismatch(TokenError):
    code = "DPOP_TIME"
    public_message = Text("The proof is too old or too new.", "Bằng chứng sở hữu quá cũ hoặc quá mới.")
    cause = "`iat` of the proof is outside the window around the present (RFC 9449, 11.1)."
    remedy = "The client makes the proof when it sends the request; compare the clocks."


class DpopNonceMismatch(TokenError):
    code = "DPOP_NONCE"
    public_message = Text(
        "The proof lacks the server's value.", "Bằng chứng sở hữu thiếu giá trị của máy chủ."
    )
    cause = "`nonce` is not the value this server gave out (RFC 9449, 8 and 9)."
    remedy = "Answer with `use_dpop_nonce` and a DPoP-Nonce header; the client tries again with that value."


class DpopTokenMismatch(TokenError):
    code = "DPOP_ACCESS_TOKEN"
    public_message = Text("The proof is for another token.", "Bằng chứng sở hữu dành cho mã xác thực khác.")
    cause = "`ath` is not the hash of the token that came with the proof (RFC 9449, 4.3)."
    remedy = "The client makes the proof for the token it sends."


class DpopKeyMismatch(TokenError):
    code = "DPOP_KEY"
    public_message = Text("The proof is by somebody else's key.", "Bằng chứng sở hữu do khóa khác ký.")
    cause = "The key of the proof is not the one the token is bound to (`cnf`, RFC 9449, 6.1)."
    remedy = "Do not accept the token: whoever sent it does not hold its key."


class DpopReplayed(TokenError):
    code = "DPOP_REPLAYED"
    public_message = Text("The proof was used before.", "Bằng chứng sở hữu đã được sử dụng.")
    cause = "`jti` of the proof was accepted before (RFC 9449, 11.1)."
    remedy = "The client makes one proof for each request. If it did, somebody else has a copy."


# --- record --------------------------------------------------------------------------------------


class RecordError(TokenError):
    code = "RECORD_REFUSED"
    public_message = Text("The archive record is not accepted.", "Hồ sơ lưu trữ không được chấp nhận.")
    cause = "The record of a verification does not hold; a more specific code says why."
    remedy = "Do not rely on the record. Look for another copy of it."


class RecordMalformed(RecordError, InputError):
    code = "RECORD_MALFORMED"
    public_message = Text("This is not a whole archive record.", "Đây không phải là hồ sơ lưu trữ đầy đủ.")
    cause = "Cut off, damaged, not in deterministic form, or a file of another kind."
    remedy = "Look for another copy; compare the lengths and checksums of your archive."


class RecordVersionUnknown(RecordError):
    code = "RECORD_VERSION"
    public_message = Text(
        "The archive record is of an unknown version.", "Phiên bản của hồ sơ lưu trữ không được hỗ trợ."
    )
    cause = "The record was signed by a version of the library that this one does not know."
    remedy = "Check it with the newest version of the library."


class RecordMemberInvalid(RecordMalformed):
    code = "RECORD_MEMBER"
    public_message = Text(
        "The archive record holds something unexpected.", "Hồ sơ lưu trữ chứa nội dung không mong đợi."
    )
    cause = "What was signed has a member too many, too few or of the wrong type."
    remedy = "Ask who made the record with which software; nothing in it was used."


class RecordSignerUnknown(RecordError):
    code = "RECORD_SIGNER_UNKNOWN"
    public_message = Text(
        "The archive record is not signed by the signer given.",
        "Hồ sơ lưu trữ không do bên ký đã chỉ định ký.",
    )
    cause = "The key that the record names is not among the keys of the signer given, or not for that time."
    remedy = "Give the public key that was in use when the record was made, from a source you trust."


class RecordSignatureInvalid(RecordError, InvalidSignature):
    code = "RECORD_SIGNATURE"
    public_message = Text(
        "The archive record was altered or forged.", "Hồ sơ lưu trữ đã bị sửa đổi hoặc giả mạo."
    )
    cause = "The signature over the record does not hold with the signer's key."
    remedy = "Do not rely on the record. Look for another copy of it."


class RecordReportDiffers(RecordError):
    """Raised by ``CheckedRecord.require_same``; ``checked`` is what was found out."""

    code = "RECORD_REPORT_DIFFERS"
    public_message = Text(
        "The report computed now is not the one in the record.",
        "Báo cáo tính lại không giống báo cáo trong hồ sơ.",
    )
    cause = (
        "The record was put together from parts that do not belong together, or this version of the library "
        "finds something else in the same evidence."
    )
    remedy = "Look at the differences. Check again with the version of the library that the record names."

    def __init__(self, detail: str = "", checked: object = None) -> None:
        super().__init__(detail)
        self.checked = checked


class RecordProfileUnknown(RecordError):
    code = "RECORD_PROFILE"
    public_message = Text(
        "The kind of card in the record is not known here.", "Loại thẻ trong hồ sơ chưa được hỗ trợ ở đây."
    )
    cause = "No profile of the name in the record was given, so the report cannot be computed again."
    remedy = "Give the profile that was used, for example `vietnam`."


class RecordSealed(RecordError):
    code = "RECORD_SEALED"
    public_message = Text("The archive record is encrypted.", "Hồ sơ lưu trữ đã được mã hóa.")
    cause = "The record was encrypted to a public key and has to be opened first."
    remedy = "Give the private key that belongs to it."


class RecordNotOpened(RecordError):
    code = "RECORD_NOT_OPENED"
    public_message = Text("The archive record cannot be decrypted.", "Không giải mã được hồ sơ lưu trữ.")
    cause = "The private key is another one than the record was encrypted to, or the file was altered."
    remedy = "Try the keys of that time. If the right one fails, look for another copy."


# --- trusted timestamps --------------------------------------------------------------------------


class TimestampError(TokenError):
    code = "TIMESTAMP_REFUSED"
    public_message = Text("The timestamp is not accepted.", "Dấu thời gian không được chấp nhận.")
    cause = "A trusted timestamp does not hold; a more specific code says why."
    remedy = "Without a good timestamp the time is only the word of who made the record."


class TimestampMalformed(TimestampError, InputError):
    code = "TIMESTAMP_MALFORMED"
    public_message = Text("This is not a timestamp.", "Đây không phải là dấu thời gian.")
    cause = "Not a response or token of RFC 3161, cut off, or with parts the standard does not allow."
    remedy = "Save the authority's answer unchanged, as octets. A page of HTML is a proxy's or a login's."


class TimestampRejected(TimestampError):
    code = "TIMESTAMP_REJECTED"
    public_message = Text(
        "The time-stamping authority refused.", "Tổ chức cấp dấu thời gian đã từ chối yêu cầu."
    )
    cause = "The response has a status other than granted and no token (RFC 3161, 2.4.2)."
    remedy = "The detail names the authority's reason. Try again later or ask another authority."


class TimestampMismatch(TimestampError):
    code = "TIMESTAMP_MISMATCH"
    public_message = Text("The timestamp is for something else.", "Dấu thời gian dành cho dữ liệu khác.")
    cause = "Digest, nonce or policy of the timestamp is not the one that was asked for (RFC 3161, 2.4.2)."
    remedy = "Attach each timestamp to the record it was requested for."


class TimestampInvalid(TimestampError, InvalidSignature):
    code = "TIMESTAMP_INVALID"
    public_message = Text("The timestamp was altered or forged.", "Dấu thời gian đã bị sửa đổi hoặc giả mạo.")
    cause = (
        "The signature does not hold, or its signer's certificate is not one for timestamps (RFC 3161, 2.3)."
    )
    remedy = "Do not rely on the time. Ask the authority whether it issued this timestamp."


class TimestampUntrusted(TimestampError):
    code = "TIMESTAMP_UNTRUSTED"
    public_message = Text(
        "The time-stamping authority is not known here.", "Tổ chức cấp dấu thời gian chưa được tin cậy ở đây."
    )
    cause = "The chain of the authority's certificate leads to none of the roots that were given."
    remedy = "Give the root certificate of the authority, from a source you trust."


class TimestampMissing(TimestampError):
    code = "TIMESTAMP_MISSING"
    public_message = Text("The record has no timestamp.", "Hồ sơ không có dấu thời gian.")
    cause = "A trusted timestamp was required and the record has none, or it was taken away."
    remedy = "Without it the time is only the word of who made the record; check it without a root if that will do."


class TimestampTooEarly(TimestampError):
    code = "TIMESTAMP_TOO_EARLY"
    public_message = Text(
        "The timestamp is older than the record says it is.",
        "Dấu thời gian cũ hơn thời điểm ghi trong hồ sơ.",
    )
    cause = "The record states a time of making after the time at which the authority saw its signature."
    remedy = "One of the two clocks is wrong. Do not rely on either time."


# --- fetching ------------------------------------------------------------------------------------


class AddressForbidden(TokenError, InputError):
    code = "ADDRESS_FORBIDDEN"
    public_message = Text("This address must not be used.", "Không được phép dùng địa chỉ này.")
    cause = "Keys and lists are fetched from https addresses only, or from this very machine; without a user name or fragment."
    remedy = "Correct the address in the configuration. One that stands in a token is not to be trusted."


class FetchFailed(TokenError):
    """``detail`` says how; it never holds the address."""

    code = "FETCH_FAILED"
    public_message = Text("A server could not be asked.", "Không truy vấn được máy chủ.")
    cause = "No connection, a time-out, a status other than 200, a redirect to another host, or a too large answer."
    remedy = "Check the network and the server. What was fetched before stays in use as long as allowed."


# --- COSE ----------------------------------------------------------------------------------------


class CoseMalformed(TokenMalformed):
    """``kind`` is a short stable word, as of :class:`EncodingError`."""

    code = "COSE_MALFORMED"
    public_message = Text("This is not a signed code.", "Đây không phải là dữ liệu có chữ ký hợp lệ.")
    cause = "Not one COSE_Sign1 structure (RFC 9052, 4.2) in CBOR: damaged, cut off, octets after it, or a forbidden item in it."
    remedy = "Check that the whole code was passed on unchanged."

    def __init__(self, detail: str = "", kind: str = "malformed") -> None:
        super().__init__(detail)
        self.kind = kind


class CoseTagMismatch(TokenError):
    code = "COSE_TAG"
    public_message = Text("This is a signed code of another kind.", "Đây là loại dữ liệu có chữ ký khác.")
    cause = (
        "The CBOR tags around the message are not those of the expected kind (18 for COSE_Sign1, 61 for CWT)."
    )
    remedy = "Send the kind that was asked for; several signatures, MACs and encryption are not read."


class AlgorithmUnprotected(TokenError):
    code = "COSE_ALGORITHM_UNPROTECTED"
    public_message = Text("The code is not signed safely.", "Dữ liệu không được ký an toàn.")
    cause = "The algorithm stands in the unprotected header, where anybody can change it."
    remedy = "Do not accept the code. The issuer must name the algorithm in the protected header."


class PayloadDetached(TokenError):
    code = "COSE_DETACHED"
    public_message = Text("The signed content is missing.", "Thiếu nội dung được ký.")
    cause = "The content is kept apart from its signature and was not given, or was given twice."
    remedy = "Give the content that belongs to the signature."


# --- SD-JWT --------------------------------------------------------------------------------------


class SdJwtMalformed(TokenMalformed):
    code = "SD_JWT_MALFORMED"
    public_message = Text("This is not a credential.", "Đây không phải là chứng nhận điện tử.")
    cause = "Not a signed token followed by disclosures, each with a tilde after it (RFC 9901, 4)."
    remedy = "Check that the whole credential was passed on: even without disclosures it ends in a tilde."


class DisclosureMalformed(TokenMalformed):
    code = "DISCLOSURE_MALFORMED"
    public_message = Text("A shown field is damaged.", "Một trường được xuất trình bị hỏng.")
    cause = "A disclosure is not base64url of a JSON array of salt, name and value, or of salt and value (RFC 9901, 4.2)."
    remedy = "Pass the credential on unchanged. If it comes so from its issuer, the issuer must repair its software."


class DisclosureNameForbidden(TokenError):
    code = "DISCLOSURE_NAME"
    public_message = Text(
        "A shown field has a forbidden name.", "Một trường được xuất trình có tên không được phép."
    )
    cause = "A claim is called `_sd`, `...` or `_sd_alg`, which belong to the mechanism (RFC 9901, 4.2.1)."
    remedy = "Do not accept the credential. The issuer must call the claim something else."


class DisclosureClash(TokenError):
    code = "DISCLOSURE_CLASH"
    public_message = Text("The credential contradicts itself.", "Nội dung chứng nhận tự mâu thuẫn.")
    cause = "A disclosure names a claim that is already there at the same level (RFC 9901, 7.1)."
    remedy = "Do not accept the credential: two readers could see two different values."


class DisclosureMisplaced(TokenError):
    code = "DISCLOSURE_MISPLACED"
    public_message = Text("A shown field is in the wrong place.", "Một trường được xuất trình sai vị trí.")
    cause = "A disclosure with a name stands for an array element, or one without for a member of an object (RFC 9901, 7.1)."
    remedy = "Do not accept the credential. The issuer must repair its software."


class DisclosureUnreferenced(TokenError):
    code = "DISCLOSURE_UNREFERENCED"
    public_message = Text(
        "A shown field does not belong to the credential.",
        "Một trường được xuất trình không thuộc chứng nhận này.",
    )
    cause = "No digest that the issuer signed stands for this disclosure: it was altered, is of another credential, or what it is part of was left out (RFC 9901, 7.1)."
    remedy = "Do not accept the credential. A wallet sends a disclosure along with all that it is part of."


class DisclosureRepeated(TokenError):
    code = "DISCLOSURE_REPEATED"
    public_message = Text("A field is shown twice.", "Một trường được xuất trình hai lần.")
    cause = "The same disclosure came more than once (RFC 9901, 7.1)."
    remedy = "The wallet sends each disclosure once."


class DigestMalformed(TokenError):
    code = "DIGEST_MALFORMED"
    public_message = Text("The credential is not well made.", "Chứng nhận không đúng cấu trúc.")
    cause = "`_sd` is not an array of texts, `...` is not the one member of an array element, or `_sd_alg` is not at the top (RFC 9901, 4.1 and 4.2.4)."
    remedy = "Do not accept the credential. The issuer must repair its software."


class DigestRepeated(TokenError):
    code = "DIGEST_REPEATED"
    public_message = Text("The credential is ambiguous.", "Chứng nhận không rõ ràng.")
    cause = (
        "A digest occurs more than once, so that one disclosure could stand in two places (RFC 9901, 7.1)."
    )
    remedy = "Do not accept the credential. The issuer must use a new salt for each claim."


class DigestAlgorithmUnsupported(TokenError):
    code = "DIGEST_ALGORITHM"
    public_message = Text(
        "The credential uses an unknown method.", "Chứng nhận dùng thuật toán băm không được hỗ trợ."
    )
    cause = "`_sd_alg` is none of sha-256, sha-384 and sha-512 (RFC 9901, 4.1.1)."
    remedy = "Ask the issuer for sha-256. An unsafe hash would let anybody make up disclosures."


class ClaimMustBeOpen(TokenError):
    code = "CLAIM_MUST_BE_OPEN"
    public_message = Text(
        "The credential hides what decides about its validity.",
        "Chứng nhận che giấu thông tin quyết định hiệu lực của chính nó.",
    )
    cause = "A claim such as `iss`, `exp`, `cnf`, `status` or `vct` is selectively disclosable: leaving it out would change whether the credential holds (RFC 9901, 9.7)."
    remedy = "Do not accept the credential. The issuer must put the claim where everybody sees it."


class ClaimNotThere(TokenError, InputError):
    code = "CLAIM_NOT_THERE"
    public_message = Text("The credential has no such field.", "Chứng nhận không có trường này.")
    cause = "A field to be shown, or to be made showable, is not in the credential."
    remedy = "Look at the fields the credential has; a part of a field is named by its whole path."


class KeyBindingMissing(TokenError):
    code = "KEY_BINDING_MISSING"
    public_message = Text(
        "The holder did not prove to hold the credential.",
        "Người xuất trình chưa chứng minh là chủ chứng nhận.",
    )
    cause = "Key binding is required, and no key-binding token came along (RFC 9901, 7.3)."
    remedy = (
        "Ask the wallet to sign the presentation. A copy of a credential proves nothing about who sends it."
    )


class KeyBindingUnexpected(TokenError):
    code = "KEY_BINDING_UNEXPECTED"
    public_message = Text(
        "This is a presentation, not a credential.", "Đây là bản xuất trình, không phải chứng nhận gốc."
    )
    cause = "A credential as it comes from its issuer has no key-binding token (RFC 9901, 7.2)."
    remedy = "Keep the credential that the issuer sent; a presentation made for somebody is of no use to anybody else."


class KeyBindingSignatureInvalid(TokenError):
    code = "KEY_BINDING_SIGNATURE"
    public_message = Text(
        "The presentation was not signed by the holder.", "Bản xuất trình không do chủ chứng nhận ký."
    )
    cause = "The signature of the key-binding token does not hold with the key in the credential (`cnf`), or is of another kind."
    remedy = "Do not accept it: whoever sent it does not hold the credential's key."


class KeyBindingTimeMismatch(TokenError):
    code = "KEY_BINDING_TIME"
    public_message = Text("The presentation is too old or too new.", "Bản xuất trình quá cũ hoặc quá mới.")
    cause = "`iat` of the key-binding token is outside the window around the present (RFC 9901, 7.3)."
    remedy = "Ask for a new presentation; compare the clocks."


class KeyBindingHashMismatch(TokenError):
    code = "KEY_BINDING_HASH"
    public_message = Text("The presentation was altered.", "Bản xuất trình đã bị sửa đổi.")
    cause = "`sd_hash` is not the hash of this credential with these disclosures: some were added or taken away, or the proof is of another presentation (RFC 9901, 4.3.1)."
    remedy = "Do not accept it. The wallet signs exactly what it sends."


class HolderKeyMissing(TokenError):
    code = "HOLDER_KEY_MISSING"
    public_message = Text("The credential is bound to nobody.", "Chứng nhận không gắn với khóa của chủ thể.")
    cause = "Key binding is required, and the credential has no `cnf` with a `jwk` (RFC 9901, 4.1.2)."
    remedy = "Ask the issuer for a credential with the holder's key in it."


class HolderKeyInvalid(TokenError):
    code = "HOLDER_KEY_INVALID"
    public_message = Text("The holder's key cannot be used.", "Không dùng được khóa của chủ chứng nhận.")
    cause = "`cnf` is malformed, or its key is private, malformed, or of a kind this library does not use (RFC 7800, 3.2)."
    remedy = "Do not accept the credential. The issuer must put the holder's public key in."


class CredentialTypeMismatch(TokenError):
    code = "CREDENTIAL_TYPE"
    public_message = Text("This is a credential of another type.", "Đây là loại chứng nhận khác.")
    cause = "`vct` is not the type of credential that was asked for."
    remedy = "Ask for the right credential: the same field can mean something else in another type."


# --- status list ---------------------------------------------------------------------------------


class StatusUndecided(TokenError):
    """The status is not known: neither in force nor revoked. What came of it is for the caller's policy."""

    code = "STATUS_UNDECIDED"
    public_message = Text(
        "It is not known whether the credential was revoked.", "Chưa biết chứng nhận có bị thu hồi hay không."
    )
    cause = "No usable status list answers for the credential; a more specific code says why."
    remedy = "Restore the connection to the issuer's list or bring a newer file, then check again."


class StatusListUnavailable(StatusUndecided):
    """``reason`` is the code of the error that was met."""

    code = "STATUS_LIST_UNAVAILABLE"
    public_message = Text("The status list cannot be had.", "Không lấy được danh sách trạng thái.")
    cause = (
        "The list was never fetched, is not in the offline files, or what came in its place does not hold."
    )
    remedy = "Check the network and the issuer's server, or bring the list in a file."

    def __init__(self, detail: str = "", reason: str | None = None) -> None:
        super().__init__(detail)
        self.reason = reason


class StatusListTooOld(StatusUndecided):
    code = "STATUS_LIST_TOO_OLD"
    public_message = Text("The status list is too old.", "Danh sách trạng thái đã quá cũ.")
    cause = (
        "The list has expired (`exp`), or could not be renewed for longer than the grace that was configured."
    )
    remedy = "Restore the connection to the issuer's list, or bring a newer file."


class StatusListUntrusted(StatusUndecided):
    code = "STATUS_LIST_UNTRUSTED"
    public_message = Text(
        "The status list is from an unknown source.", "Danh sách trạng thái có nguồn không xác định."
    )
    cause = "The credential refers to a list whose address belongs to no issuer this verifier was set up for."
    remedy = "Add the issuer of the list with its address and keys, if it is to be trusted."


class StatusIndexOutside(StatusUndecided):
    code = "STATUS_INDEX_OUTSIDE"
    public_message = Text("The status list has no such entry.", "Danh sách trạng thái không có mục này.")
    cause = "The index in the credential lies beyond the end of the list it refers to."
    remedy = "Ask the issuer: either the list was published wrongly, or the credential was."


class StatusListInvalid(TokenError):
    code = "STATUS_LIST_INVALID"
    public_message = Text("The status list is not usable.", "Danh sách trạng thái không sử dụng được.")
    cause = "`bits` is not 1, 2, 4 or 8, `lst` is no zlib stream of a bounded list, or `ttl` is no positive number."
    remedy = "The issuer must publish the list again (Token Status List, 4)."


class StatusListMismatch(TokenError):
    code = "STATUS_LIST_SUBJECT"
    public_message = Text("This is another status list.", "Đây là danh sách trạng thái khác.")
    cause = "`sub` of the list is not the address that the credential refers to (Token Status List, 8.3)."
    remedy = "The issuer must publish each list under its own address. Do not use the list."


class StatusValueInvalid(TokenError, InputError):
    code = "STATUS_VALUE"
    public_message = Text(
        "The status list cannot hold this.", "Danh sách trạng thái không lưu được giá trị này."
    )
    cause = "The index lies outside the list, was never given out, or the status needs more bits than the list has."
    remedy = "Give the index from the credential; suspension needs a list of at least 2 bits."


class StatusFinal(TokenError):
    code = "STATUS_FINAL"
    public_message = Text(
        "A revoked credential stays revoked.", "Chứng nhận đã thu hồi thì không thể khôi phục."
    )
    cause = "The entry is INVALID, which cannot be taken back; only SUSPENDED can."
    remedy = "Issue a new credential with a new index."


class StatusRegistryError(TokenError, InputError):
    code = "STATUS_REGISTRY"
    public_message = Text("The register of statuses cannot be used.", "Không sử dụng được sổ trạng thái.")
    cause = "The register is missing, damaged, of a newer version, locked for too long, or exists already."
    remedy = "Check path and permissions, and restore it from a backup if it is damaged. Never start an old copy: indexes would be given out twice."


# --- credentials ---------------------------------------------------------------------------------


class CredentialNotInForce(TokenError):
    """The issuer's list gives a status that is not VALID. ``status`` is its number."""

    code = "CREDENTIAL_NOT_IN_FORCE"
    public_message = Text("The credential is not in force.", "Chứng nhận không còn hiệu lực.")
    cause = "The status list gives the credential a status of the issuer's own that is not VALID."
    remedy = "Ask the issuer what the status means. Do not accept the credential before."

    def __init__(self, detail: str = "", status: int | None = None) -> None:
        super().__init__(detail)
        self.status = status


class CredentialRevoked(CredentialNotInForce):
    code = "CREDENTIAL_REVOKED"
    public_message = Text("The credential was revoked.", "Chứng nhận đã bị thu hồi.")
    cause = "The status list says INVALID: the issuer withdrew the credential for good."
    remedy = "Do not accept the credential. Its holder can ask the issuer for a new one."


class CredentialSuspended(CredentialNotInForce):
    code = "CREDENTIAL_SUSPENDED"
    public_message = Text("The credential is suspended.", "Chứng nhận đang bị tạm khóa.")
    cause = "The status list says SUSPENDED: the issuer withdrew the credential for the time being."
    remedy = "Do not accept the credential now. It may come back into force."


class StatusNotAsked(StatusUndecided):
    code = "STATUS_NOT_ASKED"
    public_message = Text(
        "It was not checked whether the credential was revoked.",
        "Chưa kiểm tra chứng nhận có bị thu hồi hay không.",
    )
    cause = "The credential names its entry in a status list, and the verifier was given nobody to ask."
    remedy = "Give the verifier a StatusChecker, or say without_status_check() where a revoked credential does no harm."


class IssuerMetadataInvalid(TokenError, InputError):
    code = "ISSUER_METADATA"
    public_message = Text(
        "The issuer's published data are not usable.", "Dữ liệu công bố của bên phát hành không sử dụng được."
    )
    cause = "The document is not JSON, names another issuer, or has not exactly one of `jwks` and `jwks_uri` (SD-JWT VC, 4)."
    remedy = "Fetch it from the address that belongs to this very issuer, and tell the issuer if it stays so."


class CredentialDataInvalid(TokenError, InputError):
    """``field`` names what is wrong, as it is called in the credential."""

    code = "CREDENTIAL_DATA"
    public_message = Text(
        "A field of the credential is not valid.", "Một trường của chứng nhận không hợp lệ."
    )
    cause = "A field has another type or form than its type of credential says, or one is missing that must be there."
    remedy = "Compare the field that the message names with the schema (`eid credential schema`)."

    def __init__(self, detail: str = "", field: str = "") -> None:
        super().__init__(detail)
        self.field = field
