"""Words of ``eid account`` for people, in English and Vietnamese."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from eid.errors import Text

__all__ = ["ACCOUNT_LABELS", "DECISIONS", "HOLDERS", "STATES"]

DECISIONS: Mapping[str, Text] = MappingProxyType(
    {
        "ALLOW": Text("ALLOW", "CHO PHÉP"),
        "STEP_UP": Text("STEP UP", "CẦN BỔ SUNG"),
        "DENY": Text("DENY", "TỪ CHỐI"),
    }
)

STATES: Mapping[str, Text] = MappingProxyType(
    {
        "registered": Text("registered, not activated", "đã đăng ký, chưa kích hoạt"),
        "active": Text("active", "đang hoạt động"),
        "locked": Text("LOCKED", "BỊ KHÓA"),
        "closed": Text("closed", "đã đóng"),
        "none": Text("none", "chưa có"),
        "in_force": Text("in force", "đang có hiệu lực"),
    }
)

HOLDERS: Mapping[str, Text] = MappingProxyType(
    {
        "citizen": Text("citizen", "công dân"),
        "foreigner": Text("foreigner", "người nước ngoài"),
        "organisation": Text("organisation", "cơ quan, tổ chức"),
    }
)

ACCOUNT_LABELS: Mapping[str, Text] = MappingProxyType(
    {
        "account": Text("Account", "Tài khoản"),
        "level": Text("level", "mức độ"),
        "no_level": Text("no level", "không phân mức độ"),
        "holder": Text("holder", "chủ tài khoản"),
        "state": Text("state", "trạng thái"),
        "electronic_card": Text("electronic identity card", "căn cước điện tử"),
        "registered_at": Text("registered", "đăng ký"),
        "notified_at": Text("holder told", "đã thông báo"),
        "activated_at": Text("activated", "kích hoạt"),
        "closed_at": Text("closed", "đóng"),
        "documents": Text("documents", "giấy tờ"),
        "guardians": Text("guardians", "người giám hộ"),
        "representatives": Text("representatives", "người đại diện"),
        "recovered_at": Text("recovered", "khôi phục"),
        "locks": Text("locked for", "bị khóa vì"),
        "card_locks": Text("electronic card locked for", "căn cước điện tử bị khóa vì"),
        "evidence": Text("evidence", "bằng chứng"),
        "links": Text("linked accounts", "tài khoản liên kết"),
        "consents": Text("consents", "sự đồng ý"),
        "withdrawn": Text("withdrawn", "đã rút"),
        "until": Text("until", "đến"),
        "version": Text("version", "phiên bản"),
        "history": Text("History", "Lịch sử"),
        "by": Text("by", "bởi"),
        "number": Text("number", "số định danh"),
        "birth_date": Text("date of birth", "ngày sinh"),
        "new_number": Text("new number", "số định danh mới"),
        "acting_number": Text("number of who acts", "số định danh của người thực hiện"),
        "guardian": Text("number of the guardian", "số định danh của người giám hộ"),
        "representative": Text("number of the representative", "số định danh của người đại diện"),
        "reference": Text("account elsewhere", "tài khoản ở nơi khác"),
        "name": Text("name", "họ và tên"),
        "phone": Text("mobile number", "số điện thoại"),
        "email": Text("e-mail address", "địa chỉ thư điện tử"),
        "store": Text("address of the store", "địa chỉ kho tài khoản"),
        "demo_made": Text(
            "made from this card's report, for this run",
            "lập từ kết quả kiểm tra thẻ này, chỉ cho lần chạy này",
        ),
        "demo_service": Text(
            "May the person with this card use the service?", "Người có thẻ này có được dùng dịch vụ không?"
        ),
        "demo_transfer": Text(
            "May the same person transfer 15,000,000 VND?", "Người này có được chuyển 15.000.000 đồng không?"
        ),
        "covered": Text("of them covered by a checkpoint", "mục có điểm kiểm tra bảo vệ"),
        "tables_new": Text("The tables are up to date", "Các bảng đã là phiên bản mới nhất"),
        "tables_changed": Text("The tables were changed", "Đã cập nhật các bảng"),
        "vault_made": Text(
            "New key file: keep it apart from the database, and keep a copy. Without it nobody can read the accounts.",
            "Tệp khóa mới: hãy cất riêng với cơ sở dữ liệu và giữ một bản sao. Mất tệp này thì không ai đọc được tài khoản.",
        ),
    }
)
