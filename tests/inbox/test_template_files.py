"""Templates as files: what is written is read back, what is wrong is told, the starters are sound."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cminbox.errors import UsageError
from cminbox.inbox import template_files, template_keeping, template_text
from cminbox.model.templates import Variant, Written
from cminbox.text import fold

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=60) | st.sampled_from(
    [
        '"""',
        'a"""b',
        '""',
        '"',
        "\\",
        "\\u0041",
        "\r\n",
        "\t",
        "\n",
        "# x",
        "'''",
        "[[template]]",
        "é\x7f\x00",
        "\ufeff",
    ]
)
variants = st.builds(Variant, network=texts, language=texts, body=texts)
written = st.builds(
    Written, name=texts, shortcut=texts, brand=texts, folder=texts, variants=st.lists(variants, min_size=1, max_size=3)
)


@given(st.lists(written, max_size=4, unique_by=lambda each: (each.brand, " ".join(fold(each.name).split()))))
def test_what_is_written_down_is_read_back_exactly(many: list[Written]) -> None:
    assert template_files.read(template_files.written_down(many), "x.toml") == many


def test_a_file_can_be_read_by_a_person() -> None:
    body = 'Hello {{ person.first_name or "there" }},\n\nit is "done".'
    one = Written(name="Done", shortcut="d", variants=(Variant(language="en", body=body),))
    source = template_files.written_down([one])
    assert f'body = """\n{body}"""' in source
    assert source.startswith('[[template]]\nname = "Done"\nshortcut = "d"\n')


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("name = ", "x.toml is not valid TOML"),
        ("[[template]]\nname = 'a'\n", r"template 1 \(a\): variants is missing"),
        ("[[template]]\nname = 'a'\nvariants = []\n", "variants needs at least one"),
        ("[[template]]\nname = 'a'\ntext = 'x'\n[[template.variants]]\nbody = 'b'\n", "there is no text"),
        ("[[template]]\nname = 'a'\n[[template.variants]]\nbody = 5\n", r"variants\.0\.body must be a text"),
        ("[[templates]]\nname = 'a'\n", "there is no templates"),
        ("template = 5", "begins with"),
        ("[[template]]\nname = 'A b'\n[[template.variants]]\nbody = 'b'\n" * 2, "A b is there twice"),
    ],
)
def test_a_wrong_file_is_told_where(source: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        template_files.read(source, "x.toml")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_starters_are_sound_and_speak_both_languages(language: str) -> None:
    found = template_files.starters(language)
    assert len(found) >= 12
    assert len({each.shortcut for each in found}) == len(found)
    for each in found:
        assert template_keeping.checked(each) == each.model_copy(
            update={"variants": tuple(v.model_copy(update={"body": v.body.strip()}) for v in each.variants)}
        )
        by_language = {v.language: template_text.asked(v.body).questions for v in each.variants}
        assert set(by_language) == {"en", "fr"}
        assert by_language["en"] == by_language["fr"], each.name
        for variant in each.variants:
            answers = dict.fromkeys(by_language[variant.language], "42")
            found_text = template_text.fill(variant.body, {"account.name": "brand"}, answers)
            assert found_text.missing == (), "an unknown first name stops no starter"
            assert len(found_text.text) < 280


def test_the_french_starters_have_french_names_and_questions() -> None:
    french = template_files.starters("fr")
    assert "Remboursement en cours" in [each.name for each in french]
    questions = {q for each in french for v in each.variants for q in template_text.asked(v.body).questions}
    assert "numéro de commande" in questions
    assert not questions & {
        q for e in template_files.starters("en") for v in e.variants for q in template_text.asked(v.body).questions
    }
