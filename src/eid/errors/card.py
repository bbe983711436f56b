"""Cards, their files and readers, and whom to trust."""

from __future__ import annotations

from typing import Any

from eid.errors.base import EidError, InputError, Text

__all__ = [
    "AccessBlocked",
    "AccessDenied",
    "AccessKeyFormatError",
    "AccessNotOffered",
    "CardMute",
    "CardRemoved",
    "CardReset",
    "CertificateError",
    "ChallengeFormatError",
    "ChipError",
    "CmsError",
    "CrlError",
    "DocumentError",
    "EvidenceError",
    "FileNotOnChip",
    "FileTruncated",
    "MrzError",
    "NoCard",
    "NoReader",
    "PersonalNumberError",
    "PersonalisationError",
    "PrintedCodeError",
    "ProtocolError",
    "ReaderForbidden",
    "ReaderGone",
    "ReaderServiceDown",
    "RecordingMismatch",
    "RemoteUnreachable",
    "SecureMessagingError",
    "SecureMessagingLost",
    "SharingViolation",
    "StatusWordError",
    "TransportError",
    "TrustStoreDamaged",
    "TrustStoreError",
    "WrongAccessKey",
]


class DocumentError(InputError):
    """A file of the chip that is well encoded but is not the data group it claims to be."""

    code = "DOCUMENT_FORMAT"
    public_message = Text(
        "A file of the card has an unexpected form.", "Một tệp trên thẻ có định dạng không mong đợi."
    )
    cause = "The content breaks ICAO Doc 9303-10 or the national format."
    remedy = "Keep the evidence file and report it; the other files of the card can still be used."

    def __init__(self, detail: str = "", kind: str = "malformed") -> None:
        super().__init__(detail)
        self.kind = kind


class MrzError(InputError):
    """A machine readable zone that cannot be read. ``kind``: ``length``, ``not_td1``, ``characters``, ..."""

    code = "MRZ_FORMAT"
    public_message = Text(
        "The machine readable lines are wrong or incomplete.", "Dòng mã MRZ bị sai hoặc thiếu."
    )
    cause = "Wrong number of lines or characters, letters outside A-Z 0-9 <, or a wrong check digit where the text must be right."
    remedy = "Scan or type the lines again: 3 lines of 30, 2 of 36 or 2 of 44 characters."

    def __init__(self, detail: str = "", kind: str = "malformed") -> None:
        super().__init__(detail)
        self.kind = kind


class PersonalNumberError(InputError):
    """A personal number that is not one. ``kind``: ``empty``, ``length`` or ``non_digit``; ``hint``
    names a known mistake (``old_9_digit_number``, ``leading_zero_lost``) or is ``None``.
    """

    code = "PERSONAL_NUMBER_FORMAT"
    public_message = Text(
        "The personal number must have 12 digits.", "Số định danh cá nhân phải gồm 12 chữ số."
    )
    cause = "Not exactly twelve digits 0 to 9: an old 9-digit number, a number that a spreadsheet has shortened, or a typing error."
    remedy = (
        "Type all twelve digits as printed on the card; keep numbers as text, because they may begin with 0."
    )

    def __init__(self, detail: str = "", kind: str = "malformed", hint: str | None = None) -> None:
        super().__init__(detail)
        self.kind = kind
        self.hint = hint


class PrintedCodeError(InputError):
    """A text that is no printed code of a citizen card. ``kind``: ``empty``, ``not_card_qr``,
    ``invalid_utf8``, ``multiple_payloads``, ``too_few_fields``, ``pin_format``, ``name_missing``,
    ``dob_format``, ``dob_invalid`` or ``issue_date_format``; ``hint`` names a known mistake or is ``None``.
    """

    code = "PRINTED_CODE_FORMAT"
    public_message = Text(
        "This is not the code printed on a citizen card, or it was damaged on the way.",
        "Đây không phải mã in trên thẻ căn cước, hoặc mã đã bị hỏng khi quét.",
    )
    cause = "Another QR code (VNeID, health insurance, a web address), two scans in one, or a scanner or spreadsheet that changed the text beyond repair."
    remedy = "Scan the code of the card again, one at a time; set the scanner to HID-POS or serial mode instead of keyboard mode."

    def __init__(self, detail: str = "", kind: str = "not_card_qr", hint: str | None = None) -> None:
        super().__init__(detail)
        self.kind = kind
        self.hint = hint


