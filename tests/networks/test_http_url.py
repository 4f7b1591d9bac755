"""What people type and paste as an address."""

import pytest

from cminbox.errors import Unreachable
from cminbox.networks.http_url import is_loopback, segment, server_url


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("https://social.example", "https://social.example"),
        ("https://social.example/", "https://social.example"),
        ("  social.example\n", "https://social.example"),
        ("SOCIAL.Example", "https://social.example"),
        ("social.example:8443/", "https://social.example:8443"),
        ("https://social.example/@brand/123?x=1#y", "https://social.example"),
        ("social.example/web/home", "https://social.example"),
        ("ana@social.example", "https://social.example"),
        ("@ana@social.example", "https://social.example"),
        ("//social.example", "https://social.example"),
        ("http://127.0.0.1:3000/", "http://127.0.0.1:3000"),
        ("localhost:3000", "http://localhost:3000"),
        ("http://[::1]:3000", "http://[::1]:3000"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("https://social.example.", "https://social.example"),
    ],
)
def test_what_is_meant_is_found(typed, url):
    assert server_url(typed) == url


def test_a_path_is_kept_where_it_counts():
    assert server_url("https://blog.example/fr/", keep_path=True) == "https://blog.example/fr"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "https://",
        "ftp://social.example",
        "https://a b",
        "https://[::1",
        "a:99999999",
        "https://x\x07y",
        "a..é",
    ],
)
def test_what_cannot_be_an_address_is_refused_with_a_cure(typed):
    with pytest.raises(Unreachable) as caught:
        server_url(typed)
    assert caught.value.cure
    assert caught.value.sent is False


@pytest.mark.parametrize("typed", ["http://social.example", "http://10.0.0.1", "http://localhost.example"])
def test_a_token_does_not_travel_in_the_clear(typed):
    with pytest.raises(Unreachable, match="https://"):
        server_url(typed)


def test_loopback():
    assert all(is_loopback(host) for host in ("127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost", "a.localhost"))
    assert not any(is_loopback(host) for host in ("10.0.0.1", "localhost.example", "example", "128.0.0.1"))


@pytest.mark.parametrize("hostile", ["../../oauth/revoke", "..", ".", "a/b?c#d", "!room:server", "é"])
def test_an_id_stays_in_its_place(hostile):
    from httpx import URL

    path = URL(f"https://social.example/api/{segment(hostile)}/end").raw_path.decode()
    assert path.count("/") == 3
    assert path.startswith("/api/")
    assert "/../" not in path
    assert "/./" not in path
    assert "?" not in path
