"""The catalogue of verdict codes: what each means, for people in two languages, its cause and remedy.

A code is stable: programs decide by it. Codes of exceptions are in :mod:`eid.errors`; warnings about a
certificate of the chain are in :mod:`eid.trust.problems`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from eid.errors import Text

__all__ = ["CODES", "CodeEntry"]


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """One code.

    :param text: a sentence for people.
    :param cause: what leads to it.
    :param remedy: what to do about it.
    """

    code: str
    text: Text
    cause: str
    remedy: str


def _entry(code: str, en: str, vi: str, cause: str, remedy: str) -> CodeEntry:
    return CodeEntry(code, Text(en, vi), cause, remedy)


_FORGED = "Do not accept the document. Keep the evidence file."
_READ_AGAIN = "Read the card again; lay it still on the reader."

_ENTRIES = (
    # --- authentic -------------------------------------------------------------------------------
    _entry(
        "SOD_MISSING",
        "The signature file of the card was not read.",
        "Chưa đọc được tệp chữ ký của thẻ.",
        "The evidence has no EF.SOD: the reading broke off, or a folder lacks the file.",
        _READ_AGAIN,
    ),
    _entry(
        "SOD_MALFORMED",
        "The signature file of the card is damaged.",
        "Tệp chữ ký của thẻ bị hỏng.",
        "EF.SOD, or the signer's key in it, breaks Doc 9303-10 or RFC 5652.",
        _READ_AGAIN + " When it stays the same, do not accept the document.",
    ),
    _entry(
        "SOD_INCONSISTENT",
        "The signature file of the card contradicts itself.",
        "Tệp chữ ký của thẻ tự mâu thuẫn.",
        "The head of EF.SOD does not announce the hash function that the signature uses: the unsigned part was written wrongly or altered.",
        _READ_AGAIN + " When it stays the same, report the card.",
    ),
    _entry(
        "SOD_SIGNATURE_INVALID",
        "The signature on the card's data is wrong: the data are forged or altered.",
        "Chữ ký trên dữ liệu thẻ không hợp lệ: dữ liệu bị giả mạo hoặc sửa đổi.",
        "The signature of EF.SOD does not belong to its content and its signer's key.",
        _FORGED,
    ),
    _entry(
        "UNSUPPORTED_ALGORITHM",
        "The card uses an algorithm this software cannot check.",
        "Thẻ dùng thuật toán mà phần mềm chưa kiểm tra được.",
        "A hash, signature or key algorithm, or a curve, without implementation here.",
        "Report the algorithm named in the check. It says nothing about the card being genuine or forged.",
    ),
    _entry(
        "UNKNOWN_CURVE",
        "A key uses an elliptic curve that is not a known one.",
        "Khóa dùng đường cong elliptic không thuộc danh sách đã biết.",
        "Explicit curve parameters that differ from every named curve in at least one number.",
        "Never trust such a key: parameters made for the purpose let anybody forge (CVE-2020-0601).",
    ),
    _entry(
        "SIGNER_CERTIFICATE_MISSING",
        "The certificate of the document signer is missing.",
        "Thiếu chứng thư của bên ký tài liệu.",
        "EF.SOD carries no readable certificate that its signature refers to.",
        "Report the issuer of the document; nothing can be decided without the certificate.",
    ),
    _entry(
        "UNKNOWN_ISSUER",
        "No trusted authority is known to have issued the signer of this card.",
        "Không tìm thấy cơ quan tin cậy đã cấp chứng thư ký cho thẻ này.",
        "No anchor of the trust store has signed the document signer's certificate. That is no sign of forgery.",
        "Add the country signing certificate from a source you trust, then verify again.",
    ),
    _entry(
        "ISSUER_NOT_A_CA",
        "The trusted certificate may not issue signers.",
        "Chứng thư tin cậy không có quyền cấp chứng thư ký.",
        "The anchor's key signed the signer's certificate, but BasicConstraints or key usage do not make it an authority.",
        "Check whether the right certificate was put into the trust store.",
    ),
    _entry(
        "ISSUER_NOT_VALID",
        "The trusted certificate is not valid at this time.",
        "Chứng thư tin cậy không có hiệu lực tại thời điểm này.",
        "The country signing certificate is expired or not yet valid at the time of verification.",
        "Check the clock; get the current certificate of the authority.",
    ),
    _entry(
        "SIGNER_NOT_ENTITLED",
        "The signer's certificate is not for signing documents.",
        "Chứng thư của bên ký không dùng để ký tài liệu.",
        "It is a CA certificate, lacks digitalSignature, or is for lists, bar codes or another task.",
        "Do not accept the document before the issuer has explained it.",
    ),
    _entry(
        "SIGNER_EXTENSION_UNKNOWN",
        "The signer's certificate has a condition this software does not know.",
        "Chứng thư của bên ký có điều kiện mà phần mềm chưa biết.",
        "A critical extension that is not evaluated here (RFC 5280, 4.2).",
        "Report the certificate.",
    ),
    _entry(
        "SIGNER_EXPIRED",
        "The certificate of the document signer has expired.",
        "Chứng thư của bên ký tài liệu đã hết hạn.",
        "The time of verification is after the end of the signer's certificate, which covers the life of its documents.",
        "Check the clock. Otherwise the document is too old to be accepted.",
    ),
    _entry(
        "SIGNER_NOT_YET_VALID",
        "The certificate of the document signer is not valid yet.",
        "Chứng thư của bên ký tài liệu chưa có hiệu lực.",
        "The time of verification is before the signer's certificate begins.",
        "Check the clock.",
    ),
    _entry(
        "DATA_GROUP_ALTERED",
        "Data on the card were altered after signing.",
        "Dữ liệu trên thẻ đã bị thay đổi sau khi ký.",
        "The hash of a data group is not the one in EF.SOD.",
        _FORGED,
    ),
    _entry(
        "DATA_GROUP_NOT_IN_SOD",
        "A file on the card is not covered by the signature and was not used.",
        "Một tệp trên thẻ không nằm trong phạm vi chữ ký nên không được sử dụng.",
        "EF.SOD has no hash for a data group that was read.",
        "Rely only on what the report shows. Without a signed DG1 the card cannot be judged.",
    ),
    _entry(
        "DATA_GROUPS_MISSING",
        "The personal data file was not read, so there is nothing to vouch for.",
        "Chưa đọc được tệp dữ liệu cá nhân nên không có gì để xác nhận.",
        "There is no DG1 beside EF.SOD whose hash agrees.",
        _READ_AGAIN,
    ),
    _entry(
        "DATA_GROUP_MALFORMED",
        "A signed file of the card has an unexpected form.",
        "Một tệp đã ký trên thẻ có định dạng không mong đợi.",
        "The octets are the signed ones, but break Doc 9303-10 or the national format.",
        "Keep the evidence file and report it; the other files can be used.",
    ),
    _entry(
        "MRZ_CHECK_DIGIT",
        "A check digit in the machine readable lines on the chip is wrong.",
        "Số kiểm tra trong dòng MRZ trên chip không đúng.",
        "The issuer signed DG1 with a wrong check digit.",
        "Compare the printed lines with what is shown.",
    ),
    _entry(
        "ACCESS_DOWNGRADE",
        "The protection of the connection to the card was weakened by somebody.",
        "Mức bảo vệ kết nối với thẻ đã bị hạ thấp.",
        "EF.CardAccess, or the access protocol that was used, is not what the signed DG14 offers.",
        "Read the card again with another reader; suspect a device between card and reader.",
    ),
    _entry(
        "CARD_ACCESS_MALFORMED",
        "The file that announces the card's access protocols is damaged.",
        "Tệp mô tả giao thức truy cập của thẻ bị hỏng.",
        "EF.CardAccess is not a SET OF SecurityInfo (Doc 9303-11, 9.2).",
        _READ_AGAIN,
    ),
    _entry(
        "CARD_ACCESS_NOT_BOUND",
        "The card has no signed copy of its access protocols to compare with.",
        "Thẻ không có bản sao đã ký của danh sách giao thức truy cập để đối chiếu.",
        "DG14 is absent, not signed, not read, or without PACE information.",
        "Nothing to do: a weakened connection cannot be noticed with such cards.",
    ),
    _entry(
        "PACE_UNSUPPORTED",
        "The card offers better access protection than this software supports.",
        "Thẻ có phương thức bảo vệ truy cập tốt hơn mà phần mềm chưa hỗ trợ.",
        "None of the card's PACE variants is implemented, so another access was used.",
        "Report the variant.",
    ),
    _entry(
        "CHAIN_TOO_LONG",
        "Too many certificates stand between the signer and a trusted authority.",
        "Có quá nhiều chứng thư giữa bên ký và cơ quan tin cậy.",
        "The search for an anchor stopped at its limit of certificates or signatures; real chains have two or three certificates.",
        "Give the country signing certificate that issued the signer itself. Suspect the evidence when it carries many certificates.",
    ),
    _entry(
        "PATH_LENGTH_EXCEEDED",
        "An authority in the chain may not stand above another one.",
        "Một cơ quan trong chuỗi chứng thư không có quyền cấp cho cơ quan khác.",
        "PathLenConstraint of an issuer is smaller than the number of authorities below it (RFC 5280, 4.2.1.9).",
        "Check which certificates the trust store holds; report the chain to its issuer.",
    ),
    _entry(
        "ISSUER_EXTENSION_UNKNOWN",
        "A certificate in the chain has a condition this software does not know.",
        "Một chứng thư trong chuỗi có điều kiện mà phần mềm chưa biết.",
        "A link certificate with a critical extension that is not evaluated here (RFC 5280, 4.2).",
        "Put the current country signing certificate itself into the trust store; report the link certificate.",
    ),
    _entry(
        "ISSUER_NAME_DIFFERS",
        "The name of the authority is not the one that the certificate states.",
        "Tên cơ quan cấp không khớp với tên ghi trong chứng thư.",
        "The key of a certificate signed another one, which names somebody else as its issuer. In a link certificate of one country it is a warning.",
        "As a warning: nothing to do. Otherwise look for the certificate with the right name.",
    ),
    _entry(
        "ANCHOR_NOT_VERIFIED",
        "The trusted certificate comes from a list whose signature was not checked.",
        "Chứng thư tin cậy lấy từ danh sách chưa được kiểm tra chữ ký.",
        "The master list or directory file was imported without an anchor to verify its signer.",
        "Import the list again with the certificate of the authority that signs it.",
    ),
    _entry(
        "SHA1_USED",
        "A signature on this card uses an outdated hash function.",
        "Chữ ký trên thẻ dùng hàm băm đã lỗi thời.",
        "SHA-1 in the signature of EF.SOD, in a certificate below the anchor or in the hashes of the data groups; older documents have it.",
        "Accept it knowingly: forging such a document would need a second preimage or help of the issuer.",
    ),
    _entry(
        "TRUST_STALE",
        "The trusted certificates are older than allowed.",
        "Kho chứng thư tin cậy đã quá cũ so với quy định.",
        "The trust store was obtained longer ago than the policy allows, or it does not say when.",
        "Load the certificates and revocation lists from their sources again.",
    ),
    _entry(
        "ISSUER_COUNTRY_MISMATCH",
        "The card names another country than the certificates that signed it.",
        "Quốc gia ghi trên thẻ khác với quốc gia của chứng thư ký.",
        "The country of the signer or of its issuer is not the issuing State in DG1.",
        "Do not accept the document before it is explained: a signer of one country cannot vouch for another.",
    ),
    _entry(
        "ISSUER_COUNTRY_UNKNOWN",
        "The certificates and the document are not both of a country.",
        "Chứng thư hoặc giấy tờ không thuộc một quốc gia xác định.",
        "Neither the signer's certificate nor its issuer's names a State, or DG1 is that of a specimen, so they could not be compared.",
        "Nothing to do for the holder; make sure that the anchor is of the country you expect.",
    ),
    _entry(
        "DOCUMENT_TYPE_NOT_LISTED",
        "The signer may not sign this type of document.",
        "Bên ký không có quyền ký loại giấy tờ này.",
        "The document type list of the signer's certificate does not have the document code of DG1 (Doc 9303-12, 7.1.1.6).",
        "Do not accept the document before the issuer has explained it.",
    ),
    _entry(
        "SIGNER_REVOKED",
        "The certificate of the document signer has been revoked.",
        "Chứng thư của bên ký tài liệu đã bị thu hồi.",
        "It is on a revocation list that its issuer signed; date and reason stand in the check.",
        "Do not accept the document. Ask its issuer what the revocation means for documents signed before.",
    ),
    _entry(
        "ISSUER_REVOKED",
        "The certificate of the issuing authority has been revoked.",
        "Chứng thư của cơ quan cấp đã bị thu hồi.",
        "The country signing certificate, or a link certificate, is on a revocation list of its country.",
        "Do not accept the document. Take the certificate out of the trust store and get the current one.",
    ),
    _entry(
        "STALE_REVOCATION",
        "The revocation list is out of date.",
        "Danh sách thu hồi đã quá hạn.",
        "The time of verification is after the next update of the newest list (or before it was made). As a warning: the policy still allowed it.",
        "Load the current list. Offline devices: state with `with_revocation_within` how long an old one may be used.",
    ),
    _entry(
        "REVOCATION_NOT_AVAILABLE",
        "There is no revocation list of this issuer.",
        "Không có danh sách thu hồi của cơ quan cấp này.",
        "The trust store has no list that the signer's issuer signed.",
        "Load the country's list, for example from the ICAO PKD; some countries publish none.",
    ),
    _entry(
        "CRL_SIGNATURE_INVALID",
        "A revocation list is forged or damaged.",
        "Danh sách thu hồi bị giả mạo hoặc bị hỏng.",
        "A list in the issuer's name has a signature that is not of its key.",
        "Load the list again from its source; find out who changed it.",
    ),
    _entry(
        "CRL_WRONG_ISSUER",
        "A revocation list is not by the authority it should be of.",
        "Danh sách thu hồi không do đúng cơ quan ban hành.",
        "A list has the issuer's name but is signed with a key that is not in the trust store, or is out of its validity or not for lists; or it has the issuer's key identifier under another name.",
        "After a country has changed its key, add the new country signing certificate; otherwise load the right list.",
    ),
    _entry(
        "CRL_UNSUPPORTED",
        "A revocation list is of a kind this software cannot use.",
        "Danh sách thu hồi thuộc loại phần mềm chưa hỗ trợ.",
        "A delta, indirect or partial list, one with an unknown critical extension, malformed entries, or an algorithm without implementation; the check names it.",
        "Load the complete list of the country (Doc 9303-12 knows no other).",
    ),
    _entry(
        "REVOCATION_NOT_CHECKED",
        "Whether the signer's certificate was revoked was not checked.",
        "Chưa kiểm tra việc thu hồi chứng thư của bên ký.",
        "No usable revocation list of the country authority was given; the check `signer_revocation` says why.",
        "Load the country's revocation list, or require one with `requiring_revocation()`.",
    ),
    _entry(
        "REVOCATION_CHECK_OMITTED",
        "Revocation was not checked, because the policy says so.",
        "Không kiểm tra việc thu hồi theo chính sách đã chọn.",
        "The policy was made with `without_revocation_check()`.",
        "Use a policy that checks revocation when this was not meant.",
    ),
    _entry(
        "GATEWAY_REJECTED",
        "The authority that was asked says that the document is not authentic.",
        "Cơ quan được hỏi trả lời rằng giấy tờ không xác thực.",
        "The gateway's answer about this EF.SOD is no.",
        _FORGED,
    ),
    _entry(
        "GATEWAY_OTHER_DOCUMENT",
        "The answer of the authority is about another document.",
        "Câu trả lời của cơ quan là về một giấy tờ khác.",
        "The hash in the gateway's answer is not that of this EF.SOD.",
        "Ask the gateway about this document; check that two readings were not mixed.",
    ),
    _entry(
        "GATEWAY_STALE",
        "The answer of the authority is too old.",
        "Câu trả lời của cơ quan đã quá cũ.",
        "The gateway answered longer ago than the policy allows, or in the future.",
        "Ask it again; check the clocks.",
    ),
    _entry(
        "VOUCHED_BY_GATEWAY",
        "The issuer is not known here; an authority that was asked vouches for the document.",
        "Không biết cơ quan cấp; tính xác thực dựa vào trả lời của cơ quan được hỏi.",
        "No anchor issued the signer, and the gateway's answer stands in for it.",
        "Nothing to do when you trust that gateway; the check `gateway` names it.",
    ),
    _entry(
        "CROSS_CHECK_FAILED",
        "Data on the card contradict each other.",
        "Dữ liệu trên thẻ mâu thuẫn với nhau.",
        "Two signed files disagree about a field; the check names it.",
        _FORGED,
    ),
    _entry(
        "ACCESS_KEY_MISMATCH",
        "The number that opened the chip is not the one of this card.",
        "Số dùng để mở chip không phải của thẻ này.",
        "The access key recorded in the evidence does not follow from the card's own data.",
        "Suspect that two cards were mixed or the printed card and the chip do not belong together.",
    ),
    # --- chip genuine ----------------------------------------------------------------------------
    _entry(
        "AUTHENTIC_NOT_PASSED",
        "This counts only when the data are proven authentic.",
        "Kết quả này chỉ có giá trị khi dữ liệu đã được xác thực.",
        "The check itself holds, but the verdict *authentic* did not pass.",
        "Look at the code of the verdict *authentic*.",
    ),
    _entry(
        "NATIONAL_LAYOUT_NOT_FOUND",
        "The machine readable lines are not those of this country's card.",
        "Dòng MRZ không theo mẫu thẻ của quốc gia này.",
        "DG1 does not have the layout that the national profile expects.",
        "Verify with the international profile (`icao`) when it is another document.",
    ),
    _entry(
        "DATA_GROUP_NOT_READ",
        "The national data were not read, so they could not be compared.",
        "Chưa đọc được dữ liệu quốc gia nên không thể đối chiếu.",
        "The data group with the national data is missing, or not the signed one.",
        _READ_AGAIN,
    ),
    _entry(
        "FIELD_NOT_COMPARABLE",
        "A field could not be compared.",
        "Có một trường không thể đối chiếu.",
        "One side of a comparison is empty or cannot be read.",
        "Nothing to do, unless it happens with many cards.",
    ),
    _entry(
        "NUMBER_BIRTH_YEAR_MISMATCH",
        "The personal number and the year of birth do not fit. Ask for the cancelled number.",
        "Số định danh không khớp năm sinh. Hãy hỏi số định danh đã hủy.",
        "The number may have been set before a correction of the birth year.",
        "No contradiction of the card: ask for the cancelled number.",
    ),
    _entry(
        "NUMBER_SEX_MISMATCH",
        "The personal number and the sex do not fit. Ask for the cancelled number.",
        "Số định danh không khớp giới tính. Hãy hỏi số định danh đã hủy.",
        "The number may have been set before a re-determination of sex.",
        "No contradiction of the card: ask for the cancelled number.",
    ),
    _entry(
        "TRAILING_OCTETS",
        "The signature file has octets after its end; they were ignored.",
        "Tệp chữ ký có dữ liệu thừa ở cuối; phần thừa đã được bỏ qua.",
        "A copy of EF.SOD that is longer than its own header says, as dumps of whole memory blocks are.",
        "Nothing to do: what counts is signed.",
    ),
    _entry(
        "CHALLENGE_NOT_RANDOM",
        "The chip was asked a question that anybody could have foreseen.",
        "Giá trị thách thức gửi cho chip có thể đoán trước.",
        "The challenge is all zero: its answer may have been recorded from the real chip long ago.",
        "Give a challenge of 8 random octets and read again.",
    ),
    _entry(
        "CHIP_NOT_ASKED",
        "The chip was not asked to prove itself.",
        "Chưa yêu cầu chip tự chứng minh.",
        "The card may have a key for Active or Chip Authentication, but neither was run: the data group was not read, or the reading broke off.",
        _READ_AGAIN,
    ),
    _entry(
        "CHIP_CANNOT_PROVE",
        "This card has no means to prove that its chip is no copy.",
        "Thẻ này không có cách chứng minh chip không phải bản sao.",
        "Neither DG14 nor DG15 holds a key.",
        "Compare the card and its holder by eye.",
    ),
    _entry(
        "KEY_NOT_BOUND",
        "The chip's key is not covered by the signature on the card.",
        "Khóa của chip không nằm trong phạm vi chữ ký trên thẻ.",
        "The data group with the key is not in EF.SOD, was altered, or is missing: a copy could hold its own key.",
        "Do not count the chip as proven.",
    ),
    _entry(
        "CHALLENGE_NOT_GIVEN",
        "The chip answered a question that this verifier did not ask.",
        "Chip đã trả lời một câu hỏi không do bên kiểm tra đưa ra.",
        "Stored evidence holds Active Authentication, but no challenge was given to compare with.",
        "Give the challenge you chose before the card was read.",
    ),
    _entry(
        "CHALLENGE_MISMATCH",
        "The chip's answer is to another question: it may be an old recording.",
        "Câu trả lời của chip ứng với câu hỏi khác: có thể là bản ghi cũ.",
        "The challenge in the evidence is not the one given.",
        "Have the card read again with a fresh challenge.",
    ),
    _entry(
        "CHIP_SIGNATURE_INVALID",
        "The chip could not prove itself: it is a copy or damaged.",
        "Chip không tự chứng minh được: là bản sao hoặc bị hỏng.",
        "The Active Authentication signature does not belong to challenge and key.",
        "Do not accept the card as genuine.",
    ),
    _entry(
        "CHIP_REFUSED",
        "The chip refused to prove itself.",
        "Chip từ chối tự chứng minh.",
        "The chip has the public key in its files, but answered the authentication with an error.",
        "Read once more; then do not accept the card as genuine.",
    ),
    _entry(
        "CHIP_KEY_WRONG",
        "The chip does not have its own private key: it is a copy.",
        "Chip không có khóa riêng của chính nó: là bản sao.",
        "After Chip Authentication the chip could not speak under the new session keys.",
        "Do not accept the card as genuine.",
    ),
    _entry(
        "CHIP_KEY_MALFORMED",
        "The chip's public key cannot be read.",
        "Không đọc được khóa công khai của chip.",
        "DG15 does not hold a valid key.",
        "Keep the evidence file and report it.",
    ),
    _entry(
        "INTERRUPTED",
        "The conversation broke off while the chip was proving itself.",
        "Kết nối bị ngắt khi chip đang tự chứng minh.",
        "The card left the reader, or the reader failed.",
        _READ_AGAIN,
    ),
    _entry(
        "TERMINAL_ONLY",
        "Only the reading terminal saw the chip prove itself; that is no proof for others.",
        "Chỉ thiết bị đọc chứng kiến chip tự chứng minh; đó không phải bằng chứng cho bên khác.",
        "Chip Authentication in stored evidence: the terminal could have made it up.",
        "Use Active Authentication with a challenge of your own, or trust the terminal by contract.",
    ),
    # --- still valid -----------------------------------------------------------------------------
    _entry(
        "EXPIRED",
        "The document has expired.",
        "Giấy tờ đã hết hạn.",
        "The day of verification is after the date of expiry in DG1.",
        "Ask for a valid document.",
    ),
    _entry(
        "EXPIRY_UNREADABLE",
        "The date of expiry cannot be read.",
        "Không đọc được ngày hết hạn.",
        "The expiry field of the machine readable lines is no date, and the profile does not know it.",
        "Look at the printed date.",
    ),
    _entry(
        "LOST",
        "The document was reported lost.",
        "Giấy tờ đã được báo mất.",
        "The status source says so.",
        "Follow your procedure for lost documents.",
    ),
    _entry(
        "REVOKED",
        "The document was revoked.",
        "Giấy tờ đã bị thu hồi.",
        "The status source says so.",
        "Do not accept the document.",
    ),
    _entry(
        "LOCKED",
        "The document is locked.",
        "Giấy tờ đang bị khóa.",
        "The status source says so.",
        "The holder has to have it unlocked by the authority.",
    ),
    _entry(
        "REPLACED",
        "The document was replaced by a newer one.",
        "Giấy tờ đã được thay bằng giấy tờ mới hơn.",
        "The status source says so.",
        "Ask for the newer document.",
    ),
    _entry(
        "STATUS_UNKNOWN",
        "The status source does not know this document.",
        "Nguồn tra cứu trạng thái không có thông tin về giấy tờ này.",
        "It was asked and had no answer.",
        "Ask another source, or decide without.",
    ),
    _entry(
        "STATUS_NOT_AVAILABLE",
        "Nobody was asked whether the document is lost or revoked.",
        "Chưa tra cứu giấy tờ có bị mất hoặc thu hồi hay không.",
        "No status answer was given to the verification. There is no public list for cards.",
        "Ask the authority where you have access to it.",
    ),
    _entry(
        "STATUS_STALE",
        "The status answer is too old.",
        "Kết quả tra cứu trạng thái đã quá cũ.",
        "It was given longer ago than the policy allows, or in the future.",
        "Ask again; check the clocks.",
    ),
    # --- holder ----------------------------------------------------------------------------------
    _entry(
        "HOLDER_MISMATCH",
        "The person present is not the one in the portrait.",
        "Người xuất trình không khớp với ảnh chân dung.",
        "The officer or matcher that compared them said no.",
        "Follow your procedure for impostors.",
    ),
    # --- warnings --------------------------------------------------------------------------------
    _entry(
        "READING_INTERRUPTED",
        "The reading of the card broke off early.",
        "Việc đọc thẻ bị ngắt giữa chừng.",
        "An error ended the reading; the evidence holds what was read until then.",
        _READ_AGAIN,
    ),
)

#: Every verdict and warning code, by code.
CODES: Mapping[str, CodeEntry] = MappingProxyType({entry.code: entry for entry in _ENTRIES})
