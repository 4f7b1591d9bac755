"""Addresses: what a person types as the address of a server, made into one that can be called."""

from __future__ import annotations

import ipaddress
from urllib.parse import quote, urlsplit

from cminbox.errors import Unreachable
from cminbox.i18n import _


def is_loopback(host: str) -> bool:
    """True for this machine's own names and addresses, where plain http is safe."""
    host = host.strip("[]").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def server_url(typed: str, *, keep_path: bool = False) -> str:
    """The root of a server, without a slash at its end, from what a person typed or pasted.

    A missing scheme becomes https (http on loopback); a path, a query and a login in front of the host
    (`ana@social.example`) are dropped, the path only unless `keep_path`. Raises `Unreachable` (never sent) with the
    cure for what cannot be an address, and for http to another machine: the token would travel in the clear.
    """
    text = typed.strip()
    if "://" not in text:
        text = "//" + text.lstrip("/")
    try:
        parts = urlsplit(text)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        raise _wrong(typed) from None
    if not host or any(c.isspace() or not c.isprintable() for c in text):
        raise _wrong(typed)
    scheme = parts.scheme or ("http" if is_loopback(host) else "https")
    if scheme not in ("http", "https"):
        raise _wrong(typed)
    if scheme == "http" and not is_loopback(host):
        raise Unreachable(
            _("{url} would send the token unencrypted.").format(url=f"http://{host}"),
            _("Use https://{host} (plain http is only for this machine itself).").format(host=host),
            sent=False,
        )
    try:
        shown = f"[{host}]" if ":" in host else host.encode("idna").decode("ascii") if not host.isascii() else host
    except UnicodeError:
        raise _wrong(typed) from None
    path = parts.path.rstrip("/") if keep_path else ""
    return f"{scheme}://{shown}{f':{port}' if port else ''}{path}"


def segment(text: str) -> str:
    """`text` as one segment of a path: an id from a server cannot climb out of its place."""
    return quote(text, safe="") if text.strip(".") else "".join(f"%{ord(c):02X}" for c in text)


def _wrong(typed: str) -> Unreachable:
    return Unreachable(
        _("This is not the address of a server: {text}").format(text=typed.strip()[:200]),
        _("Write it like https://social.example."),
        sent=False,
    )
