"""Numbers in English words.

By hand: `num2words` is LGPL and knows no years, sums of money or decimals as they are read aloud. The figures of other
languages are read by espeak, which knows them.
"""

from __future__ import annotations

ONES = (
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
)
TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
SCALES = ("", "thousand", "million", "billion", "trillion", "quadrillion")
LIMIT = 10**18
"""From here on digits are read one by one."""
IRREGULAR = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}


def cardinal(number: int) -> str:
    """`1234` → "one thousand two hundred thirty-four"."""
    if number < 0:
        return "minus " + cardinal(-number)
    if number >= LIMIT:
        return digits(str(number))
    if number < 20:
        return ONES[number]
    if number < 100:
        tens, one = divmod(number, 10)
        return TENS[tens] + (f"-{ONES[one]}" if one else "")
    if number < 1000:
        hundreds, rest = divmod(number, 100)
        return f"{ONES[hundreds]} hundred" + (f" {cardinal(rest)}" if rest else "")
    parts = []
    for scale in SCALES:
        number, group = divmod(number, 1000)
        if group:
            parts.append(f"{cardinal(group)} {scale}".strip())
    return " ".join(reversed(parts))


def ordinal(number: int) -> str:
    """`21` → "twenty-first"."""
    words = cardinal(number)
    head, cut, last = words.rpartition("-") if "-" in words.split(" ")[-1] else words.rpartition(" ")
    if last in IRREGULAR:
        last = IRREGULAR[last]
    elif last.endswith("y"):
        last = last[:-1] + "ieth"
    else:
        last += "th"
    return head + cut + last


def digits(text: str) -> str:
    """`"407"` → "four zero seven"; anything but digits separates."""
    return " ".join(ONES[int(c)] for c in text if c.isascii() and c.isdigit())


def year(number: int) -> str:
    """`1984` → "nineteen eighty-four", `2005` → "two thousand five", `1900` → "nineteen hundred"."""
    century, rest = divmod(number, 100)
    if not 1000 <= number <= 9999 or 2000 <= number <= 2009 or number % 1000 == 0:
        return cardinal(number)
    if rest == 0:
        return f"{cardinal(century)} hundred"
    return f"{cardinal(century)} " + (f"oh {ONES[rest]}" if rest < 10 else cardinal(rest))


def decade(number: int) -> str:
    """`1990` → "nineteen nineties"."""
    words = year(number)
    return words[:-1] + "ies" if words.endswith("y") else words + "s"


def decimal(text: str) -> str:
    """`"3.140"` → "three point one four zero"; thousands separators are commas; a sign is read."""
    sign = ""
    if text[:1] in "+-−":
        sign, text = ("plus " if text[0] == "+" else "minus "), text[1:]
    whole, dot, fraction = text.replace(",", "").partition(".")
    words = digits(whole) if len(whole) > 1 and whole[0] == "0" and not dot else cardinal(int(whole or "0"))
    return sign + words + (f" point {digits(fraction)}" if dot and fraction else "")
