"""The language of templates: what is filled, what is missing, and what a body may never do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cminbox.errors import UsageError
from cminbox.inbox import template_text
from cminbox.inbox.template_text import Filled

ANA = {"person.first_name": "Ana", "person.name": "Ana López", "person.handle": "@ana", "account.name": "brand"}


def test_variables_and_answers_are_put_in() -> None:
    body = 'Hi {{ person.first_name }}, order {{ ask("order number") }} at {{ account.name }}.'
    assert template_text.fill(body, ANA, {"order_number": "A-5"}) == Filled("Hi Ana, order A-5 at brand.", ())


def test_what_has_no_value_is_named_and_not_left_out() -> None:
    found = template_text.fill('Hi {{ person.first_name }}, {{ ask("Order number")|upper }}', {}, {})
    assert found.missing == ("person.first_name", "Order number")
    assert "‹person.first_name›" in found.text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ('Hi {{ person.first_name or "there" }}', "Hi there"),
        ("Hi{% if person.first_name %} {{ person.first_name }}{% endif %}!", "Hi!"),
        ('{{ ask("a") or person.first_name or "x" }}', "x"),
        ('{{ "y" if not ask("a") else "n" }}', "y"),
        ('{{ person.name|default("z") }}', "z"),
        ('Hi\n\n{{ me.signature or "" }}\n', "Hi"),
        ("{# why #}Hi", "Hi"),
    ],
)
def test_a_body_may_say_what_to_put_instead(body: str, text: str) -> None:
    assert template_text.fill(body, {}, {}) == Filled(text, ())


def test_an_answer_may_name_a_variable() -> None:
    assert template_text.fill("Hi {{ person.first_name }}", ANA, {"person.first_name": "Léa"}).text == "Hi Léa"


def test_a_blank_answer_is_none() -> None:
    assert template_text.fill('{{ ask("a") }}', {}, {"a": "  "}).missing == ("a",)


def test_values_are_text_and_never_a_template() -> None:
    found = template_text.fill("Hi {{ person.name }}", {"person.name": "{{ me.signature }}<b>\x1b[31m\0"}, {})
    assert found == Filled("Hi {{ me.signature }}<b> [31m", ())


def test_what_a_body_asks_is_known_before_it_is_filled() -> None:
    found = template_text.asked('{% if person.name %}{{ ask("a") }}{% else %}{{ ask("b") }}{% endif %}')
    assert found.questions == ("a", "b")
    assert found.variables == ("person.name",)


@pytest.mark.parametrize(
    "body",
    [
        *(
            "{{ x }}",
            "{{ person }}",
            "{{ ask }}",
            "{{ person.frist_name }}",
            "{{ person.__class__ }}",
            "{{",
            "{% if %}",
        ),
        *('{{ "a" * 999999999 }}', "{{ 10 ** 10 ** 10 }}", "{{ range(9) }}", "{{ account.name() }}", "{{ ask('') }}"),
        *("{{ person.name.upper() }}", '{{ person["name"] }}', '{{ "a"|replace("a", "b") }}', "{{ ask(me.name) }}"),
        *(
            "{% for a in person.name %}{% endfor %}",
            "{% set a = 1 %}",
            '{% include "x" %}',
            "{% macro m() %}{% endmacro %}",
        ),
        *("{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}", "{{ " + "not " * 3000 + "1 }}", "{{1}}" * 3000, "x" * 20_001),
        *(
            "{% if 1 %}" * 90 + "{% endif %}" * 90,
            "  ",
            "",
            "{{ [1] }}",
            "{{ loop.x }}",
            "{{ cycler }}",
            "{{ ask('a', 'b') }}",
        ),
    ],
    ids=lambda body: body[:30],
)
def test_a_body_can_do_nothing_else(body: str) -> None:
    with pytest.raises(UsageError):
        template_text.asked(body)


def test_a_mistake_is_told_with_its_line() -> None:
    with pytest.raises(UsageError, match=r"Line 3 .* person\.age"):
        template_text.asked("Hello,\n\n{{ person.age }}")


def test_the_text_is_bounded() -> None:
    body = '{{ ask("a") }}' * 60
    with pytest.raises(UsageError, match="too long"):
        template_text.fill(body, {}, {"a": "x" * 5_000})


@given(st.text(max_size=300))
def test_any_body_is_filled_or_refused(body: str) -> None:
    try:
        found = template_text.fill(body, ANA, {})
    except UsageError:
        return
    assert found.text.encode()


@given(st.text(max_size=200), st.text(max_size=200))
def test_values_stand_in_the_text_as_they_are(name: str, answer: str) -> None:
    found = template_text.fill('[{{ person.name }}|{{ ask("q") }}]', {"person.name": name}, {"q": answer})
    wanted = {key for key, value in (("person.name", name), ("q", answer)) if not template_text._tamed(value)}
    assert set(found.missing) == wanted
