"""What the command line says, in English and Vietnamese, and the exit code that goes with each failure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from eid.errors import Text

__all__ = [
    "ADVICE",
    "AGREEMENTS",
    "CHECKS",
    "CODE_OUTCOMES",
    "ENVIRONMENT",
    "FAILED",
    "FAILURES",
    "FIELDS",
    "HOLDS",
    "LABELS",
    "OUTCOMES",
    "SOURCES",
    "STATUSES",
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
        "NO_CODE_IN_PICTURE": (
            ENVIRONMENT,
            Text("No QR code was found in {path}.", "Không tìm thấy mã QR trong {path}."),
        ),
        "NOTHING_TO_COMPARE": (
            UNDECIDED,
            Text(
                "There is neither DG1 nor DG13 to compare the code with.",
                "Không có DG1 hoặc DG13 để đối chiếu với mã.",
            ),
        ),
        "TERMINAL_TOO_NARROW": (
            ENVIRONMENT,
            Text(
                "The terminal must be {columns} columns wide for this code; or write it to a file with --out.",
                "Cửa sổ dòng lệnh phải rộng {columns} cột mới hiển thị được mã này; hoặc ghi ra tệp bằng --out.",
            ),
        ),
        "TERMINAL_WITHOUT_BLOCKS": (
            ENVIRONMENT,
            Text(
                "This terminal cannot show block letters (its encoding is not Unicode); use --out.",
                "Cửa sổ dòng lệnh không hiển thị được ký tự khối (không phải Unicode); hãy dùng --out.",
            ),
        ),
        "NO_STATUS": (
            UNDECIDED,
            Text(
                "The credential refers to no status list, so nobody can say whether it was revoked.",
                "Chứng nhận không tham chiếu danh sách trạng thái nên không thể biết có bị thu hồi hay không.",
            ),
        ),
        "NO_NUMBER": (
            UNDECIDED,
            Text(
                "The document holds no number by which to name the person.",
                "Giấy tờ không có số định danh để chỉ người này.",
            ),
        ),
        "OTHER_PERSON": (
            FAILED,
            Text(
                "The card is that of somebody else than the holder of this account.",
                "Thẻ này không phải của chủ tài khoản.",
            ),
        ),
        "NO_ACCOUNT": (
            FAILED,
            Text("The number of {name} leads to no account.", "Không có tài khoản cho số của {name}."),
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
        "passphrases_differ": Text(
            "The two texts given for {name} differ.", "Hai lần nhập {name} không khớp."
        ),
        "status_of_what": Text(
            "Give either TOKEN, or --index with --uri or --file.",
            "Cần TOKEN, hoặc --index cùng với --uri hay --file.",
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
            "The text of {name} is not the code printed on a citizen card.",
            "Nội dung {name} không phải mã in trên thẻ căn cước.",
        ),
        "picture_suffix": Text(
            "{name} must end in .png, .svg or .pdf.", "{name} phải có đuôi .png, .svg hoặc .pdf."
        ),
        "one_text": Text(
            "Several texts go on a sheet only: --out FILE.pdf.",
            "Chỉ trang nhãn mới chứa nhiều mã: --out FILE.pdf.",
        ),
        "camera": Text(
            "{name} must be phone, scanner, webcam, or the pixels it has for a millimetre.",
            "{name} phải là phone, scanner, webcam hoặc số điểm ảnh trên một milimét.",
        ),
        "file_or_camera": Text(
            "Give either files or --camera, and not both.", "Cần tệp hoặc --camera, không dùng cả hai."
        ),
        "with_evidence": Text(
            "--trust, --crl, --profile, --challenge, --require and --disclose belong to --evidence.",
            "--trust, --crl, --profile, --challenge, --require và --disclose chỉ dùng với --evidence.",
        ),
        "disclose": Text(
            "{name} must be fields that the document has and a token can hold: name, birth_date ...",
            "{name} phải là các trường có trên giấy tờ và đưa được vào token: name, birth_date ...",
        ),
        "one_of": Text("Give exactly one of {name}.", "Cần đúng một trong các tùy chọn {name}."),
        "reference": Text(
            "{name} must be NAME=TEXT, each name once.", "{name} phải có dạng TÊN=NỘI_DUNG, mỗi tên một lần."
        ),
        "json_object": Text("{name} must be a JSON object.", "{name} phải là một đối tượng JSON."),
        "person_fields": Text(
            "{name} must be a JSON object with fields of a person: full_name, birth_date (YYYY-MM-DD), gender (1 to 3) and so on.",
            "{name} phải là đối tượng JSON với các trường về một người: full_name, birth_date (NNNN-TT-NN), gender (1 đến 3), v.v.",
        ),
        "name_and_file": Text("{name} must be NAME=FILE.", "{name} phải có dạng TÊN=TỆP."),
        "status_reference": Text(
            "{name} must be the address of a status list, # and an index.",
            "{name} phải gồm địa chỉ danh sách trạng thái, dấu # và số thứ tự.",
        ),
        "pack_alone": Text(
            "{name} takes the place of issuers, roots, lists and health signers.",
            "{name} đã thay cho bên phát hành, chứng thư gốc, danh sách trạng thái và bên ký y tế.",
        ),
        "one_public_key": Text(
            "The file of {name} must hold exactly one public key.",
            "Tệp của {name} phải chứa đúng một khóa công khai.",
        ),
        "duration": Text(
            "{name} must be a number with s, m, h or d: 60s, 12h, 30d.",
            "{name} phải là một số kèm s, m, h hoặc d: 60s, 12h, 30d.",
        ),
        "nonce": Text(
            "{name} must be 16 to 128 hexadecimal digits.", "{name} phải gồm 16 đến 128 chữ số thập lục phân."
        ),
        "with_card": Text(
            "--trust, --crl, --profile, --challenge, --in-person and --biometric belong to --evidence.",
            "--trust, --crl, --profile, --challenge, --in-person và --biometric chỉ dùng với --evidence.",
        ),
        "needs_officer": Text("{name} needs --officer.", "{name} cần có --officer."),
        "account_value": Text("A value is not allowed: {name}.", "Có giá trị không hợp lệ: {name}."),
        "acting_by": Text(
            "{name} names the guardian or representative who acts: --as guardian or --as representative, and no other.",
            "{name} cho biết người giám hộ hoặc người đại diện đang thực hiện: chỉ dùng với --as guardian hoặc --as representative.",
        ),
        "text_or_image": Text(
            "Give either TEXT or --image, and not both.", "Cần TEXT hoặc --image, không dùng cả hai."
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
        "signed_code": Text("Signed code", "Mã QR có chữ ký"),
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
        "list_issued": Text("As of the list signed on", "Theo danh sách ký lúc"),
        "list_stale": Text(
            "The list is older than its issuer recommends; a newer one may say otherwise.",
            "Danh sách cũ hơn mức bên phát hành khuyến nghị; bản mới có thể khác.",
        ),
        "status_number": Text("application status {value}", "trạng thái riêng {value}"),
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
        "class": Text("Class", "Loại"),
        "reasons": Text("Reasons", "Lý do"),
        "failed_checks": Text("Wrong check digits", "Số kiểm tra sai"),
        "error": Text("Rejected", "Bị từ chối"),
        "hint": Text("Hint", "Gợi ý"),
        "hidden": Text("hidden", "đã ẩn"),
        "unsigned_code": Text(
            "This code is not signed: anybody can print one. Only the chip can be verified.",
            "Mã này không có chữ ký: ai cũng có thể in. Chỉ chip mới xác thực được.",
        ),
        "scanner_mode": Text(
            "The scanner has lost letters: set it to HID-POS or serial mode instead of keyboard mode.",
            "Máy quét làm mất chữ: hãy đặt chế độ HID-POS hoặc cổng nối tiếp thay cho chế độ bàn phím.",
        ),
        "qr_version": Text("version", "phiên bản"),
        "per_module": Text("a square", "mỗi ô"),
        "pixels_of": Text("pixels of the camera:", "điểm ảnh của camera:"),
        "hold_code": Text("Hold the code before the camera ...", "Đưa mã QR vào trước camera ..."),
        "code_and_chip": Text("Code and chip", "Mã in và chip"),
        "chip_not_verified": Text(
            "What was read from the chip is not verified by this: see eid verify.",
            "Dữ liệu chip chưa được xác thực ở bước này: dùng eid verify.",
        ),
        "key_written": Text("Private key written to", "Đã ghi khóa bí mật vào"),
        "key_in_clear": Text(
            "The key is not encrypted: only the file's mode protects it. --passphrase - encrypts it.",
            "Khóa không được mã hóa: chỉ có quyền của tệp bảo vệ. Dùng --passphrase - để mã hóa.",
        ),
        "fields": Text("Fields", "Các trường"),
        "credential_holds": Text("The credential holds.", "Chứng nhận hợp lệ."),
        "holder_proven": Text(
            "The sender proved to be its holder.", "Bên gửi đã chứng minh là chủ chứng nhận."
        ),
        "holder_not_proven": Text("Nobody proved to be its holder.", "Chưa ai chứng minh là chủ chứng nhận."),
        "token_holds": Text("The token holds.", "Token hợp lệ."),
        "token_holder_proven": Text(
            "The sender proved to hold the key that it is bound to.",
            "Bên gửi đã chứng minh giữ khóa gắn với token.",
        ),
        "token_use_unknown": Text(
            "Nobody looked whether it was used before.", "Chưa kiểm tra token đã được dùng hay chưa."
        ),
        "keys_stale": Text(
            "The issuer's keys could not be renewed; newer ones may say otherwise.",
            "Không cập nhật được khóa của bên phát hành; khóa mới có thể cho kết quả khác.",
        ),
        "account_level": Text("account level", "mức độ tài khoản"),
        "authentication_level": Text("authentication level", "mức độ xác thực"),
        "not_stated": Text("not stated", "không nêu"),
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
        "passed_on": Text("What the check was made into", "Kết quả kiểm tra được dùng để tạo"),
        "second_use": Text("used a second time", "dùng lần thứ hai"),
        "with_photo": Text("with photograph", "có ảnh"),
        "kept_back": Text("The credential keeps back", "Những thông tin không được tiết lộ"),
        "qr_proves": Text(
            "The code proves who signed it and what it says, not who shows it.",
            "Mã chứng minh ai đã ký và nội dung của nó, không chứng minh người đang xuất trình.",
        ),
        "no_zxing": Text(
            "No code is drawn: the extra `qr` is not installed.", "Không vẽ mã: chưa cài phần mở rộng `qr`."
        ),
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

#: Of a credential, by its status list.
STATUSES: Mapping[str, Text] = MappingProxyType(
    {
        "VALID": Text("in force", "còn hiệu lực"),
        "INVALID": Text("REVOKED", "ĐÃ THU HỒI"),
        "SUSPENDED": Text("SUSPENDED", "TẠM ĐÌNH CHỈ"),
    }
)

#: Where a value stands, in comparisons of a printed code with the chip.
SOURCES: Mapping[str, Text] = MappingProxyType(
    {
        "code": Text("printed code", "mã in"),
        "mrz": Text("printed lines", "dòng MRZ in"),
        "dg1": Text("chip (DG1)", "chip (DG1)"),
        "dg13": Text("chip (DG13)", "chip (DG13)"),
        "number": Text("form of the number", "cấu trúc số"),
    }
)

#: What to make of two names beside each other.
ADVICE: Mapping[str, Text] = MappingProxyType(
    {
        "same": Text("The same", "Giống"),
        "compatible": Text("Compatible", "Tương thích"),
        "review": Text("For a person to look at", "Cần người xem xét"),
        "not_same": Text("NOT the same", "KHÔNG giống"),
    }
)

AGREEMENTS: Mapping[str, Text] = MappingProxyType(
    {
        "same": Text("same", "giống"),
        "compatible": Text("compatible", "tương thích"),
        "different": Text("DIFFERENT", "KHÁC"),
        "not_comparable": Text("not comparable", "không so được"),
    }
)

#: Of a printed code, which can be read or not, and is never in order.
CODE_OUTCOMES: Mapping[str, Text] = MappingProxyType(
    {
        "ok": Text("read, not proven", "đọc được, chưa được chứng minh"),
        "ok_with_warnings": Text(
            "read with warnings, not proven", "đọc được, có cảnh báo, chưa được chứng minh"
        ),
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
        "signature": Text("signature of the issuer", "chữ ký của bên phát hành"),
        "times": Text("times of the code", "thời hạn của mã"),
        "presentation": Text("made for this check", "được tạo cho lần kiểm tra này"),
        "audience": Text("made for everybody", "dành cho mọi nơi nhận"),
        "signer_validity": Text("signer's certificate in its time", "chứng thư bên ký còn hạn"),
        "recovery_period": Text(
            "period of the recovery certificate", "thời gian hiệu lực của giấy khỏi bệnh"
        ),
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
        "generation": Text("series", "loại thẻ"),
        "cancelled_pins": Text("cancelled numbers", "số đã hủy"),
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
