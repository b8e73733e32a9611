"""Text as written against text as spoken."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from voicegw_desktop.workers.tts.markup import break_seconds
from voicegw_desktop.workers.tts.normalise import spoken
from voicegw_desktop.workers.tts.numbers import cardinal, decimal, ordinal, year

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("written", "said"),
    [
        # numbers
        ("I have 3 cats.", "I have three cats."),
        ("1,234,567 people", "one million two hundred thirty-four thousand five hundred sixty-seven people"),
        ("pi is 3.14", "pi is three point one four"),
        ("0.5 or .5", "zero point five or zero point five"),
        ("It is -5 today.", "It is minus five today."),
        ("agent 007", "agent zero zero seven"),
        ("10-15 people", "ten to fifteen people"),
        ("3/4 of it, 1/2 of that", "three quarters of it, one half of that"),
        ("1½ cups", "one and one half cups"),
        ("21st, 2nd, 13th", "twenty-first, second, thirteenth"),
        ("version 1.2.3", "version one point two point three"),
        ("GPT4 and B2B", "GPT four and B two B"),
        ("COVID-19", "COVID-nineteen"),
        ("50% off", "fifty percent off"),
        ("2+2=4", "two plus two equals four"),
        ("No. 5 and #1", "number five and number one"),
        ("~50 of them", "about fifty of them"),
        # roman numerals
        ("Louis XIV and Henry VIII", "Louis the fourteenth and Henry the eighth"),
        ("Queen Elizabeth II's dog", "Queen Elizabeth the second's dog"),
        ("Pope John Paul II", "Pope John Paul the second"),
        ("Charles I of England", "Charles the first of England"),
        ("World War I and World War II", "World War one and World War two"),
        ("Chapter IV", "Chapter four"),
        ("Chapters IV-VI", "Chapters four to six"),
        ("Act III, scene II", "Act three, scene two"),
        ("Type II, types I and II", "Type two, types one and two"),
        ("Super Bowl LVIII", "Super Bowl fifty-eight"),
        ("the XIX century", "the nineteenth century"),
        ("since MCMXCIX and MMXXIV", "since nineteen ninety-nine and twenty twenty-four"),
        ("the part I like", "the part I like"),
        ("the world I know and Charles I know", "the world I know and Charles I know"),
        ("Malcolm X, a CD, an MD, IV, XL", "Malcolm X, a CD, an MD, IV, XL"),
        # signs
        ("90°N, 20°W", "ninety degrees north, twenty degrees west"),
        ("x² + y³", "x squared plus y cubed"),
        ("x^2 + 2^10", "x squared plus two to the power of ten"),
        ("a != b && c", "a is not equal to b and c"),
        ("wor\u200dld, wor\x1bld, wo\u200crld", "world, world, world"),
        # money
        ("$5", "five dollars"),
        ("$1.50", "one dollar and fifty cents"),
        ("$0.99", "ninety-nine cents"),
        ("$3.5 million", "three point five million dollars"),
        ("€20 or 5€", "twenty euros or five euros"),
        ("£1", "one pound"),
        ("$2k", "two thousand dollars"),
        ("-$5", "minus five dollars"),
        ("$1.2M to $3.4M", "one point two million dollars to three point four million dollars"),
        ("$100-$200", "one hundred dollars to two hundred dollars"),
        ("a ratio of 16:9", "a ratio of sixteen to nine"),
        ("10%-20%", "ten percent to twenty percent"),
        ("order #12345", "order number one two three four five"),
        # dates and times
        ("ships 12/25", "ships December twenty-fifth"),
        ("Q3 2023", "Q three twenty twenty-three"),
        ("9:00-5:00", "nine o'clock to five o'clock"),
        ("March 5, 2024", "March fifth, twenty twenty-four"),
        ("5 March 2024", "the fifth of March, twenty twenty-four"),
        ("the 4th of July", "the fourth of July"),
        ("2024-03-05", "March fifth, twenty twenty-four"),
        ("3/5/2024", "March fifth, twenty twenty-four"),
        ("Jan. 3", "January third"),
        ("in 1984", "in nineteen eighty-four"),
        ("the 1990s", "the nineteen nineties"),
        ("3:30 p.m.", "three thirty PM."),
        ("9am sharp", "nine AM sharp"),
        ("at 3:05", "at three oh five"),
        ("at 12:00", "at twelve o'clock"),
        # abbreviations
        ("Dr. Lee and Mr. Poe", "Doctor Lee and Mister Poe"),
        ("St. Louis, 5 Main St.", "Saint Louis, five Main Street."),
        ("tea, e.g. green", "tea, for example, green"),
        ("cats vs. dogs", "cats versus dogs"),
        ("pens, ink, etc.", "pens, ink, et cetera."),
        ("salt & pepper", "salt and pepper"),
        ("C++ and C#", "C plus plus and C sharp"),
        # units
        ("5 km", "five kilometers"),
        ("1 kg", "one kilogram"),
        ("100 km/h", "one hundred kilometers per hour"),
        ("20°C", "twenty degrees Celsius"),
        ("16GB", "sixteen gigabytes"),
        # telephone
        ("call 555-0199", "call five five five, zero one nine nine"),
        ("(555) 123-4567", "five five five, one two three, four five six seven"),
        ("1-800-555-1234", "one, eight zero zero, five five five, one two three four"),
        # addresses
        ("/usr/bin", "slash usr slash bin"),
        ("10.0.0.1:8080", "ten point zero point zero point one colon eight thousand eighty"),
        ("www.example.com", "example dot com"),
        ("https://example.com/docs?a=b.", "example dot com slash docs."),
        ("https://x.example/" + "a/" * 30, "x dot example"),
        ("ann.lee@example.com", "ann dot lee at example dot com"),
        ("Node.js", "Node dot js"),
        # markup
        ("**Bold**, *slanted*, ~~gone~~ and `code`", "Bold, slanted, gone and code"),
        ("# Title", "Title"),
        ("- item", "item"),
        ("> quote", "quote"),
        ("1. First", "one, First"),
        ("[a link](https://x.example/y)!", "a link!"),
        ("![a cat](cat.png)", "a cat"),
        ("```python\nprint\n```", "print"),
        ("| a | b |\n|---|---|\n| c | d |", "a, b. c, d."),
        ("snake_case and 3 * 4", "snake case and three times four"),
        ("<speak>Hi <emphasis level='strong'>you</emphasis></speak>", "Hi you"),
        ('<sub alias="World Wide Web">WWW</sub>', "World Wide Web"),
        ("Tom &amp; Ann", "Tom and Ann"),
        ("a < b", "a less than b"),
        # emoji and punctuation
        ("Great 🎉👍🏽!", "Great!"),
        ("👨‍👩‍👧 family 🇫🇷", "family"),
        ("Wait... what?!", "Wait, what?"),
        ("yes — no", "yes, no"),
        ("it (really) works", "it, really, works"),
        ("“Hi,” she said", "Hi, she said"),
        ("don't", "don't"),
        ("free (really!).", "free, really!"),
        ("🎉", ""),
        ("***", ""),
        ("", ""),
    ],
)
def test_english(written: str, said: str) -> None:
    assert spoken(written, "en-us") == said


TABLE = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "data" / "spoken_english.jsonl").read_text(encoding="utf-8").split("\n")
    if line
]


def test_the_table_of_what_must_be_heard() -> None:
    assert len(TABLE) >= 300
    heard = [[written, spoken(written, "en-us")] for written, _ in TABLE]
    assert [(row, want) for row, want in zip(heard, TABLE, strict=True) if row != want] == []


@pytest.mark.parametrize(
    ("language", "written", "said"),
    [
        ("de", "Am 14.03.2024 um 15:30 Uhr.", "Am vierzehnten März 2024 um 15 Uhr 30."),
        ("de", "Der 3. Mai, am 1.5.24 um 9:00", "Der dritte Mai, am ersten Mai 2024 um 9 Uhr"),
        ("de", "Z. B. ca. 5 km/h usw.", "zum Beispiel circa 5 Kilometer pro Stunde und so weiter."),
        ("de", "1.234,56 € oder $20, 1 €", "1234 Euro 56 oder 20 Dollar, 1 Euro"),
        ("de", "Dr. Müller & Söhne, Hauptstr. 5", "Doktor Müller und Söhne, Hauptstraße 5"),
        ("de", "Ludwig XIV. war da, Teil II.", "Ludwig der Vierzehnte war da, Teil II."),
        (
            "de",
            "das XXI. Jahrhundert, im 20. Jahrhundert",
            "das einundzwanzigste Jahrhundert, im zwanzigsten Jahrhundert",
        ),
        ("de", "5-10 Stück, 2 x 3 = 6", "5 bis 10 Stück, 2 mal 3 gleich 6"),
        ("de", "Version 2.0, 192.168.1.1, 99.99.2024", "Version 2.0, 192.168.1.1, 99.99.2024"),
        ("de", "anna@beispiel.de", "anna ät beispiel Punkt de"),
        (
            "de",
            "-5 °C bis -10 °C, 3 - 5, 7-8, X-5",
            "minus 5 Grad Celsius bis minus 10 Grad Celsius, 3 bis 5, 7 bis 8, X-5",
        ),
        (
            "de",
            "−5 €, ~50 %, ± 3, § 5 Abs. 2, S. 37–42",
            "minus 5 Euro, etwa 50 %, plus minus 3, Paragraf 5 Absatz 2, Seite 37 bis 42",
        ),
        (
            "de",
            "20 €/Monat, 3 Euro/Stunde, 3,5 GHz, und/oder",
            "20 Euro pro Monat, 3 Euro pro Stunde, 3,5 Gigahertz, und/oder",
        ),
        (
            "es",
            "-5 °C, 20 €/mes, ~50, § 5, p. 37",
            "menos 5 grados Celsius, 20 euros por mes, unos 50, sección 5, página 37",
        ),
        ("fr", "-5 °C, 20 €/mois, ±3, p. 37", "moins 5 degrés Celsius, 20 euros par mois, plus ou moins 3, page 37"),
        ("it", "-5 °C, 20 €/mese, 3 €/ora", "meno 5 gradi Celsius, 20 euro al mese, 3 euro all'ora"),
        ("nl", "-5 °C, 20 €/maand, 2 kW", "min 5 graden Celsius, 20 euro per maand, 2 kilowatt"),
        ("pt-br", "-5 °C, R$ 20/mês, 2 W", "menos 5 graus Celsius, 20 reais por mês, 2 watts"),
        (
            "de",
            "x = -5, 100 km/Stunde, Tel. 030-123456",
            "x gleich minus 5, 100 Kilometer pro Stunde, Telefon 030, 123456",
        ),
        ("es", "El 14/03/2024 a las 15:30 h.", "El 14 de marzo de 2024 a las 15 y 30."),
        ("es", "Cuesta 1.234,56 € o US$ 20.", "Cuesta 1234 euros con 56 o 20 dólares."),
        ("es", "La Dra. López, Av. Central núm. 5", "La doctora López, avenida Central número 5"),
        (
            "es",
            "12 km a 50 km/h con 25 °C, 1 kg",
            "12 kilómetros a 50 kilómetros por hora con 25 grados Celsius, 1 kilo",
        ),
        ("es", "Felipe VI, Isabel II, siglo XXI", "Felipe sexto, Isabel segunda, siglo 21"),
        ("es", "Capítulo IV, Luis XIV, la DI", "Capítulo 4, Luis 14, la DI"),
        ("es", "Llama al 612 345 678.", "Llama al 612 345 678."),
        ("es", "ana@ejemplo.com", "ana arroba ejemplo punto com"),
        ("fr", "Le 01/04/2024 à 15h30, à 9h", "Le premier avril 2024 à 15 heures 30, à 9 heures"),
        ("fr", "1\u202f234,56 €, 12 000 €", "1234 euros 56, 12000 euros"),
        ("fr", f"1,{'1' * 5000} €, 2,00 €, 1,5 €", f"1,{'1' * 5000} euros, 2 euros, 1,5 euros"),
        ("fr", "M. Dupont et Mme Martin, n° 5", "Monsieur Dupont et Madame Martin, numéro 5"),
        ("fr", "Louis XIV, François Ier, XXIe siècle", "Louis 14, François premier, vingt-et-unième siècle"),
        ("fr", "le 1er mai, la 1re fois, 2e étage", "le premier mai, la première fois, deuxième étage"),
        ("it", "Il 14/03/2024 alle 15:30", "Il 14 marzo 2024 alle 15 e 30"),
        ("it", "Il sig. Rossi e la dott.ssa Bianchi, n. 5", "Il signor Rossi e la dottoressa Bianchi, numero 5"),
        ("it", "10-15 kg a 3,5 €", "10 a 15 chili a 3,5 euro"),
        ("pt-br", "Às 15h30 de 14/03/2024", "Às 15 horas e 30 de 14 de março de 2024"),
        ("pt-br", "R$ 1.234,56 & 1 m²", "1234 reais e 56 e 1 metro quadrado"),
        ("nl", "Op 14-03-2024 om 15:30", "Op 14 maart 2024 om 15 uur 30"),
        ("nl", "Willem II, de XXIe eeuw, Deel II", "Willem de tweede, de eenentwintigste eeuw, Deel 2"),
    ],
)
def test_what_espeak_would_read_by_the_names_of_signs_is_in_words(language: str, written: str, said: str) -> None:
    assert spoken(written, language) == said


def test_other_languages_keep_their_figures() -> None:
    assert spoken("**Hola**, 3 gatos 🐈", "es") == "Hola, 3 gatos"
    # a joiner is spelling there
    assert spoken("क्\u200dष", "hi") == "क्\u200dष"
    assert spoken("3/5/2024", "en-gb") == "May third, twenty twenty-four"


def test_breaks() -> None:
    assert break_seconds(' time="300ms"/') == pytest.approx(0.3)
    assert break_seconds(" time='1.5s'") == pytest.approx(1.5)
    assert break_seconds(" strength='strong'") > break_seconds(" strength='weak'")
    assert break_seconds(" time='900s'") <= 10


def test_number_words() -> None:
    assert cardinal(0) == "zero"
    assert cardinal(-21) == "minus twenty-one"
    assert cardinal(1_000_000_001) == "one billion one"
    assert ordinal(1000) == "one thousandth"
    assert ordinal(40) == "fortieth"
    assert [year(y) for y in (1066, 1900, 2000, 2005, 2024)] == [
        "ten sixty-six", "nineteen hundred", "two thousand", "two thousand five", "twenty twenty-four",
    ]  # fmt: skip
    assert decimal("1,000.50") == "one thousand point five zero"


@settings(deadline=None)
@given(st.text(max_size=120))
def test_anything_can_be_normalised(text: str) -> None:
    for language in ("en-us", "en-gb", "de", "es", "fr", "nl"):
        said = spoken(text, language)
        assert "\n" not in said
        assert said == said.strip()


WORDS = st.lists(
    st.sampled_from(["red", "blue", "and", "then", "the", "tall", "house", "Why", "Yes"]), min_size=1, max_size=20
)


@settings(deadline=None)
@given(WORDS, st.sampled_from([", ", ". ", " ", "; ", "? "]))
def test_plain_words_pass_unchanged(words: list[str], between: str) -> None:
    assert spoken(between.join(words), "en-us") == between.join(words)


@settings(deadline=None)
@given(st.integers(0, 10**17))
@example(3_787_911_000)
def test_every_whole_number_has_words(number: int) -> None:
    words = spoken(f"{number:,} things", "en-us")
    assert words == f"{cardinal(number)} things" or number < 1000
    assert not any(c.isdigit() for c in words)
