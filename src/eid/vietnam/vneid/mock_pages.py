"""The pages of the mock provider. They say on each that they are not VNeID."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from urllib.parse import urlsplit

__all__ = ["HEADERS", "choose", "front", "refused"]

#: On every answer.
HEADERS: Mapping[str, str] = {
    "X-Eid-Mock": "stand-in for tests, not VNeID",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
}
_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}
.not{border:3px dashed #a00;padding:.8rem 1rem;color:#a00}
button{display:block;width:100%;text-align:left;font:inherit;padding:.6rem .8rem;margin:.3rem 0}
label{display:block;margin:1rem 0}select{font:inherit}small{color:#555}
"""
_BANNER = """<div class="not"><strong>Máy chủ giả lập để kiểm thử. Đây KHÔNG phải VNeID.</strong><br>
Không liên quan đến cơ quan vận hành; chỉ có người hư cấu. Đừng nhập dữ liệu thật.<br>
<strong>A stand-in for tests. This is NOT VNeID.</strong> Not connected with its operator; invented people only.</div>"""
#: Parameters of the request that the form carries along.
_CARRIED = (
    "response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method",
)  # fmt: skip


def _page(body: str) -> str:
    return (
        '<!doctype html><html lang="vi"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">'
        f"<title>Giả lập đăng nhập (không phải VNeID)</title><style>{_STYLE}</style></head>"
        f"<body>{_BANNER}{body}</body></html>"
    )


def front() -> str:
    """What there is to see without a request."""
    return _page(
        "<h1>Đăng nhập giả lập / Mock sign-in</h1><p><small>/authorize, /token, /userinfo</small></p>"
    )


def refused(parameter: str) -> str:
    """A request that is not one: the browser goes nowhere.

    :param parameter: what is wrong.
    """
    return _page(f"<h1>Yêu cầu không hợp lệ / Request refused</h1><p><code>{escape(parameter)}</code></p>")


def choose(
    people: Sequence[tuple[str, str, str]], faults: Sequence[str], parameters: Mapping[str, str]
) -> str:
    """The sign-in page.

    :param people: key, name and note of each.
    :param faults: what may go wrong, the first being nothing.
    :param parameters: of the request.
    """
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(parameters[name])}">'
        for name in _CARRIED
        if name in parameters
    )
    buttons = "".join(
        f'<button name="person" value="{escape(key)}">{escape(name)} <small>{escape(note)}</small></button>'
        for key, name, note in people
    )
    options = "".join(f"<option>{escape(fault)}</option>" for fault in faults)
    place = escape(urlsplit(parameters["redirect_uri"]).netloc)
    return _page(
        f"<h1>Đăng nhập giả lập</h1><p>{place}</p>"
        f'<form method="post" action="authorize">{hidden}{buttons}'
        f'<label>Lỗi / Fault: <select name="fault">{options}</select></label>'
        '<button name="decline" value="1">Từ chối / Decline</button></form>'
    )
