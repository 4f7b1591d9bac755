from cminbox.insight.definitions import DEFINITIONS, response_rate
from cminbox.model.rows import Numbers


def test_every_number_is_defined_once_in_the_order_they_are_printed():
    assert [one.key for one in DEFINITIONS] == list(Numbers.model_fields)


def test_response_rate():
    assert response_rate(3, 1) == 0.75
    assert response_rate(0, 2) == 0
    assert response_rate(0, 0) is None
