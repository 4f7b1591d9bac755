from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cminbox.text import html_to_text
from hostile import SAMPLES

MASTODON_LINK = (
    '<p>see <a href="https://example.com/a/long/path?x=1&amp;y=2" target="_blank" rel="nofollow">'
    '<span class="invisible">https://</span><span class="ellipsis">example.com/a/long</span>'
    '<span class="invisible">/path?x=1&amp;y=2</span></a></p>'
)
MENTION = (
    '<p><span class="h-card" translate="no">'
    '<a href="https://m.example/@ana" class="u-url mention">@<span>ana</span></a></span> hello</p>'
)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("", ""),
        ("plain", "plain"),
        ("<p>one</p><p>two<br>three</p>", "one\n\ntwo\nthree"),
        ("<p>a<br><br />b</p>", "a\n\nb"),
        ("a &amp; b &lt;c&gt; &eacute; &#233;", "a & b <c> é é"),
        ("<p>  many \n spaces\t<b>bold</b> <i> it </i></p>", "many spaces bold it"),
        ("<pre>  kept\n    as is</pre>", "  kept\n    as is".strip()),
        ("<ul><li>one</li><li>two</li></ul>", "- one\n- two"),
        (MASTODON_LINK, "see https://example.com/a/long/path?x=1&y=2"),
        (MENTION, "@ana hello"),
        ('<a href="https://evil.example/x">your bank</a>', "your bank (https://evil.example/x)"),
        ('<a href="https://evil.example">https://bank.example</a>', "https://bank.example (https://evil.example)"),
        ('<a href="https://www.a.example/">a.example</a>', "a.example"),
        ('<a href="javascript:alert(1)">click</a>', "click"),
        ('<a href="https://a.example/x"></a>', "https://a.example/x"),
        ('<a href="https://m.example/tags/x" class="mention hashtag">#<span>x</span></a>', "#x"),
        ('hi <img src="x" alt=":wave:"> there', "hi :wave: there"),
        ("<script>alert(1)</script>ok<style>p{}</style>", "ok"),
        ("<mx-reply><blockquote>old</blockquote></mx-reply>new", "new"),
        ("1 < 2 and <unknown>x</unknown>", "1 < 2 and x"),
        ("<p>unclosed <b>bold", "unclosed bold"),
    ],
)
def test_markup_becomes_plain_text(source: str, text: str) -> None:
    assert html_to_text(source) == text


@given(st.one_of(st.text(), st.sampled_from(SAMPLES), st.text(st.sampled_from("<>/abp&;=\"' !-"))))
def test_it_never_raises(source: str) -> None:
    html_to_text(source)
    html_to_text(f"<p>{source}</p>")


def test_plain_words_come_through_whatever_surrounds_them() -> None:
    assert html_to_text("<div>" * 30_000 + "words") == "words"
    assert html_to_text("<p>" + "word " * 1000 + "</p>").count("word") == 1000
