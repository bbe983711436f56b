"""The catalogue of problem codes: what is odd about a certificate or about the chain it is in.

A problem decides nothing. A certificate with problems is used as any other; who publishes or collects
certificates can see what to mend. Codes are stable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from eid.errors import Text

__all__ = ["PROBLEMS", "Problem"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One code.

    :param text: a sentence for people.
    :param cause: what leads to it.
    :param remedy: what to do about it.
    """

    code: str
    text: Text
    cause: str
    remedy: str


_ISSUER = "Nothing to do here: it was issued so. Its issuer should mend it with the next certificate."
_WEAK = "Nothing to do here. Its issuer should move to what ICAO Doc 9303-12, 4.4 recommends."
_ASK = "Make sure that it is the certificate its issuer published, best through a second channel."


def _problem(code: str, en: str, vi: str, cause: str, remedy: str = _ISSUER) -> Problem:
    return Problem(code, Text(en, vi), cause, remedy)


_ENTRIES = (
    # --- the certificate itself ------------------------------------------------------------------
    _problem(
        "VERSION",
        "The certificate is not marked as version 3.",
        "Chứng thư không ghi phiên bản 3.",
        "The version is absent or another one (RFC 5280, 4.1.2.1). Extensions are read all the same.",
    ),
    _problem(
        "SERIAL_NOT_POSITIVE",
        "The serial number is zero or negative.",
        "Số sê-ri bằng không hoặc âm.",
        "RFC 5280, 4.1.2.2 wants a positive number; Albania, Kazakhstan and the Vatican issued others.",
    ),
    _problem(
        "SERIAL_TOO_LONG",
        "The serial number is longer than 20 octets.",
        "Số sê-ri dài hơn 20 byte.",
        "RFC 5280, 4.1.2.2 allows 20 octets.",
    ),
    _problem(
        "INTEGER_NOT_MINIMAL",
        "A number is written with wrong leading octets.",
        "Một số nguyên được mã hóa thừa hoặc thiếu byte đầu.",
        "A serial number or RSA number has superfluous leading octets, or lacks the leading zero of a positive one.",
    ),
    _problem(
        "LENGTH_NOT_MINIMAL",
        "A length is written longer than necessary.",
        "Độ dài được mã hóa dài hơn cần thiết.",
        "A length in BER where certificates are DER (X.690, 10.1).",
    ),
    _problem(
        "SIGNATURE_ALGORITHM_DIFFERS",
        "The certificate names two different signature algorithms.",
        "Chứng thư ghi hai thuật toán chữ ký khác nhau.",
        "The signed and the unsigned AlgorithmIdentifier differ (RFC 5280, 4.1.1.2). Its signature does not count.",
        _ASK,
    ),
    _problem(
        "ALGORITHM_PARAMETERS",
        "An algorithm has parameters where none belong, or lacks its NULL.",
        "Thuật toán có tham số thừa hoặc thiếu NULL.",
        "NULL beside an ECDSA or DSA identifier, or RSA without NULL (RFC 5758, 3.2; RFC 4055, 5). "
        "Austria, Germany, Japan, Algeria and the United Arab Emirates issued such certificates.",
    ),
    _problem(
        "SHA1_SIGNATURE",
        "The certificate is signed over a SHA-1 hash.",
        "Chứng thư được ký với hàm băm SHA-1.",
        "An old certificate. Somebody who chooses what is signed could make two of one hash.",
        _WEAK,
    ),
    _problem(
        "PSS_PARAMETERS",
        "RSASSA-PSS is used with unusual parameters.",
        "RSASSA-PSS dùng tham số không thông dụng.",
        "The salt is not as long as the hash, or the mask function uses another hash (RFC 4055, 3.1).",
    ),
    _problem(
        "TIME_ENCODING",
        "A time of the validity is written in an unusual form.",
        "Thời điểm hiệu lực được ghi theo dạng không thông dụng.",
        "GeneralizedTime before 2050, no seconds, or fractions of them (RFC 5280, 4.1.2.5).",
    ),
    _problem(
        "VALIDITY_REVERSED",
        "The validity ends before it begins.",
        "Thời hạn hiệu lực kết thúc trước khi bắt đầu.",
        "notAfter is earlier than notBefore, so the certificate is never valid.",
        _ASK,
    ),
    # --- names -----------------------------------------------------------------------------------
    _problem(
        "COUNTRY_MISSING",
        "The subject has no country.",
        "Chủ thể không ghi quốc gia.",
        "Doc 9303-12, 7.1 wants countryName. The country of the document cannot be compared.",
    ),
    _problem(
        "COUNTRY_NOT_TWO_LETTERS",
        "The country is not written with two letters.",
        "Mã quốc gia không gồm hai chữ cái.",
        "countryName is a code of ISO 3166-1 alpha-2; Lithuania has written LTU.",
    ),
    _problem(
        "COUNTRY_LOWER_CASE",
        "The country is written in lower case.",
        "Mã quốc gia viết thường.",
        "Doc 9303-12, 7.1 wants capitals; names are compared without regard to case.",
    ),
    _problem(
        "LEGACY_STRING",
        "A name uses a string type of the past.",
        "Tên dùng kiểu chuỗi cũ.",
        "T61String, BMPString or UniversalString instead of PrintableString or UTF8String (RFC 5280, 4.1.2.4).",
    ),
    _problem(
        "STRING_CHARACTERS",
        "A name has characters that its string type does not allow.",
        "Tên có ký tự không hợp lệ với kiểu chuỗi.",
        "For example @ or & in a PrintableString, or octets that are no UTF-8.",
    ),
    # --- the key ---------------------------------------------------------------------------------
    _problem(
        "EXPLICIT_CURVE_PARAMETERS",
        "The curve of the key is written out in numbers.",
        "Đường cong của khóa được ghi bằng tham số tường minh.",
        "Doc 9303-12, 4.4.2 wants them so. They equal a named curve in every number; others are refused (UNKNOWN_CURVE).",
        "Nothing: it is usual for CSCA certificates. Other software may refuse them.",
    ),
    _problem(
        "CURVE_COEFFICIENTS",
        "The curve's coefficients are written with wrong lengths.",
        "Hệ số của đường cong được ghi sai độ dài.",
        "A leading zero too many or too few (SEC 1, 2.3.5); Turkey, Hungary and the United Arab Emirates issued such keys.",
    ),
    _problem(
        "CURVE_SEED",
        "The curve's parameters name a seed that is not the standard one, or is written oddly.",
        "Tham số đường cong ghi giá trị mầm không chuẩn.",
        "The seed takes no part in any computation. Russia writes the right one as if it lacked four bits.",
    ),
    _problem(
        "RSA_EXPONENT",
        "The public exponent of the RSA key is unusual.",
        "Số mũ công khai của khóa RSA không thông dụng.",
        "Not 65537: 3 in certificates of Korea, 38129 in one of Austria. Padding is checked strictly, so it does no harm.",
    ),
    _problem(
        "RSA_KEY_SIZE",
        "The RSA key is unusually short or long.",
        "Khóa RSA ngắn hoặc dài bất thường.",
        "Less than 2048 or more than 4096 bits (Doc 9303-12, 4.4.1).",
        _WEAK,
    ),
    # --- extensions ------------------------------------------------------------------------------
    _problem(
        "EXTENSION_MALFORMED",
        "An extension cannot be read.",
        "Không đọc được một phần mở rộng.",
        "Its value is not what its identifier says. It counts for nothing; one that would restrict the "
        "certificate counts as an unknown critical one.",
        _ASK,
    ),
    _problem(
        "EXTENSION_REPEATED",
        "An extension occurs twice.",
        "Một phần mở rộng xuất hiện hai lần.",
        "RFC 5280, 4.2 allows one each. The first counts; two that would restrict the certificate count as an "
        "unknown critical one.",
        _ASK,
    ),
    _problem(
        "BOOLEAN_NOT_DER",
        "A truth value is not written as FF.",
        "Giá trị đúng/sai không được ghi là FF.",
        "TRUE as 01 (X.690, 11.1); Ukraine issued such certificates.",
    ),
    _problem(
        "DEFAULT_ENCODED",
        "A default value is written although it should be left out.",
        "Giá trị mặc định được ghi ra dù phải bỏ qua.",
        "FALSE is the default of critical and of cA (X.690, 11.5).",
    ),
    _problem(
        "BIT_STRING_NOT_DER",
        "The key usage has superfluous bits.",
        "Trường mục đích sử dụng khóa có bit thừa.",
        "Trailing zero bits of a named bit list belong cut off (X.690, 11.2.2).",
    ),
    _problem(
        "SKI_NOT_WRAPPED",
        "The key identifier lacks its inner encoding.",
        "Định danh khóa thiếu lớp mã hóa bên trong.",
        "The extension holds the identifier itself instead of an OCTET STRING; Lithuania issued such a certificate.",
    ),
    _problem(
        "SKI_MISSING",
        "A certification authority has no key identifier.",
        "Cơ quan chứng thực không có định danh khóa.",
        "RFC 5280, 4.2.1.2 wants one. Issuers are then found by name.",
    ),
    _problem(
        "AKI_SERIAL_WITHOUT_ISSUER",
        "The issuer's key is described incompletely.",
        "Thông tin khóa của bên cấp không đầy đủ.",
        "AuthorityKeyIdentifier has a serial number without the issuer's name, or the reverse (RFC 5280, 4.2.1.1).",
    ),
    _problem(
        "BASIC_CONSTRAINTS_MISSING",
        "A certificate that may sign certificates does not say that it is an authority.",
        "Chứng thư được ký chứng thư khác nhưng không ghi là cơ quan chứng thực.",
        "keyCertSign without BasicConstraints (RFC 5280, 4.2.1.9); Belgium issued such a CSCA. Only as the "
        "caller's own anchor may it issue (ANCHOR_NOT_A_CA).",
    ),
    _problem(
        "CA_FALSE",
        "A certificate that may sign certificates says that it is no authority.",
        "Chứng thư được ký chứng thư khác nhưng ghi không phải cơ quan chứng thực.",
        "keyCertSign beside cA FALSE; Turkey and Italy issued such certificates. Only as the caller's own "
        "anchor may it issue (ANCHOR_NOT_A_CA).",
    ),
    _problem(
        "PATH_LENGTH_WITHOUT_CA",
        "A path length is stated for what is no authority.",
        "Độ dài đường dẫn được ghi cho chứng thư không phải cơ quan chứng thực.",
        "pathLenConstraint beside cA FALSE (RFC 5280, 4.2.1.9), in a certificate of Italy. It means nothing.",
    ),
    _problem(
        "KEY_USAGE_MISSING",
        "A certification authority does not state what its key is for.",
        "Cơ quan chứng thực không ghi mục đích sử dụng khóa.",
        "RFC 5280, 4.2.1.3 and Doc 9303-12, 7.1 want keyUsage. Without it nothing is excluded.",
    ),
    _problem(
        "KEY_USAGE_EMPTY",
        "The key is stated to be for nothing.",
        "Khóa được ghi là không dùng cho mục đích nào.",
        "keyUsage without a bit. The certificate may then sign nothing.",
        _ASK,
    ),
    _problem(
        "NAME_CHANGE_CRITICAL",
        "The certificate marks a change of the country's name as critical.",
        "Chứng thư đánh dấu việc đổi tên quốc gia là bắt buộc.",
        "ICAO nameChange (Doc 9303-12, 7.1.1.4) is not to be critical; Luxembourg's link has it so. It is understood.",
        "Nothing. Other software may refuse the certificate.",
    ),
    # --- between two certificates ----------------------------------------------------------------
    _problem(
        "ISSUER_NAME_ENCODING",
        "The issuer's name is written in another encoding than the issuer uses.",
        "Tên bên cấp được mã hóa khác với chính bên cấp.",
        "Another string type, letter case or spacing. The names are equal by RFC 5280, 7.1.",
    ),
    _problem(
        "ISSUER_NAME_DIFFERS",
        "The issuer's name is not the name of who signed.",
        "Tên bên cấp không khớp với bên đã ký.",
        "Link certificates of Spain and the Philippines name their own subject. Accepted only when the key of one of "
        "the caller's anchors of the same country did sign.",
        _ASK,
    ),
    _problem(
        "ANCHOR_NOT_A_CA",
        "An anchor has issued although it does not say that it is an authority.",
        "Neo tin cậy đã cấp chứng thư dù không ghi là cơ quan chứng thực.",
        "BasicConstraints is absent or says cA FALSE. It was accepted because the caller gave it as an anchor.",
        "Make sure that it is a CSCA certificate and nothing else.",
    ),
    _problem(
        "NAME_IN_LINK_DIFFERS",
        "A link certificate names the certificate that signed it differently.",
        "Chứng thư liên kết ghi tên bên ký khác với tên của chính bên ký.",
        "The other side of ISSUER_NAME_ENCODING and ISSUER_NAME_DIFFERS: the link is odd, this one is not.",
    ),
    _problem(
        "ISSUER_NOT_AT_HAND",
        "Nobody at hand has signed the certificate.",
        "Không có chứng thư nào trong dữ liệu đã ký chứng thư này.",
        "Its signature could not be checked: the certificate of its issuer was not given.",
        "Give the issuer's certificate, too: for a link certificate the country's older or newer one.",
    ),
    _problem(
        "CERTIFICATE_SIGNATURE_INVALID",
        "The issuer that the certificate names did not sign it.",
        "Bên cấp ghi trong chứng thư không ký chứng thư này.",
        "Name and key identifier of the issuer are those of a certificate at hand, whose key did not make the "
        "signature: the certificate is forged or damaged, or the issuer has used an identifier twice.",
        "Do not use it. Get it again from its issuer.",
    ),
    # --- files and lists -------------------------------------------------------------------------
    _problem(
        "CRL_ISSUER_NOT_AT_HAND",
        "Nobody at hand has signed the revocation list.",
        "Không có chứng thư nào trong dữ liệu đã ký danh sách thu hồi này.",
        "Its signature could not be checked: the certificate of its issuer was not given.",
        "Give the certificate of the country that published the list, too.",
    ),
    _problem(
        "LIST_SIGNATURE_INVALID",
        "The signature of a list is wrong.",
        "Chữ ký của danh sách không hợp lệ.",
        "The list was altered or damaged after it was signed, or somebody else made it. Nothing in it is trusted.",
        "Get the list again from its publisher, over a channel you trust.",
    ),
    _problem(
        "LIST_SIGNER_NOT_ENTITLED",
        "The list is signed by somebody who may not sign lists.",
        "Bên ký danh sách không có quyền ký danh sách.",
        "The signer's certificate lacks the extended key usage of Doc 9303-12, 9.1 (10.1 for deviation lists): "
        "a document signer, for example, must not say who other states are. Nothing in the list is trusted.",
        "Get the list again from its publisher, over a channel you trust.",
    ),
    _problem(
        "LIST_SIGNATURE_MISSING",
        "The list is not signed.",
        "Danh sách không có chữ ký.",
        "SignedData without a signer.",
        "Get the list again from its publisher.",
    ),
    _problem(
        "LIST_CUT_SHORT",
        "The end of a list cannot be read.",
        "Không đọc được phần cuối của danh sách.",
        "An entry states a wrong length, so that those after it cannot be found. Those before it are loaded.",
        "Get the list again from its publisher.",
    ),
    _problem(
        "CRL_DELTA",
        "A revocation list states only what changed.",
        "Danh sách thu hồi chỉ ghi các thay đổi.",
        "A delta list (RFC 5280, 5.2.4), which Doc 9303-12 does not have. Who is on it is revoked; it clears nobody.",
        "Load the complete list of the country.",
    ),
    _problem(
        "CRL_INDIRECT",
        "A revocation list is about certificates of other authorities.",
        "Danh sách thu hồi ghi chứng thư của các cơ quan khác.",
        "An indirect list (RFC 5280, 5.2.5), which Doc 9303-12 does not have. It is not used.",
        "Load the list that the country's authority signed itself.",
    ),
    _problem(
        "CRL_PARTIAL",
        "A revocation list covers only some certificates or reasons.",
        "Danh sách thu hồi chỉ bao gồm một số chứng thư hoặc lý do.",
        "A distribution point, attribute certificates or some reasons only (RFC 5280, 5.2.5). Who is on it is revoked; it clears nobody.",
        "Load the complete list of the country.",
    ),
    _problem(
        "CRL_EXTENSION_UNKNOWN",
        "A revocation list has a condition this software does not know.",
        "Danh sách thu hồi có điều kiện mà phần mềm chưa biết.",
        "A critical extension of the list or of an entry that is not evaluated here. Who is on it is revoked; it clears nobody.",
        "Report the list.",
    ),
    _problem(
        "LDIF_VALUE_MALFORMED",
        "A value of a directory file cannot be read.",
        "Không đọc được một giá trị trong tệp LDIF.",
        "It is not base64 (RFC 2849), or an address instead of a value. The other entries are loaded.",
        "Download the file again.",
    ),
    _problem(
        "LDIF_CHANGE_RECORD",
        "A directory file tells changes instead of contents.",
        "Tệp LDIF ghi các thay đổi thay vì nội dung.",
        "A modification or deletion (changetype, RFC 2849). It was left out: it means something to a directory only.",
        "Load the complete download, not a delta.",
    ),
    _problem(
        "FILE_UNREADABLE",
        "A file could not be opened.",
        "Không mở được một tệp.",
        "The system refused to read it.",
        "Check the rights of the file.",
    ),
)

#: Every problem code.
PROBLEMS: Mapping[str, Problem] = MappingProxyType({entry.code: entry for entry in _ENTRIES})
