"""What each reason of a decision says to people, in English and Vietnamese."""

from __future__ import annotations

from collections.abc import Mapping

from eid.errors import Text

__all__ = ["CODES"]

#: Sentences by code. They tell what to do and name nobody.
CODES: Mapping[str, Text] = {
    "ALLOWED": Text("You may continue.", "Bạn có thể tiếp tục."),
    # --- what denies
    "ACCOUNT_UNKNOWN": Text("There is no such account.", "Không có tài khoản này."),
    "ACCOUNT_CLOSED": Text("The account was closed.", "Tài khoản đã được đóng."),
    "ACCOUNT_LOCKED": Text("The account is locked.", "Tài khoản đang bị khóa."),
    "NOT_ENTITLED": Text(
        "You have no right to act for this account.", "Bạn không có quyền thực hiện thay cho tài khoản này."
    ),
    "ROLE_MAY_NOT_ACT": Text(
        "An auditor may look, not act.", "Kiểm toán viên chỉ được xem, không được thực hiện."
    ),
    "HOLDER_KIND": Text(
        "This service is not for holders of this kind.", "Dịch vụ này không dành cho loại chủ tài khoản này."
    ),
    "TOO_YOUNG": Text("The holder is too young for this.", "Chủ tài khoản chưa đủ tuổi."),
    "ORGANISATION_HAS_NO_AGE": Text("This service is for persons.", "Dịch vụ này dành cho cá nhân."),
    "ORGANISATION_HAS_NO_LEVEL": Text(
        "An organisation's account has no level; a representative signs in with his own.",
        "Tài khoản của tổ chức không có mức độ; người đại diện đăng nhập bằng tài khoản của mình.",
    ),
    "LEVEL_NOT_OPEN": Text(
        "The law does not give holders of this age an account of that level.",
        "Pháp luật không cấp tài khoản mức độ đó cho người ở độ tuổi này.",
    ),
    "EVIDENCE_FAILED": Text(
        "The last check of this evidence failed.", "Lần kiểm tra gần nhất đối với bằng chứng này không đạt."
    ),
    "ELECTRONIC_CARD_LOCKED": Text(
        "The electronic identity card is locked.", "Căn cước điện tử đang bị khóa."
    ),
    # --- what is missing
    "NOT_AUTHENTICATED": Text("Please sign in first.", "Vui lòng đăng nhập trước."),
    "NOT_ACTIVATED": Text(
        "Please activate the account in the app first.", "Vui lòng kích hoạt tài khoản trong ứng dụng trước."
    ),
    "ACTIVATION_WINDOW_PASSED": Text(
        "The time to activate the account in the app has passed. Please call the authority's hotline.",
        "Đã quá thời hạn kích hoạt tài khoản trong ứng dụng. Vui lòng liên hệ tổng đài.",
    ),
    "AGE_UNKNOWN": Text("Please prove the date of birth.", "Vui lòng chứng minh ngày sinh."),
    "AGE_UNDECIDED": Text(
        "The date of birth is incomplete; please prove the age in another way.",
        "Ngày sinh không đầy đủ; vui lòng chứng minh độ tuổi bằng cách khác.",
    ),
    "ACCOUNT_LEVEL_TOO_LOW": Text(
        "This needs an account of a higher level. Please upgrade it with your identity card.",
        "Việc này cần tài khoản mức độ cao hơn. Vui lòng nâng mức độ bằng thẻ căn cước.",
    ),
    "GUARDIAN_CONFIRMATION_MISSING": Text(
        "A parent or guardian has to confirm this.", "Cha, mẹ hoặc người giám hộ cần xác nhận việc này."
    ),
    "AUTHENTICATION_LEVEL_TOO_LOW": Text(
        "Please confirm with a further factor, such as the card or your face.",
        "Vui lòng xác nhận thêm một yếu tố, ví dụ thẻ hoặc khuôn mặt.",
    ),
    "AUTHENTICATION_TOO_OLD": Text(
        "You signed in too long ago. Please sign in again.",
        "Bạn đăng nhập đã quá lâu. Vui lòng đăng nhập lại.",
    ),
    "FACTOR_CATEGORY_MISSING": Text(
        "Please confirm with a factor of another kind, such as your face or fingerprint.",
        "Vui lòng xác nhận bằng một yếu tố thuộc loại khác, ví dụ khuôn mặt hoặc vân tay.",
    ),
    "EVIDENCE_MISSING": Text("A further check is needed.", "Cần thêm một bước kiểm tra."),
    "EVIDENCE_EXPIRED": Text(
        "An earlier check has expired; please repeat it.",
        "Lần kiểm tra trước đã hết hạn; vui lòng thực hiện lại.",
    ),
    "NO_ELECTRONIC_CARD": Text(
        "The account has no electronic identity card.", "Tài khoản chưa có căn cước điện tử."
    ),
    "CONSENT_MISSING": Text(
        "Please agree to this use of your data.", "Vui lòng đồng ý cho việc sử dụng dữ liệu này."
    ),
    "CONSENT_TOO_NARROW": Text(
        "You agreed to the use of fewer data; please agree to these as well.",
        "Bạn đã đồng ý với phạm vi dữ liệu hẹp hơn; vui lòng đồng ý thêm cho các dữ liệu này.",
    ),
    "CONSENT_WITHDRAWN": Text(
        "The consent to this use was withdrawn; please agree again.",
        "Sự đồng ý đã được rút lại; vui lòng đồng ý lại.",
    ),
    # --- what was met
    "HOLDER_KIND_MET": Text("The kind of holder is right.", "Đúng loại chủ tài khoản."),
    "AGE_MET": Text("The age is right.", "Đủ tuổi."),
    "ACCOUNT_LEVEL_MET": Text("The account level is sufficient.", "Mức độ tài khoản đạt yêu cầu."),
    "GUARDIAN_CONFIRMED": Text("The guardian confirmed.", "Người giám hộ đã xác nhận."),
    "AUTHENTICATION_MET": Text("The authentication level is sufficient.", "Mức độ xác thực đạt yêu cầu."),
    "FACTOR_FROM_ELSEWHERE": Text(
        "A factor of another transaction was left out.", "Một yếu tố của giao dịch khác không được tính."
    ),
    "FACTOR_CATEGORY_MET": Text(
        "A factor of the kind needed was used.", "Đã có yếu tố thuộc loại cần thiết."
    ),
    "EVIDENCE_MET": Text("The evidence is there.", "Đã có bằng chứng."),
    "ELECTRONIC_CARD_MET": Text(
        "The electronic identity card is in force.", "Căn cước điện tử đang có hiệu lực."
    ),
    "CONSENT_MET": Text("The holder agreed.", "Chủ tài khoản đã đồng ý."),
}
