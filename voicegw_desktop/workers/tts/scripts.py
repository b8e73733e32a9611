"""Writing that a voice's phonemiser cannot read: it would spell it by the letters' names, in another language."""

from __future__ import annotations

import re
import unicodedata

_SPELLED = "ARABIC ARMENIAN BENGALI BOPOMOFO CJK CYRILLIC ETHIOPIC GEORGIAN GREEK HEBREW HIRAGANA KATAKANA KHMER LAO"
_SPELLED += " MYANMAR SINHALA SYRIAC THAANA THAI TIBETAN"
SPELLED = frozenset(_SPELLED.split())
"""Scripts that espeak spells in languages that are not written in them; Hindi and Korean words it reads as such."""
_CYRILLIC = "ba be bg cv kk ky mk mn ru sr tg tt uk"
_ARABIC = "ar fa ku ps sd ug ur"
READ: dict[str, frozenset[str]] = {
    **dict.fromkeys(_CYRILLIC.split(), frozenset({"CYRILLIC"})),
    **dict.fromkeys(_ARABIC.split(), frozenset({"ARABIC"})),
    **dict.fromkeys(("cmn", "yue", "zh"), frozenset({"BOPOMOFO", "CJK"})),
    "am": frozenset({"ETHIOPIC"}),
    "bn": frozenset({"BENGALI"}),
    "el": frozenset({"GREEK"}),
    "grc": frozenset({"GREEK"}),
    "he": frozenset({"HEBREW"}),
    "hy": frozenset({"ARMENIAN"}),
    "ja": frozenset({"CJK", "HIRAGANA", "KATAKANA"}),
    "ka": frozenset({"GEORGIAN"}),
    "ko": frozenset({"CJK"}),
    "my": frozenset({"MYANMAR"}),
    "si": frozenset({"SINHALA"}),
    "th": frozenset({"THAI"}),
}
"""Language → the spelled scripts that are its own."""
_STYLED = re.compile("[\uff01-\uff5e\U0001d400-\U0001d7ff]+")
_PLAIN = re.compile("[\u0000-\u036f\u1e00-\u206f]*")


def readable(text: str, language: str) -> tuple[str, bool]:
    """`text` without words in foreign scripts, and whether there were any.

    Letters that are only styled (fullwidth, bold) become plain ones. A lone Greek letter is a sign and stays.
    """
    if _PLAIN.fullmatch(text):
        return text, False
    text = _STYLED.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)
    own = READ.get(re.split(r"[-_]", language.lower())[0], frozenset())
    foreign = [_script(letter) in SPELLED - own for letter in text]
    out, last = [], 0
    for found in _runs(foreign):
        first, end = found
        if end - first == 1 and _script(text[first]) == "GREEK":
            continue
        out.append(text[last:first])
        out.append(" ")
        last = end
    return ("".join(out) + text[last:], True) if out else (text, False)


def _script(letter: str) -> str:
    if letter < "\u0370" or unicodedata.category(letter)[0] not in "LM":
        return ""
    return unicodedata.name(letter, "").partition(" ")[0]


def _runs(flags: list[bool]) -> list[tuple[int, int]]:
    found, first = [], -1
    for at, flag in enumerate([*flags, False]):
        if flag and first < 0:
            first = at
        elif not flag and first >= 0:
            found.append((first, at))
            first = -1
    return found
