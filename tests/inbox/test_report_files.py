"""The files of a report: numbers and languages in them, and what hostile texts cannot do to them."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from tests.inbox.report_house import made

from cminbox.i18n import language, set_language
from cminbox.inbox.report_charts import Told, bars, scale
from cminbox.inbox.report_csv import BOM, defused
from cminbox.inbox.report_files import Format, written
from cminbox.inbox.report_markdown import escaped
from cminbox.text import label
from hostile import SAMPLES, shared_texts

HOSTILE = tuple(
    dict.fromkeys(
        label(text)
        for text in (
            *SAMPLES,
            "<img src=x onerror=alert(1)>",
            "</style></svg></title></textarea><script>alert(1)</script>",
            "\"'><svg onload=alert(1)>",
            "{{ 7 * 7 }}{% raw %}${7*7}",
            '=HYPERLINK("http://evil.example","x")',
            "@SUM(1+1)*cmd|' /C calc'!A0",
            *shared_texts(),
        )
    )
)


class Page(HTMLParser):
    """The elements, attributes and texts of a page."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str]] = []
        self.texts: list[str] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        self.texts.append("")

    def handle_data(self, data: str) -> None:
        if self.texts:
            self.texts[-1] += data


def test_a_page_is_made_of_our_elements_whatever_others_wrote() -> None:
    texts = HOSTILE[:400] if len(HOSTILE) > 400 else HOSTILE
    page = Page(written(made(*texts, url="javascript:alert(1)"), Format.HTML))
    plain = Page(written(made(*("plain" for _ in texts)), Format.HTML))
    assert page.tags == plain.tags
    assert "script" not in page.tags
    assert not [name for _tag, name, _value in page.attributes if name.startswith("on") or name in ("src", "style")]
    assert {value for _tag, name, value in page.attributes if name == "href"} == {"data:,"}
    shown = {text.strip() for text in page.texts}
    assert {text.strip() for text in texts} <= shown


def test_every_hostile_text_stays_a_text_in_a_page() -> None:
    for first in range(0, len(HOSTILE), 500):
        texts = HOSTILE[first : first + 500]
        page = Page(written(made(*texts), Format.HTML))
        assert page.tags["script"] == 0
        assert page.tags["svg"] == 4
        assert {text.strip() for text in texts} <= {text.strip() for text in page.texts}


def test_a_page_asks_nothing_of_anybody_and_links_only_to_the_web() -> None:
    source = written(made("a", url="https://example.org/post/1?a=1&b=2"), Format.HTML)
    page = Page(source)
    policy = next(value for _tag, name, value in page.attributes if name == "content" and "default-src" in value)
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    links = [value for tag, name, value in page.attributes if tag == "a" and name == "href"]
    assert links == ["https://example.org/post/1?a=1&b=2"]
    assert not re.search(r"url\(|@import|<script|<iframe", source)


