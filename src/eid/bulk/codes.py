"""Every code that cleaning may give, and what it means.

A *note* names what was done to come from the source to the clean value, or what the reading needed. A *problem*
says why there is no clean value, or that a person should look at it. Codes are stable; none holds personal data.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType

from eid.errors import Text

__all__ = ["NOTES", "PROBLEMS", "REJECTIONS", "ROWS", "Kind"]


class Kind(enum.StrEnum):
    """What a line of the report is about."""

    PROBLEM = "problem"
    REJECTED = "rejected"
    DUPLICATE = "duplicate"
    JOIN = "join"


#: What was done, or was needed to read a value.
NOTES: Mapping[str, Text] = MappingProxyType(
    {
        "legacy_encoding": Text("Converted from TCVN3 or VNI.", "Đã chuyển từ TCVN3 hoặc VNI."),
        "mojibake_repaired": Text(
            "UTF-8 that was shown as Latin-1 or Windows-1252, undone without loss.",
            "UTF-8 bị hiển thị như Latin-1 hoặc Windows-1252, đã khôi phục không mất chữ.",
        ),
        "unicode_form": Text("Letters composed (NFC).", "Đã chuẩn hóa chữ về dạng dựng sẵn (NFC)."),
        "whitespace": Text(
            "Spaces joined, trimmed or made plain.", "Đã gộp, cắt hoặc chuẩn hóa khoảng trắng."
        ),
        "line_break_joined": Text(
            "A line break became a comma.", "Dấu xuống dòng đã được thay bằng dấu phẩy."
        ),
        "fullwidth_digits_folded": Text(
            "Full-width digits became plain ones.", "Chữ số toàn chiều rộng đã thành chữ số thường."
        ),
        "separators_removed": Text(
            "Spaces, points or hyphens between digits removed.", "Đã bỏ dấu cách, chấm hoặc gạch giữa các chữ số."
        ),
        "text_mark_removed": Text(
            "A spreadsheet's mark of text removed (apostrophe, or =\"…\").",
            "Đã bỏ ký hiệu văn bản của bảng tính (dấu nháy đơn hoặc =\"…\").",
        ),
        "leading_zeros_restored": Text(
            "Lost leading zeros put back, as asked; birth year and sex agree.",
            "Đã thêm lại số 0 ở đầu theo yêu cầu; năm sinh và giới tính khớp.",
        ),
        "moved_to_old_number": Text(
            "An old 9-digit number, moved to its own column.",
            "Số CMND 9 số, đã chuyển sang cột riêng.",
        ),
        "old_number_12_digits": Text(
            "The old number has 12 digits: perhaps a cancelled personal number.",
            "Số cũ có 12 chữ số: có thể là số định danh đã hủy.",
        ),
        "pin_prefix_unknown": Text(
            "The number's prefix is no province: a foreigner, or born abroad.",
            "Mã đầu của số không thuộc tỉnh nào: người nước ngoài hoặc sinh ở nước ngoài.",
        ),
        "date_form": Text("Written in another form; ISO 8601 now.", "Ngày viết ở dạng khác; đã đổi sang ISO 8601."),
        "date_from_words": Text("A date in words.", "Ngày viết bằng chữ."),
        "time_dropped": Text("A time of day left out.", "Đã bỏ phần giờ."),
        "partial_date": Text(
            "Day, or day and month, are not known.", "Không rõ ngày, hoặc không rõ cả ngày và tháng."
        ),
        "first_of_january": Text(
            "1 January: often entered when the day is not known.", "Ngày 01/01: thường được nhập khi không rõ ngày."
        ),
        "sex_word": Text("A word or code became M, F or X.", "Từ hoặc mã đã được đổi thành M, F hoặc X."),
        "no_value_word": Text(
            "A word that stands for nothing (NULL, N/A, -).", "Từ biểu thị không có giá trị (NULL, N/A, -)."
        ),
        "extra_empty_fields": Text(
            "Empty fields behind the last column left out.", "Đã bỏ các ô trống sau cột cuối."
        ),
        "date_missing": Text(
            "No date for the address: which of two units of one name it is, is not said.",
            "Địa chỉ không có ngày: không xác định được đơn vị nào trong hai đơn vị trùng tên.",
        ),
        "duplicate_tail": Text("The province stood there twice.", "Tên tỉnh được ghi hai lần."),
        "abbreviation_expanded": Text("An abbreviated unit was understood.", "Đã hiểu đơn vị viết tắt."),
        "spelling_variant": Text(
            "Another spelling of a province was understood.", "Đã hiểu cách viết khác của tên tỉnh."
        ),
        "look_alike": Text(
            "A letter that only looks like Đ; kept as it is.", "Có ký tự chỉ giống chữ Đ; giữ nguyên."
        ),
    }
)  # fmt: skip

#: Why there is no clean value, or why somebody should look at it.
PROBLEMS: Mapping[str, Text] = MappingProxyType(
    {
        "too_long": Text("Too long to be that.", "Quá dài so với loại dữ liệu này."),
        "spreadsheet_error": Text("An error of a spreadsheet (#N/A, ####).", "Lỗi của bảng tính (#N/A, ####)."),
        "formula_like": Text(
            "Begins like a formula; a spreadsheet would run it.", "Bắt đầu như công thức; bảng tính có thể thực thi."
        ),
        "degraded_text": Text("Letters were lost and cannot be had back.", "Một số chữ đã mất và không thể khôi phục."),
        "looks_like_tcvn3": Text("Looks like TCVN3: say so with --column.", "Có vẻ là TCVN3: hãy khai báo bằng --column."),
        "looks_like_vni": Text("Looks like VNI: say so with --column.", "Có vẻ là VNI: hãy khai báo bằng --column."),
        "no_letters": Text("A name without letters.", "Họ tên không có chữ cái."),
        "digits_in_name": Text("A name with digits.", "Họ tên có chữ số."),
        "length": Text("Not 12 digits (old number: 9 or 12).", "Không đủ 12 chữ số (số cũ: 9 hoặc 12)."),
        "non_digit": Text("Another character than a digit.", "Có ký tự không phải chữ số."),
        "old_9_digit_number": Text(
            "An old 9-digit number: never a key.", "Số CMND 9 số: không dùng làm khóa."
        ),
        "leading_zero_lost": Text(
            "Zeros at the beginning were lost; a candidate is given where there is one.",
            "Số 0 ở đầu đã bị mất; có đề xuất nếu xác định được.",
        ),
        "scientific_notation": Text(
            "Spreadsheet notation (1.09901E+11): digits are lost.",
            "Ký hiệu khoa học của bảng tính (1.09901E+11): đã mất chữ số.",
        ),
        "written_as_decimal": Text(
            "Written as a decimal (….0): a program took it for a quantity.",
            "Viết dạng thập phân (….0): phần mềm đã coi là số lượng.",
        ),
        "placeholder_like": Text("One digit repeated: a placeholder.", "Lặp một chữ số: có vẻ là số giả."),
        "birth_in_future": Text(
            "The number says a birth year in the future.", "Số cho năm sinh ở tương lai."
        ),
        "pin_year_mismatch": Text(
            "The number says another birth year: ask for the cancelled number.",
            "Số cho năm sinh khác: hãy hỏi số đã hủy.",
        ),
        "pin_sex_mismatch": Text(
            "The number says another sex: ask for the cancelled number.",
            "Số cho giới tính khác: hãy hỏi số đã hủy.",
        ),
        "unreadable_date": Text("Not a date in a known form.", "Không phải ngày ở dạng đã biết."),
        "impossible_date": Text("There is no such day.", "Không có ngày này."),
        "month_first": Text(
            "Only possible with the month first: the column may be mixed.",
            "Chỉ hợp lệ nếu tháng đứng trước: cột có thể lẫn hai kiểu ngày.",
        ),
        "day_first": Text(
            "Only possible with the day first: the column may be mixed.",
            "Chỉ hợp lệ nếu ngày đứng trước: cột có thể lẫn hai kiểu ngày.",
        ),
        "two_digit_year": Text("The century is missing.", "Thiếu thế kỷ."),
        "spreadsheet_serial": Text(
            "A spreadsheet's day number; which calendar it counts from is not said.",
            "Số ngày của bảng tính; không rõ mốc tính.",
        ),
        "date_in_future": Text("A day in the future.", "Ngày ở tương lai."),
        "implausible_year": Text("A year before 1850 or after 2399.", "Năm trước 1850 hoặc sau 2399."),
        "unknown_sex": Text("Neither Nam nor Nữ, nor a code that was explained.", "Không phải Nam, Nữ hay mã đã khai báo."),
        "province_unknown": Text(
            "No known province at the end.", "Không thấy tỉnh đã biết ở cuối."
        ),
        "not_vietnamese": Text("Not an address in Viet Nam.", "Không phải địa chỉ ở Việt Nam."),
        "name_not_of_date": Text(
            "No province had that name on that day.", "Không có tỉnh mang tên này vào ngày đó."
        ),
        "levels_not_of_date": Text(
            "A district after the merger, or a commune without one before.",
            "Có cấp huyện sau sáp nhập, hoặc thiếu cấp huyện trước đó.",
        ),
    }
)  # fmt: skip

#: Why a row could not be put into columns. It stands, unchanged, in the file of rejected rows.
REJECTIONS: Mapping[str, Text] = MappingProxyType(
    {
        "too_few_fields": Text("Fewer fields than the header.", "Ít ô hơn dòng tiêu đề."),
        "too_many_fields": Text("More fields than the header.", "Nhiều ô hơn dòng tiêu đề."),
        "quote_unbalanced": Text(
            "A quotation mark is not closed, or stands in the wrong place.",
            "Dấu ngoặc kép không đóng hoặc sai vị trí.",
        ),
        "undecodable_octets": Text(
            "Octets that are not text in the file's encoding.", "Có byte không hợp lệ theo bảng mã của tệp."
        ),
        "row_too_long": Text("Longer than a record may be.", "Dài hơn giới hạn của một dòng."),
    }
)

#: Rows of one table, or of two, that say they are the same person.
ROWS: Mapping[str, Text] = MappingProxyType(
    {
        "duplicate_row": Text("The same row as an earlier one.", "Trùng hoàn toàn với một dòng trước."),
        "duplicate_number": Text(
            "The number of an earlier row, and the person agrees.", "Trùng số với một dòng trước, thông tin khớp."
        ),
        "number_conflict": Text(
            "The number of an earlier row, and the person differs.", "Trùng số với một dòng trước nhưng thông tin khác."
        ),
        "number_review": Text(
            "The number of an earlier row; a person has to look.", "Trùng số với một dòng trước; cần người xem lại."
        ),
        "several_matches": Text(
            "The other table has more than one row for it.", "Bảng kia có nhiều hơn một dòng tương ứng."
        ),
        "name_differs": Text("Two different names.", "Hai họ tên khác nhau."),
        "name_review": Text(
            "Two names that a person should look at.", "Hai họ tên cần người xem lại."
        ),
        "birth_date_differs": Text("Two dates of birth.", "Hai ngày sinh khác nhau."),
        "sex_differs": Text("Two entries of sex.", "Giới tính khác nhau."),
        "by_old_number": Text(
            "Found by the old 9-digit number alone, which is no key.", "Chỉ khớp theo số CMND 9 số, không phải khóa."
        ),
        "nothing_compared": Text(
            "Only the number agrees: nothing else could be compared.", "Chỉ khớp số; không có gì khác để đối chiếu."
        ),
    }
)  # fmt: skip
