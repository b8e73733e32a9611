"""Amounts as text: exact, and never 0 for what is unknown or small."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicegw_desktop.core.money import exact, known, money, printed

pytestmark = pytest.mark.unit


@given(st.integers(-(2**63), 2**63 - 1))
def test_exact_text_is_the_amount(nanos: int) -> None:
    text = exact(nanos)
    assert "e" not in text.lower()
    assert Decimal(text) * 10**9 == nanos


@pytest.mark.parametrize(
    ("nanos", "file", "terminal", "window"),
    [
        (None, "", "unknown", "unknown"),
        (0, "0.0", "$0.000000", "$0.00"),
        (50, "0.00000005", "$0.000000050", "< $0.0001"),
        (1_500_000, "0.0015", "$0.001500", "$0.0015"),
        (2_000_000_000, "2.0", "$2.000000", "$2.00"),
    ],
)
def test_unknown_and_small_are_not_nothing(nanos: int | None, file: str, terminal: str, window: str) -> None:
    assert (exact(nanos), printed(nanos), money(nanos)) == (file, terminal, window)


def test_a_sum_of_nothing_known_is_unknown() -> None:
    assert (known(0, 2, 2), known(5, 2, 1), known(0, 0, 0)) == (None, 5, 0)