def test_the_style_is_the_one_that_the_policy_lets_in() -> None:
    import base64
    import hashlib

    source = written(made("a"), Format.HTML)
    style = re.search(r"<style>(.*?)</style>", source, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"sha256-{digest}" in source.replace("&#43;", "+")


def test_charts_have_a_title_a_text_and_a_table_behind_them() -> None:
    source = written(made("<b>", "b & c"), Format.HTML)
    charts = re.findall(r"<svg.*?</svg>", source, re.DOTALL)
    assert len(charts) == 4
    for chart in charts:
        root = ET.fromstring(chart)
        title, text = root.find("title"), root.find("desc")
        assert title is not None
        assert text is not None
        assert title.text
        assert text.text
        assert root.get("role") == "img"
        assert root.get("aria-labelledby") == f"{title.get('id')} {text.get('id')}"
    for key in ("series", "heat", "histogram", "themes"):
        part = source[source.index(f'<section class="{key}"') :]
        assert "<table>" in part[: part.index("</section>")]


@pytest.mark.parametrize(("most", "top", "step"), [(0, 1, 1), (3, 3, 1), (7, 8, 2), (99, 100, 50), (1000, 1000, 500)])
def test_an_axis_has_whole_ticks(most: float, top: float, step: float) -> None:
    assert scale(most) == (top, step)


@given(st.lists(st.integers(0, 10**9), max_size=40))
def test_no_bar_leaves_its_chart(values: list[int]) -> None:
    root = ET.fromstring(bars(Told("i", "t", "d"), [str(n) for n in values], values))
    for rect in root.iter("rect"):
        assert float(rect.get("y", "")) >= 11.9
        assert float(rect.get("height", "")) >= 0


@given(st.text())
def test_markdown_shows_exactly_the_text(text: str) -> None:
    wanted = " ".join(label(text).split())
    markdown = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    html = markdown.render(escaped(wanted))
    assert set(re.findall(r"</?\w+", html)) <= {"<p", "</p"}
    assert unescape(html) == f"<p>{wanted}</p>\n"


def unescape(html: str) -> str:
    for entity, char in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
        html = html.replace(entity, char)
    return html


def test_hostile_texts_break_no_table_of_the_markdown() -> None:
    markdown = MarkdownIt("commonmark", {"html": True}).enable("table")
    texts = [text for text in HOSTILE[:120] if text.split()]
    hostile = markdown.render(written(made(*texts), Format.MARKDOWN))
    plain = markdown.render(written(made(*("plain" for _ in texts)), Format.MARKDOWN))
    count = [Counter(re.findall(r"</?\w+", html)) for html in (hostile, plain)]
    count[0].pop("<br", None)
    count[1].pop("<br", None)
    assert count[0] == count[1]
    assert "<table" in hostile


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_no_cell_of_the_csv_begins_a_formula(lang: str) -> None:
    source = written(made(*HOSTILE[:150], "\t=1", "\r=1", " =1+1", "＝1+1"), Format.CSV, lang)
    assert source.startswith(BOM)
    rows = list(csv.reader(io.StringIO(source.removeprefix(BOM), newline=""), delimiter=";" if lang == "fr" else ","))
    assert {len(row) for row in rows} == {7}
    for row in rows:
        for cell in row:
            assert cell.lstrip()[:1] not in tuple("=+-@|%＝＋－＠") or not cell, cell
            assert not set("\t\r\n") & set(cell)


def test_what_begins_like_a_formula_is_still_read_by_people() -> None:
    assert defused("=1+1") == "'=1+1"
    assert defused("-5 %") == "'-5 %"
    assert defused("a=b") == "a=b"
    assert defused("") == ""


def test_the_csv_of_the_french_has_semicolons_and_decimal_commas() -> None:
    french, english = (written(made("a"), Format.CSV, lang) for lang in ("fr", "en"))
    assert '"0,75"' in french
    assert '"0.75"' in english
    assert french.splitlines()[0].removeprefix(BOM).startswith('"Partie";"Nom"')


@pytest.mark.parametrize(
    ("lang", "period", "words"),
    [
        ("en", "2–8 Mar 2026", ("Response times", "1,234", "75%", "2 hrs 14 mins", "What the numbers mean")),
        ("fr", "2–8 mars 2026", ("Temps de réponse", "1\u202f234", "75\u00a0%", "2\u202fh 14\u00a0min")),
    ],
)
def test_the_language_is_the_report_s_and_not_the_program_s(lang: str, period: str, words: tuple[str, ...]) -> None:
    set_language("en" if lang == "fr" else "fr")
    try:
        source = written(made("a"), Format.HTML, lang)
        assert language() != lang
    finally:
        set_language("en")
    text = " ".join(Page(source).texts)
    assert f'<html lang="{lang}">' in source
    for word in words:
        assert word in text, word
    assert f"{period} (Europe/Paris)" in text


def test_json_keeps_its_keys_in_every_language() -> None:
    english, french = (json.loads(written(made("a"), Format.JSON, lang)) for lang in ("en", "fr"))
    assert english == french
    assert list(english) == [
        *("made_at", "since", "until", "before", "timezone", "brand", "campaign", "numbers", "series", "heat"),
        *(
            "first_response_histogram",
            "themes",
            "topics",
            "moderation",
            "voices",
            "waves",
            "spikes",
            "verbatims",
            "comment",
        ),
    ]
    assert english["numbers"]["one_touch_rate"] == {"value": None, "before": None, "n": None}
    assert english["moderation"][1] == {"verb": "delete", "reason": None, "n": 1, "before": 0}
    assert list(english["themes"][0])[:4] == ["tag", "messages", "messages_before", "conversations"]


def test_no_data_is_a_dash_and_an_empty_report_says_so() -> None:
    source = written(made(), Format.HTML)
    assert "Nothing of this period is tagged." in source
    assert 'contenteditable="plaintext-only"' in source
    one_touch = re.search(r"One touch</th><td[^>]*>([^<]*)<", source)
    assert one_touch is not None
    assert one_touch[1] == "–"


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ("Share of voice", "Messages before", "60%", "+10 pts", "-10 pts")),
        ("fr", ("Part de voix", "Messages avant", "60\u00a0%")),
    ],
)
def test_what_is_said_about_us_stands_beside_competitors(lang: str, words: tuple[str, ...]) -> None:
    text = " ".join(Page(written(made("Acme"), Format.HTML, lang)).texts)
    for word in words:
        assert word in text.replace("\u202f", "\u00a0"), word
    quiet = replace(made("Acme"), voices=())
    assert "50%" not in written(quiet, Format.HTML, "en")
    lines = list(csv.reader(io.StringIO(written(made("Acme"), Format.CSV, "en").removeprefix(BOM))))
    assert ["Share of voice", "Acme", "", "Messages", "", "9", "5"] in lines
    assert ["Share of voice", "Acme", "", "Share", "share, 0 to 1", "0.6", "0.5"] in lines
