"""What is left of espeak-ng's data for kokoro reads every text as all of it does."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

from tests.bench.languages import SENTENCES
from tests.support.frozen import espeak_languages
from voicegw_desktop.workers.tts.scripts import readable

pytestmark = pytest.mark.process

espeakng_loader = pytest.importorskip("espeakng_loader")

ENGLISH = ("The quick brown fox wound the bandage around 3.5 wounds.", "Dr. Smith's naïve café — isn't it?")


def foreign() -> list[str]:
    """Three letters of each script, some signs, and a word with letters that English has not."""
    letters: dict[str, list[str]] = {}
    for sign in filter(str.isalpha, map(chr, range(0xA1, 0x1FFFF))):
        letters.setdefault(unicodedata.name(sign, "").partition(" ")[0], []).append(sign)
    return ["".join(some[:3]) for some in letters.values()] + ["π", "Ω", "½ ² €", "Łódź"]


FOREIGN = foreign()
VOICES = {"en-us": "en", "en-gb": "en", "es": "es", "fr-fr": "fr", "hi": "hi", "it": "it", "pt-br": "pt", "cmn": "zh"}
"""What espeak-ng calls the languages of kokoro's voices → what the program calls them."""


READ = """
import json, sys
from kokoro_onnx.config import EspeakConfig
from kokoro_onnx.tokenizer import Tokenizer
tokenizer = Tokenizer(EspeakConfig(data_path=sys.argv[1]))
texts = json.load(sys.stdin)
json.dump({voice: [tokenizer.phonemize(text, voice) for text in texts[voice]] for voice in texts}, sys.stdout)
"""


def read(data: Path) -> tuple[dict[str, list[str]], str]:
    """Phonemes of all texts by voice, and what espeak-ng complained of. In a process of its own: it has globals."""
    wanted = {}
    for voice, language in VOICES.items():
        texts = ENGLISH if language == "en" else SENTENCES[language][1]
        wanted[voice] = [*texts, *(readable(f"{texts[0]} {word} {word}", language)[0] for word in FOREIGN)]
    done = subprocess.run(
        [sys.executable, "-c", READ, str(data)],
        input=json.dumps(wanted), capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    told: dict[str, list[str]] = json.loads(done.stdout)
    return told, "".join(line for line in done.stderr.splitlines(keepends=True) if "dictionary" in line)


def test_phonemes_are_those_of_the_whole_data(tmp_path: Path) -> None:
    whole = Path(espeakng_loader.get_data_path())
    out = {path.name for path in whole.glob("*_dict")} - {f"{name}_dict" for name in espeak_languages()}
    assert len(out) > 90
    left = shutil.copytree(whole, tmp_path / "espeak-ng-data", ignore=lambda _, names: out & set(names))
    expected, _ = read(whole)
    assert all(all(said) for said in expected.values())
    # and each dictionary that is asked for is there
    assert read(left) == (expected, "")


def test_every_language_of_kokoro_is_tried() -> None:
    from voicegw_desktop.workers.kokoro import LANGUAGES

    assert {espeak for _, espeak, _ in LANGUAGES.values()} == set(VOICES)
