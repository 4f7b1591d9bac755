from cminbox.insight.definitions import DEFINITIONS, Unit, response_rate
from cminbox.model.rows import Numbers


def test_every_number_is_defined_once() -> None:
    keys = [one.key for one in DEFINITIONS]
    assert len(keys) == len(set(keys))
    assert set(Numbers.model_fields) <= set(keys)


def test_every_definition_says_what_it_is_and_to_which_period_it_belongs() -> None:
    for one in DEFINITIONS:
        assert one.name, one
        assert one.formula, one
        assert one.attributed, one
        assert one.clock or one.unit is not Unit.SECONDS, one


def test_response_rate():
    assert response_rate(3, 1) == 0.75
    assert response_rate(0, 2) == 0
    assert response_rate(0, 0) is None
