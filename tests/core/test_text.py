"""Which characters text, names and JSON from outside may have."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.unsafe import HOSTILE, steers
from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.core.text import (
    NAME_LIMIT,
    check_label,
    check_name,
    check_path_name,
    check_text,
    cleaned,
    json_text,
    loads,
    name_problem,
    printable,
    shown,
    spreadsheet_cell,
)

pytestmark = pytest.mark.unit

HALF = "\ud83d"  # the first half of an emoji


@pytest.mark.parametrize("name", ["kitchen", "Küche 2", "no", "1", "a.b", "日本", "x" * NAME_LIMIT])
def test_names_that_fit(name: str) -> None:
    assert check_name(name, "project_id") == name


@pytest.mark.parametrize(
    "name",
    ["", " ", ".", "..", "a/b", "a\\b", " a", "a ", "a\nb", "a\0b", "a\u202eb", "a\u2028b", "a\x9bb", HALF, "x" * 65],
)
def test_names_that_do_not(name: str) -> None:
    with pytest.raises(BadRequest) as caught:
        check_name(name, "project_id")
    assert caught.value.param == "project_id"
    caught.value.message.encode()
    assert caught.value.message.isprintable()


def test_a_name_in_parts() -> None:
    assert check_path_name("local/whisper-base", "model_id") == "local/whisper-base"
    for name in ("/a", "a/", "a//b", "a/../b", "a/.", "a/ b"):
        assert name_problem(name, slashes=True), name


def test_what_a_caller_names_may_have_slashes_and_is_bounded() -> None:
    assert check_label("openai/gpt-4o:x", "model") == "openai/gpt-4o:x"
    for label in ("x" * 257, "a\tb", "\x1b[2J", HALF, "\udcff"):
        with pytest.raises(BadRequest):
            check_label(label, "model")


def test_text_may_be_long_but_not_endless_and_has_no_nul() -> None:
    assert check_text("two\nlines\t\u200d", "description")
    for text in ("x" * 4097, "a\0", HALF):
        with pytest.raises(BadRequest):
            check_text(text, "description")


@pytest.mark.parametrize(
    "raw",
    [
        '{"a": NaN}', '{"a": -Infinity}', '{"a": 1e999}', '{"a": -1e400}', '{"a": ' + "9" * 30 + "}",
        r'{"a": "\ud800"}', r'{"\uDFFF": 1}', r'["\ud83d", "\ude00"]', r'{"a": "x\u0000"}', r'[[["\udc00"]]]',
    ],
)  # fmt: skip
def test_json_that_is_refused(raw: str) -> None:
    for form in (raw, raw.encode()):
        with pytest.raises(ValueError, match=r"number|text in it"):
            loads(form)


def test_json_that_is_read() -> None:
    assert loads(r'{"a": "\ud83d\ude00", "b": 1.5, "c": 18446744073709551615}') == {"a": "😀", "b": 1.5, "c": 2**64 - 1}
    assert loads(rb'{"text": "a backslash: \\ud800"}') == {"text": "a backslash: \\ud800"}


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(), max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None, database=None, derandomize=True)
@given(ANYTHING)
def test_what_is_read_can_be_stored(value: object) -> None:
    try:
        read = loads(json.dumps(value))
    except ValueError:
        return
    text = json.dumps(read, ensure_ascii=False, allow_nan=False)
    assert "\\u0000" not in text.replace("\\\\", "")
    text.encode()


@settings(max_examples=200, deadline=None, database=None, derandomize=True)
@given(st.text(st.characters(), max_size=60))
def test_words_of_upstreams_and_quotes_can_be_printed_and_stored(text: str) -> None:
    assert "\0" not in cleaned(text)
    cleaned(text).encode()
    assert shown(text).isprintable()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("whisper/base", "whisper/base"),
        ("Küche 日本 \u00a0", "Küche 日本 \u00a0"),
        ("\u0645\u06cc\u200c\u062e 👩\u200d💻", "\u0645\u06cc\u200c\u062e 👩\u200d💻"),
        ("a\x1b]0;t\x07", "a\\x1b]0;t\\x07"),
        ("a\nFAKE\r\tx\x7f", "a\\nFAKE\\r\\tx\\x7f"),
        ("\x9b31m", "\\x9b31m"),
        ("\u202eabc\u2066\u200f\u2028", "\\u202eabc\\u2066\\u200f\\u2028"),
        ("\U000e0041", "\\U000e0041"),
        (HALF, "\\ud83d"),
    ],
)
def test_what_controls_a_display_is_escaped(text: str, told: str) -> None:
    assert printable(text) == told
    assert not steers(printable(text, lines=True), lines=True)


@given(HOSTILE)
def test_printed_json_is_the_value_and_steers_nothing(text: str) -> None:
    value = {"name": text, text: [text]}
    made = json_text(value)
    assert json.loads(made) == value
    assert not steers(made, lines=True)


@given(HOSTILE)
def test_no_cell_begins_a_formula(text: str) -> None:
    cell = spreadsheet_cell(text)
    assert not steers(cell)
    assert cell.lstrip()[:1] not in tuple("=+-@＝＋－＠")
    assert printable(text) in (cell, cell[1:])