class AccessKeyFormatError(InputError):
    code = "ACCESS_KEY_FORMAT"
    public_message = Text("The access number must have 6 digits.", "Số truy cập phải gồm 6 chữ số.")
    cause = "A CAN that is not six digits, or a number from which none can be taken."
    remedy = (
        "Type the last six digits of the 12-digit personal number (Viet Nam), or the CAN printed on the card."
    )


class ChallengeFormatError(InputError):
    code = "CHALLENGE_FORMAT"
    public_message = Text(
        "The challenge must be 8 random bytes.", "Giá trị thách thức phải gồm 8 byte ngẫu nhiên."
    )
    cause = "Active Authentication (ICAO Doc 9303-11, 6.1) signs a challenge of exactly 8 bytes."
    remedy = "Give 16 hexadecimal digits, chosen at random by the party that verifies."


class EvidenceError(InputError):
    code = "EVIDENCE_FORMAT"
    public_message = Text(
        "The evidence file is damaged or not an evidence file.",
        "Tệp bằng chứng bị hỏng hoặc không đúng loại.",
    )
    cause = "Not a CBOR file of this library, cut off, or written by a newer version."
    remedy = "Copy the file again; check the version of the library that wrote it."


class CertificateError(InputError):
    code = "CERTIFICATE_FORMAT"
    public_message = Text("A certificate could not be read.", "Không đọc được chứng thư số.")
    cause = "The bytes are not an X.509 certificate (RFC 5280), not even a tolerated variant."
    remedy = "Check that the file is a DER or PEM certificate."


class CmsError(InputError):
    code = "CMS_FORMAT"
    public_message = Text("A signed object could not be read.", "Không đọc được đối tượng đã ký.")
    cause = "The bytes are not a CMS SignedData (RFC 5652)."
    remedy = "Check that the file is an EF.SOD or a master list."


class CrlError(InputError):
    code = "CRL_FORMAT"
    public_message = Text("A revocation list could not be read.", "Không đọc được danh sách thu hồi.")
    cause = "The bytes are not a certificate revocation list (RFC 5280, 5)."
    remedy = "Check that the file is a DER or PEM revocation list, and load it again from its source."


class TrustStoreError(InputError):
    code = "TRUST_STORE"
    public_message = Text("The trust store could not be opened.", "Không mở được kho chứng thư tin cậy.")
    cause = "The folder of trust anchors does not exist or holds no certificate at all."
    remedy = "Give a folder with CSCA certificates in DER or PEM form."


class TrustStoreDamaged(TrustStoreError):
    code = "TRUST_STORE_DAMAGED"
    public_message = Text(
        "The trust store is damaged or of a newer version.",
        "Kho chứng thư tin cậy bị hỏng hoặc thuộc phiên bản mới hơn.",
    )
    cause = "The checksum of a trust store on disk is wrong, or a newer version of the library wrote it."
    remedy = "Import the certificates again (`eid trust import`), from sources that you trust."


class PersonalisationError(InputError):
    code = "PERSONALISATION"
    public_message = Text("The card description cannot be used.", "Không dùng được mô tả thẻ.")
    cause = "The JSON file for the built-in chip misses a member or holds a wrong value."
    remedy = "Compare it with the output of `eid chip new`."


class RecordingMismatch(InputError):
    code = "RECORDING_MISMATCH"
    public_message = Text("The recording does not fit this reading.", "Bản ghi không khớp với lần đọc này.")
    cause = "A recorded transport was sent a command that is not the next one of its recording."
    remedy = "Record again with this version of the library."


# --- chip ----------------------------------------------------------------------------------------


