"""What the command line says, in English and Vietnamese, and the exit code that goes with each failure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from eid.errors import Text

__all__ = [
    "CHECKS",
    "ENVIRONMENT",
    "FAILED",
    "FAILURES",
    "FIELDS",
    "HOLDS",
    "LABELS",
    "OUTCOMES",
    "UNDECIDED",
    "USAGE",
    "VERDICTS",
]

# Exit codes, see the module :mod:`eid.cli.main`.
HOLDS: Final = 0
FAILED: Final = 1
USAGE: Final = 2
UNDECIDED: Final = 3
ENVIRONMENT: Final = 4

#: Failures of the command line itself: code, exit code, sentence. Codes of the library: eid.errors.
FAILURES: Mapping[str, tuple[int, Text]] = MappingProxyType(
    {
        "USAGE": (USAGE, Text("{problem}", "{problem}")),
        "FILE_MISSING": (ENVIRONMENT, Text("There is no file {path}.", "Không có tệp {path}.")),
        "FILE_UNREADABLE": (
            ENVIRONMENT,
            Text("{path} cannot be read ({reason}).", "Không đọc được {path} ({reason})."),
        ),
        "FILE_CUT_OFF": (
            ENVIRONMENT,
            Text(
                "{path} is empty or cut off: it is shorter than its own header says.",
                "{path} rỗng hoặc bị cắt: ngắn hơn độ dài ghi trong phần đầu của tệp.",
            ),
        ),
        "FILE_TOO_LARGE": (ENVIRONMENT, Text("{path} is too large.", "{path} quá lớn.")),
        "FILE_UNKNOWN": (
            ENVIRONMENT,
            Text(
                "{path} is neither an evidence file (.eid) nor EF.SOD.",
                "{path} không phải tệp bằng chứng (.eid) cũng không phải EF.SOD.",
            ),
        ),
        "FILE_TWICE": (
            ENVIRONMENT,
            Text(
                "The folder {path} has {name} more than once.",
                "Thư mục {path} chứa nhiều hơn một tệp {name}.",
            ),
        ),
        "FILE_NOT_WRITABLE": (
            ENVIRONMENT,
            Text("{path} cannot be written ({reason}).", "Không ghi được {path} ({reason})."),
        ),
        "FILE_EXISTS": (
            ENVIRONMENT,
            Text(
                "{path} exists already; --force overwrites it.",
                "{path} đã tồn tại; dùng --force để ghi đè.",
            ),
        ),
        "NO_VIRTUAL_READER": (
            ENVIRONMENT,
            Text(
                "There is no virtual reader without a card (Debian: apt install vsmartcard-vpcd, then restart pcscd).",
                "Không có đầu đọc ảo nào trống (Debian: apt install vsmartcard-vpcd rồi khởi động lại pcscd).",
            ),
        ),
        "SYSTEM": (ENVIRONMENT, Text("The system refused ({reason}).", "Hệ thống từ chối ({reason}).")),
        "INTERNAL": (
            ENVIRONMENT,
            Text(
                "An error of the program itself ({reason}); set EID_DEBUG=1 to see where.",
                "Lỗi của chính chương trình ({reason}); đặt EID_DEBUG=1 để xem vị trí.",
            ),
        ),
    }
)

#: Problems with the arguments, all under the code USAGE.
USAGE_PROBLEMS: Mapping[str, Text] = MappingProxyType(
    {
        "no_command": Text("Which command?", "Thiếu lệnh."),
        "unknown_command": Text("There is no such command.", "Không có lệnh này."),
        "unknown_option": Text("There is no option {name}.", "Không có tùy chọn {name}."),
        "missing": Text("{name} is missing.", "Thiếu {name}."),
        "needs_value": Text("{name} needs a value.", "{name} cần một giá trị."),
        "bad_value": Text("The value of {name} is not allowed.", "Giá trị của {name} không hợp lệ."),
        "extra": Text("There are too many arguments.", "Thừa đối số."),
        "one_key": Text(
            "Give exactly one of --can, --mrz, --number and --qr.",
            "Cần đúng một trong các tùy chọn --can, --mrz, --number, --qr.",
        ),
        "one_place": Text(
            "Give exactly one of --vpcd and --listen.", "Cần đúng một trong hai tùy chọn --vpcd và --listen."
        ),
        "reader_or_connect": Text(
            "--reader and --connect exclude each other.", "--reader và --connect loại trừ nhau."
        ),
        "nothing_given": Text(
            "Nothing was given on standard input for {name}.", "Không nhận được {name} từ đầu vào chuẩn."
        ),
        "time": Text(
            "{name} is not a date or time (ISO 8601, for example 2026-11-21 or 2026-11-21T09:00:00+07:00).",
            "{name} không phải ngày hoặc giờ (ISO 8601, ví dụ 2026-11-21 hoặc 2026-11-21T09:00:00+07:00).",
        ),
        "challenge": Text(
            "{name} must be 16 hexadecimal digits.", "{name} phải gồm 16 chữ số thập lục phân."
        ),
        "endpoint": Text(
            "{name} must be HOST:PORT, for example 127.0.0.1:35963.",
            "{name} phải có dạng HOST:PORT, ví dụ 127.0.0.1:35963.",
        ),
        "groups": Text(
            "{name} must be names of data groups, DG1 to DG16, with commas between.",
            "{name} phải là tên các nhóm dữ liệu, DG1 đến DG16, cách nhau bằng dấu phẩy.",
        ),
        "verdicts": Text(
            "{name} must be names of verdicts: authentic, chip_genuine, still_valid, holder.",
            "{name} phải là tên kết luận: authentic, chip_genuine, still_valid, holder.",
        ),
        "sensitive": Text(
            "{name} must be among ethnicity, religion, identification_marks.",
            "{name} phải thuộc: ethnicity, religion, identification_marks.",
        ),
        "qr": Text(
            "The text of {name} does not begin with a 12-digit number and a separator.",
            "Nội dung {name} không bắt đầu bằng số 12 chữ số và dấu phân cách.",
        ),
    }
)

#: Short words and headings of the human output.
LABELS: Mapping[str, Text] = MappingProxyType(
    {
        "verdict": Text("Verdict", "Kết luận"),
        "access": Text("Access", "Truy cập"),
        "with": Text("with", "bằng"),
        "on": Text("on", "trên"),
        "no_access_control": Text("no access control", "không có kiểm soát truy cập"),
        "not_opened": Text("the chip was not opened", "chưa mở được chip"),
        "reader": Text("Reader", "Đầu đọc"),
        "files": Text("Files", "Tệp"),
        "not_read": Text("not read", "không đọc được"),
        "octets": Text("octets", "byte"),
        "quirks": Text("Oddities", "Điểm bất thường"),
        "chip_authentication": Text("Chip Authentication", "Xác thực chip (CA)"),
        "active_authentication": Text("Active Authentication", "Xác thực chủ động (AA)"),
        "challenge": Text("challenge", "giá trị thách thức"),
        "written": Text("Written to", "Đã ghi vào"),
        "nothing_to_prove": Text(
            "EF.SOD could not be read, so nothing of this can be proven.",
            "Không đọc được EF.SOD nên không thể chứng minh dữ liệu này.",
        ),
        "partial": Text("What was read until then was written to", "Phần đã đọc được đến lúc đó đã ghi vào"),
        "checks": Text("Checks", "Các bước kiểm tra"),
        "person": Text("Person", "Người trên thẻ"),
        "document": Text("Document", "Giấy tờ"),
        "warnings": Text("Warnings", "Cảnh báo"),
        "masked": Text("(--show-person shows more)", "(--show-person để xem thêm)"),
        "claim": Text("(a claim: not proven)", "(chỉ là khai báo: chưa được chứng minh)"),
        "no_expiry": Text("no expiry date", "không có ngày hết hạn"),
        "expires": Text("expires", "hết hạn"),
        "of": Text("of", "của"),
        "empty_reader": Text("no card", "chưa có thẻ"),
        "lay_card": Text("Lay the card on the reader ...", "Đặt thẻ lên đầu đọc ..."),
        "trust_problems": Text(
            "Files of the trust store that could not be used: {count}",
            "Số tệp trong kho chứng thư không dùng được: {count}",
        ),
        "certificates": Text("Certificates", "Chứng thư"),
        "keys_usable": Text("keys that can be used", "khóa dùng được"),
        "signatures_ok": Text("signatures that hold", "chữ ký hợp lệ"),
        "self_signed": Text("signed by themselves", "tự ký"),
        "links": Text("link certificates", "chứng thư liên kết"),
        "lists": Text("Lists", "Danh sách"),
        "crls": Text("Revocation lists", "Danh sách thu hồi"),
        "problems": Text("Problems", "Vấn đề"),
        "passed_over": Text(
            "Passed over, because it is nothing of the kind", "Bỏ qua vì không thuộc loại này"
        ),
        "signed_by": Text("signed by", "ký bởi"),
        "revoked": Text("revoked", "đã thu hồi"),
        "entries": Text("entries", "mục"),
        "pinned": Text("pinned document signer", "bên ký tài liệu được ghim"),
        "obtained_at": Text("Last import", "Lần nhập gần nhất"),
        "imported": Text("In the store now", "Trong kho hiện có"),
        "added": Text("new", "mới"),
        "unverified_list": Text(
            "Nobody given vouches for the list {name} ({code}); its certificates are marked UNVERIFIED.",
            "Không có chứng thư nào được cung cấp bảo đảm cho danh sách {name} ({code}); các chứng thư trong đó được ghi UNVERIFIED.",
        ),
        "failed_list": Text(
            "The list {name} is not genuine ({code}); nothing of it is trusted.",
            "Danh sách {name} không thật ({code}); không tin cậy bất kỳ mục nào trong đó.",
        ),
        "more": Text("and {count} more", "và {count} mục nữa"),
        "outcome": Text("Outcome", "Kết quả"),
        "failed_checks": Text("Wrong check digits", "Số kiểm tra sai"),
        "error": Text("Rejected", "Bị từ chối"),
        "hint": Text("Hint", "Gợi ý"),
        "hidden": Text("hidden", "đã ẩn"),
        "card_written": Text("Card description", "Mô tả thẻ"),
        "csca_written": Text("Certificate to trust", "Chứng thư để tin cậy"),
        "keys_inside": Text(
            "The description holds the private keys of an invented card: for tests only.",
            "Tệp mô tả chứa khóa riêng của một thẻ giả định: chỉ dùng để kiểm thử.",
        ),
        "listening": Text("Waiting for a reader side at", "Đang chờ phía đầu đọc tại"),
        "dialled": Text("The card lies in the virtual reader at", "Thẻ đã nằm trong đầu đọc ảo tại"),
        "stop_with": Text("(Ctrl-C ends)", "(Ctrl-C để dừng)"),
        "other_side_left": Text("The other side hung up.", "Phía bên kia đã ngắt kết nối."),
        "demo": Text(
            "An invented Vietnamese citizen card on the built-in chip. Nobody has this name or number.",
            "Thẻ căn cước giả định trên chip dựng sẵn. Tên và số này không thuộc về ai.",
        ),
        "no_pillow": Text(
            "(no portrait here: install eid[images])", "(không hiển thị ảnh: cần cài eid[images])"
        ),
        "no_portrait": Text("(no portrait on this card)", "(thẻ không có ảnh chân dung)"),
        "seconds": Text("seconds", "giây"),
        "took": Text("Everything together took", "Tổng thời gian"),
        "READER_ADDED": Text("reader added", "thêm đầu đọc"),
        "READER_REMOVED": Text("reader removed", "gỡ đầu đọc"),
        "CARD_INSERTED": Text("card inserted", "đặt thẻ vào"),
        "CARD_REMOVED": Text("card removed", "lấy thẻ ra"),
    }
)

OUTCOMES: Mapping[str, Text] = MappingProxyType(
    {
        "PASSED": Text("PASSED", "ĐẠT"),
        "FAILED": Text("FAILED", "KHÔNG ĐẠT"),
        "UNDECIDED": Text("UNDECIDED", "CHƯA KẾT LUẬN"),
        "NOT_CHECKED": Text("NOT CHECKED", "KHÔNG KIỂM TRA"),
        "ok": Text("in order", "hợp lệ"),
        "ok_with_warnings": Text("in order, with warnings", "hợp lệ, có cảnh báo"),
        "check_failed": Text("check digits are wrong", "số kiểm tra sai"),
        "reject": Text("cannot be read", "không đọc được"),
    }
)

VERDICTS: Mapping[str, Text] = MappingProxyType(
    {
        "authentic": Text("authentic", "dữ liệu thật"),
        "chip_genuine": Text("chip genuine", "chip thật"),
        "still_valid": Text("still valid", "còn giá trị"),
        "holder": Text("presented by its holder", "đúng người xuất trình"),
    }
)

#: Names of checks; one that is missing here is shown by its stable name.
CHECKS: Mapping[str, Text] = MappingProxyType(
    {
        "sod_structure": Text("signature file readable", "tệp chữ ký đọc được"),
        "sod_signature": Text("signature of the document signer", "chữ ký của bên ký tài liệu"),
        "hash": Text("unaltered:", "không bị sửa đổi:"),
        "certificate_chain": Text("signer issued by a trusted authority", "bên ký do cơ quan tin cậy cấp"),
        "document_signer_validity": Text("signer's certificate in its time", "chứng thư bên ký còn hạn"),
        "trust_age": Text("age of the trusted certificates", "tuổi của kho chứng thư tin cậy"),
        "signer_revocation": Text("signer not revoked", "bên ký chưa bị thu hồi"),
        "issuer_revocation": Text("issuer not revoked", "cơ quan cấp chưa bị thu hồi"),
        "gateway": Text("answer of an authority", "trả lời của cơ quan được hỏi"),
        "issuer_country": Text("signed by the issuing country", "do quốc gia cấp ký"),
        "document_type": Text("signer may sign this type", "bên ký được ký loại giấy tờ này"),
        "card_access": Text("access not weakened", "truy cập không bị hạ thấp"),
        "required_groups": Text("signed personal data present", "có dữ liệu cá nhân đã ký"),
        "cross_checks": Text("agreement of the files", "các tệp khớp nhau"),
        "dg1_number_layout": Text("number in the machine readable lines", "số trong dòng MRZ"),
        "dg13": Text("national data", "dữ liệu quốc gia"),
        "dg13_number": Text("number in the national data", "số trong dữ liệu quốc gia"),
        "dg13_name": Text("name in the national data", "họ tên trong dữ liệu quốc gia"),
        "dg13_birth_date": Text("birth date in the national data", "ngày sinh trong dữ liệu quốc gia"),
        "dg13_sex": Text("sex in the national data", "giới tính trong dữ liệu quốc gia"),
        "dg13_expiry": Text("expiry in the national data", "ngày hết hạn trong dữ liệu quốc gia"),
        "number_birth_year": Text("number and year of birth", "số và năm sinh"),
        "number_sex": Text("number and sex", "số và giới tính"),
        "access_key": Text("access key belongs to this card", "khóa truy cập thuộc về thẻ này"),
        "active_authentication": Text("Active Authentication", "xác thực chủ động (AA)"),
        "active_authentication_key": Text("signed key of Active Authentication", "khóa AA đã ký"),
        "chip_authentication": Text("Chip Authentication", "xác thực chip (CA)"),
        "chip_authentication_key": Text("signed key of Chip Authentication", "khóa CA đã ký"),
        "expiry": Text("date of expiry", "ngày hết hạn"),
        "status": Text("lost, revoked or in force", "bị mất, bị thu hồi hay còn hiệu lực"),
        "holder_match": Text("face compared with the portrait", "so khuôn mặt với ảnh"),
    }
)

#: Names of the fields that the parsers give.
FIELDS: Mapping[str, Text] = MappingProxyType(
    {
        "pin": Text("personal number", "số định danh"),
        "normalised": Text("personal number", "số định danh"),
        "number": Text("number", "số định danh"),
        "name": Text("name", "họ và tên"),
        "birth_date": Text("born", "ngày sinh"),
        "document_number": Text("document number", "số giấy tờ"),
        "dob": Text("birth date", "ngày sinh"),
        "sex": Text("sex", "giới tính"),
        "expiry": Text("expiry", "hết hạn"),
        "nationality": Text("nationality", "quốc tịch"),
        "primary": Text("surname", "họ"),
        "secondary": Text("given names", "tên đệm và tên"),
        "mrz_information": Text("access key (MRZ)", "khóa truy cập (MRZ)"),
        "can": Text("access number (CAN)", "số truy cập (CAN)"),
        "no_expiry": Text("without expiry", "không thời hạn"),
        "full_name": Text("full name", "họ và tên"),
        "ethnicity": Text("ethnicity", "dân tộc"),
        "religion": Text("religion", "tôn giáo"),
        "origin": Text("origin", "quê quán"),
        "residence": Text("residence", "nơi cư trú"),
        "identification_marks": Text("identifying marks", "đặc điểm nhận dạng"),
        "issue_date": Text("issued", "ngày cấp"),
        "parents": Text("parents", "cha, mẹ"),
        "spouse": Text("spouse", "vợ/chồng"),
        "old_number": Text("old number", "số cũ"),
        "prefix": Text("prefix", "mã đầu"),
        "kind": Text("kind of prefix", "loại mã đầu"),
        "birth_registration_province": Text("birth registered in", "nơi đăng ký khai sinh"),
        "unit_code_since_2025_07": Text("unit code since 1 July 2025", "mã đơn vị từ 01/7/2025"),
        "unit_name_since_2025_07": Text("unit since 1 July 2025", "đơn vị từ 01/7/2025"),
        "birth_year": Text("year of birth", "năm sinh"),
        "serial": Text("last six digits", "sáu số cuối"),
        "format": Text("format", "định dạng"),
        "document_code": Text("document code", "mã loại giấy tờ"),
        "issuer": Text("issuer", "nơi cấp"),
        "optional1": Text("optional data", "dữ liệu tùy chọn"),
        "optional2": Text("optional data 2", "dữ liệu tùy chọn 2"),
    }
)
