"""Foreign errors become ours here: what httpx raises, and what a status says."""

from __future__ import annotations

import json
import math
import re
import ssl
from collections.abc import Mapping
from datetime import datetime

import httpx

from cminbox.errors import AuthExpired, Forbidden, Gone, NetworkError, RateLimited, Rejected, Unreachable
from cminbox.i18n import _
from cminbox.networks.http_budget import DEFAULT_WAIT_S, retry_after, soonest

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.ProxyError)


def from_transport(error: Exception, host: str) -> Unreachable:
    """The connection failed: `sent` is False only where it was never opened."""
    sent = not isinstance(error, (*_NEVER_SENT, httpx.InvalidURL))
    if isinstance(error, httpx.TimeoutException):
        return Unreachable(_("{host} did not answer in time.").format(host=host), sent=sent)
    if isinstance(error, httpx.ConnectError) and _is_certificate(error):
        return Unreachable(
            _("{host} has no valid certificate, or does not speak https.").format(host=host),
            _("Check the address and this machine's clock."),
            sent=False,
        )
    if not sent:
        return Unreachable(
            _("{host} cannot be reached.").format(host=host), _("Check the address and the connection."), sent=False
        )
    return Unreachable(_("The connection to {host} broke.").format(host=host), sent=True)


def from_status(
    status: int, headers: Mapping[str, str], body: bytes, *, host: str, path: str, now: datetime
) -> NetworkError:
    """The error that a status of 400 and above stands for (and any other that the caller did not expect)."""
    said = words(body)
    detail = f" ({said})" if said else ""
    if status == 401:
        return AuthExpired(
            _("{host} does not accept the token.").format(host=host) + detail, _("Renew the account with a new token.")
        )
    if status == 403:
        scope = wanted_scope(headers, said)
        cure = _("Create a token with the right {scope}.").format(scope=scope) if scope else ""
        return Forbidden(_("{host} does not allow this.").format(host=host) + detail, scope, cure)
    if status in (404, 410):
        return Gone(_("{host} knows nothing at {path} (any more).").format(host=host, path=path))
    if status == 429:
        until = retry_after(headers, now) or _said_in_body(body, now) or soonest(DEFAULT_WAIT_S, now)
        return RateLimited(_("{host} asks to slow down.").format(host=host), until)
    if status >= 500 or status == 408:
        return Unreachable(_("{host} has trouble (HTTP {status}).").format(host=host, status=status) + detail)
    return Rejected(_("{host} refused (HTTP {status}).").format(host=host, status=status) + detail, said)


def words(body: bytes) -> str:
    """The server's own short explanation out of a JSON error body; empty where there is none."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(data, dict):
        return ""
    for key in ("error_description", "error", "message", "detail", "title"):
        value = data.get(key)
        if isinstance(value, dict):
            value = value.get("message")
        if isinstance(value, str) and value.strip():
            return " ".join(value.encode("utf-8", "replace").decode().split())[:300]
    return ""


def wanted_scope(headers: Mapping[str, str], said: str) -> str:
    """The right that is missing, where the server names it (RFC 6750 header, or its own sentence)."""
    found = re.search(r'scope\s*=\s*"([^"]{1,80})"', headers.get("www-authenticate", ""))
    found = found or re.search(r"scopes?\s*[:=]\s*([a-z][\w:.\-]{1,80})", said)
    return found.group(1).strip() if found else ""


def _said_in_body(body: bytes, now: datetime) -> datetime | None:
    # Matrix servers before v1.10 of its specification say it only in the body.
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return None
    wait = data.get("retry_after_ms") if isinstance(data, dict) else None
    return soonest(wait / 1000, now) if isinstance(wait, int | float) and math.isfinite(wait) else None


def _is_certificate(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