class ChipError(EidError):
    """Anything that goes wrong between the library and the chip."""

    code = "CHIP"
    public_message = Text("The chip could not be read.", "Không đọc được chip.")
    cause = "An error in the conversation with the chip."
    remedy = "Lay the card on the reader again and keep it still."

    #: What was read before the error, an :class:`eid.document.evidence.Evidence`, when a reading was
    #: under way. Never in the text of the exception.
    evidence: Any = None


class ProtocolError(ChipError):
    code = "CHIP_PROTOCOL"
    public_message = Text("The chip gave an answer that makes no sense.", "Chip trả lời không hợp lệ.")
    cause = "A response is malformed or breaks the protocol (bad point, missing data object, reflected key)."
    remedy = "Read again; when it repeats, the card or the reader is faulty, or somebody is in between."


class StatusWordError(ChipError):
    """The chip refused a command. ``sw`` is the 16-bit status word (ISO/IEC 7816-4)."""

    code = "STATUS_WORD"
    public_message = Text("The chip refused a command.", "Chip từ chối lệnh.")
    cause = "A status word other than 9000."
    remedy = "The status word in the message says what the chip objected to."

    def __init__(self, detail: str = "", sw: int = 0) -> None:
        super().__init__(f"{detail} (SW {sw:04X})" if sw else detail)
        self.sw = sw


class FileNotOnChip(StatusWordError):
    code = "FILE_NOT_FOUND"
    public_message = Text("The card has no such file.", "Thẻ không có tệp này.")
    cause = "SELECT or READ BINARY answered 6A82."
    remedy = "Nothing to do: not every card has every data group."


class FileTruncated(ChipError):
    code = "FILE_TRUNCATED"
    public_message = Text("A file of the card ends too early.", "Một tệp trên thẻ bị kết thúc quá sớm.")
    cause = "The chip has fewer octets than the length in the header of the file announces."
    remedy = "Read again; when it repeats, the card was written wrongly or is damaged."


class AccessDenied(StatusWordError):
    code = "ACCESS_DENIED"
    public_message = Text(
        "This file is not readable with the rights at hand.", "Không đủ quyền để đọc tệp này."
    )
    cause = "6982: fingerprints and iris need Terminal Authentication; other files need BAC or PACE first."
    remedy = "Only authorities hold the rights for DG3 and DG4."


class WrongAccessKey(ChipError):
    code = "WRONG_ACCESS_KEY"
    public_message = Text(
        "The number or the machine readable lines do not open this card.",
        "Số hoặc dòng MRZ đã nhập không mở được thẻ này.",
    )
    cause = "The chip does not accept the CAN or MRZ: 6300 in the last step of PACE, or a wrong check value in BAC."
    remedy = (
        "Type it again. Chips slow down or block after repeated errors, so nothing is retried automatically."
    )


class AccessBlocked(ChipError):
    code = "ACCESS_BLOCKED"
    public_message = Text(
        "The card refuses this access number after too many wrong tries.",
        "Thẻ từ chối số truy cập này vì đã nhập sai quá nhiều lần.",
    )
    cause = "The chip answered 6983 or 63C0: the password is blocked."
    remedy = "Use the machine readable lines instead of the number; else the issuing authority can help."


class AccessNotOffered(ChipError):
    code = "ACCESS_NOT_OFFERED"
    public_message = Text(
        "The card offers no access this software knows.",
        "Thẻ không hỗ trợ phương thức truy cập mà phần mềm biết.",
    )
    cause = "Neither a supported PACE variant nor BAC can be used with the access key that was given."
    remedy = "Give the MRZ instead of the CAN (BAC takes no CAN), or report the card."


class SecureMessagingError(ChipError):
    code = "SECURE_MESSAGING"
    public_message = Text(
        "The protected channel to the chip was disturbed.", "Kênh bảo mật với chip bị nhiễu."
    )
    cause = "A response under secure messaging has a wrong check value or a malformed structure."
    remedy = "Read again; when it repeats, somebody or something alters the data between card and computer."


