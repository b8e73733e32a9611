"""Values of unknown type are read as what they are, or as empty."""

from __future__ import annotations

import pytest

from voicegw_desktop.core.typed import number, record, records, text, texts, whole

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("value", [None, 1, "a", [1], ()])
def test_what_is_no_object_reads_as_an_empty_one(value: object) -> None:
    assert record(value) == {}


def test_an_object_is_not_copied() -> None:
    value = {"a": 1}
    assert record(value) is value


@pytest.mark.parametrize(
    ("value", "found"), [(None, []), ({"a": 1}, []), ("ab", []), ([{"a": 1}, 2, None, {}], [{"a": 1}, {}])]
)
def test_records_of_a_list(value: object, found: list[object]) -> None:
    assert records(value) == found


@pytest.mark.parametrize(("value", "found"), [(None, []), ("ab", []), (["a", 1, None, ""], ["a", ""])])
def test_texts_of_a_list(value: object, found: list[object]) -> None:
    assert texts(value) == found


@pytest.mark.parametrize(
    ("value", "read"), [("a", ("a", None, None)), (3, ("", 3, 3)), (0.5, ("", 0.5, None)), (True, ("", None, None))]
)
def test_single_values(value: object, read: tuple[object, ...]) -> None:
    assert (text(value), number(value), whole(value)) == read
