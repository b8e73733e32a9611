"""Amounts of money as text: exact for files and programs, short for people; what is not known is never written as 0."""

from __future__ import annotations

NANOS_PER_USD = 1_000_000_000


def exact(nanos: int | None) -> str:
    """US dollars as an exact decimal number without an exponent (`0.00000005`); empty when the price is not known."""
    if nanos is None:
        return ""
    sign, whole = ("-" if nanos < 0 else ""), abs(nanos)
    text = f"{sign}{whole // NANOS_PER_USD}.{whole % NANOS_PER_USD:09}".rstrip("0")
    return text + "0" if text.endswith(".") else text


def money(nanos: int | None) -> str:
    """US dollars with as many places as a person reads; `unknown` without a price, `< $0.0001` for less than that."""
    if nanos is None:
        return "unknown"
    dollars = nanos / NANOS_PER_USD
    if nanos == 0 or abs(dollars) >= 1:
        return f"${dollars:,.2f}"
    if abs(dollars) < 0.0001:
        return "< $0.0001"
    text = f"${dollars:.4f}".rstrip("0")
    return text if len(text.partition(".")[2]) > 1 else f"${dollars:.2f}"


def printed(nanos: int | None) -> str:
    """US dollars for a terminal: six places, and all nine where six would show a 0; `unknown` without a price."""
    if nanos is None:
        return "unknown"
    if nanos and abs(nanos) < 1000:
        return f"${nanos / NANOS_PER_USD:.9f}"
    return f"${nanos / NANOS_PER_USD:.6f}"


def known(nanos: int, requests: int, unpriced: int) -> int | None:
    """The sum over `requests`, of which `unpriced` have no known price; None when that is each of them."""
    return None if unpriced and unpriced >= requests else nanos