class SecureMessagingLost(ChipError):
    """A plain error while secure messaging was on. ``sw`` is the status word."""

    code = "SECURE_MESSAGING_LOST"
    public_message = Text("The chip left the protected channel.", "Chip đã rời kênh bảo mật.")
    cause = "The chip answered in plain while secure messaging was on."
    remedy = "Read again. Some chips drop the session on a command they do not like."

    def __init__(self, detail: str = "", sw: int = 0) -> None:
        super().__init__(f"{detail} (SW {sw:04X})" if sw else detail)
        self.sw = sw


# --- transport -----------------------------------------------------------------------------------


class TransportError(ChipError):
    code = "TRANSPORT"
    public_message = Text("The connection to the card failed.", "Kết nối tới thẻ bị lỗi.")
    cause = "The reader or the network in between reported an error that has no more specific class."
    remedy = "Unplug and replug the reader, then lay the card on it again."


class CardRemoved(TransportError):
    code = "CARD_REMOVED"
    public_message = Text("The card was taken away too early.", "Thẻ bị rút ra quá sớm.")
    cause = "The card left the reader in the middle of the conversation."
    remedy = "Lay the card on the reader again and leave it there until the reading is finished."


class CardReset(CardRemoved):
    code = "CARD_RESET"
    public_message = Text("The card was restarted during the reading.", "Thẻ bị khởi động lại trong khi đọc.")
    cause = "Another program or the reader reset the card, so the protected channel is lost."
    remedy = "Close other programs that use the reader, then read again."


class CardMute(TransportError):
    code = "CARD_MUTE"
    public_message = Text("The card does not answer.", "Thẻ không phản hồi.")
    cause = "No answer within the deadline: a dead or badly placed card, or a stuck reader."
    remedy = "Move the card a little; try another reader; a card that never answers is broken."


class NoCard(TransportError):
    code = "NO_CARD"
    public_message = Text("There is no card on the reader.", "Chưa đặt thẻ lên đầu đọc.")
    cause = "No card was present within the time given."
    remedy = "Lay the card on the reader."


class NoReader(TransportError):
    code = "NO_READER"
    public_message = Text("No card reader was found.", "Không tìm thấy đầu đọc thẻ.")
    cause = "The PC/SC service knows no reader, or none with the name given."
    remedy = "Plug the reader in; `eid readers` lists what the computer sees."


class ReaderGone(TransportError):
    code = "READER_GONE"
    public_message = Text("The card reader was unplugged.", "Đầu đọc thẻ đã bị rút ra.")
    cause = "The reader vanished while it was in use."
    remedy = "Plug the reader in again."


class ReaderServiceDown(TransportError):
    code = "READER_SERVICE_DOWN"
    public_message = Text(
        "The smart-card service of this computer is not running.", "Dịch vụ đầu đọc thẻ của máy không chạy."
    )
    cause = "pcscd is not installed, not started, or was stopped; or the extra `pcsc` is not installed."
    remedy = "Install and start pcscd (Debian: apt install pcscd), and install eid[pcsc]."


class SharingViolation(TransportError):
    code = "SHARING_VIOLATION"
    public_message = Text("Another program is using the card.", "Một chương trình khác đang dùng thẻ.")
    cause = "Another process holds the card exclusively."
    remedy = "Close the other program (browser plug-ins and signing tools often hold cards)."


class ReaderForbidden(TransportError):
    code = "READER_FORBIDDEN"
    public_message = Text(
        "This user may not use the card reader.", "Người dùng này không được phép dùng đầu đọc thẻ."
    )
    cause = "pcscd asks polkit, and polkit refuses: typical for services and for sessions over the network."
    remedy = "Allow org.debian.pcsc-lite.access_pcsc and access_card for the user in a polkit rule."


class RemoteUnreachable(TransportError):
    code = "REMOTE_UNREACHABLE"
    public_message = Text(
        "The other side of the network connection does not answer.",
        "Không kết nối được tới đầu bên kia của mạng.",
    )
    cause = "The connection was refused, the name is not known, or a firewall is in between."
    remedy = (
        "Check host and port, and that the chip side is listening (`eid chip serve FILE --listen HOST:PORT`)."
    )
