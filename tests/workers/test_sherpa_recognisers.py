"""Sherpa's recognisers: each family is told by its files, heard by the library, and refused where it would end it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest

from tests.support import sherpa_networks
from voicegw_desktop.core.errors import BadRequest, EngineError
from voicegw_desktop.descriptors.sherpa import hears, voices
from voicegw_desktop.workers.harness import Job
from voicegw_desktop.workers.sherpa.families import find
from voicegw_desktop.workers.sherpa.networks import facts
from voicegw_desktop.workers.whisper.audio import RATE, Samples
from voicegw_desktop.workers.whisper.hypothesis import DecodeOptions
from voicegw_desktop.workers.whisper.serving import HearingWorker
from voicegw_desktop.workers.whisper.texts import CLOSED, Letters, Said, TextRecogniser

SOUND: Samples = np.random.default_rng(3).normal(0, 0.1, 2 * RATE).astype(np.float32)
IGNORED = {"model_type", "normalize_type", "joiner_dim", "feat_dim"}
"""Facts that the library does without, and the one that names the family."""


def rewritten(file: Path, change: Callable[[onnx.ModelProto], object]) -> None:
    network = onnx.load(file)
    change(network)
    file.write_bytes(network.SerializeToString())


def with_fact(name: str, value: str | None) -> Callable[[onnx.ModelProto], None]:
    def change(network: onnx.ModelProto) -> None:
        kept = [(one.key, one.value) for one in network.metadata_props if one.key != name]
        del network.metadata_props[:]
        onnx.helper.set_model_props(network, dict([*kept, (name, value)] if value is not None else kept))

    return change


@pytest.mark.parametrize("family", sherpa_networks.FAMILIES)
def test_each_family_is_heard(family: str, tmp_path: Path) -> None:
    pytest.importorskip("sherpa_onnx")
    from voicegw_desktop.workers.sherpa.recogniser import SherpaRecogniser

    found = find(sherpa_networks.write(family, tmp_path / family))
    assert found.family.streams == family.endswith("streaming")
    recogniser = SherpaRecogniser(found, 1)
    for options in (DecodeOptions(), DecodeOptions(language="en")):
        heard = recogniser.decode(SOUND, options)
        assert heard.text == sherpa_networks.TEXT
        assert (heard.scored, heard.words, heard.ending) == (False, (), None)
        timed = recogniser.decode(SOUND, options, words=True)
        assert timed.ending == CLOSED
        # Paraformer's small network does not tell when it heard its words
        assert [word.text for word in timed.words] == ([] if family == "paraformer" else ["one", "two"])
        assert all(0 <= word.start_s < word.end_s <= 1 and word.confidence > 0.9 for word in timed.words)
        assert sum(word.tokens for word in timed.words) in (0, len(timed.tokens))
        # SenseVoice finds the language; of the others it is not known unless the request names it
        assert heard.language == (options.language or ("en" if family == "sense-voice" else "und"))
    promised = recogniser.vocabulary.tokens("won")
    assert recogniser.decode(SOUND, DecodeOptions(), prefix=promised).text == "won two"
    assert recogniser.decode(SOUND[:800], DecodeOptions()).text == ""


@pytest.mark.parametrize("family", sherpa_networks.FAMILIES)
def test_a_fact_that_lacks_is_said_before_the_library_ends_the_process(family: str, tmp_path: Path) -> None:
    whole = sherpa_networks.write(family, tmp_path / "whole")
    tried = 0
    for file in whole.glob("*.onnx"):
        for name in set(facts(file)) - IGNORED:
            for value in (None, "x"):
                folder = tmp_path / f"{file.name} {name} {value}"
                shutil.copytree(whole, folder)
                rewritten(folder / file.name, with_fact(name, value))
                # without what tells that it hears piece by piece, it may be of another family, with other facts
                with pytest.raises(EngineError) as refused:
                    find(folder)
                assert refused.value.code in ("model_corrupt", "model_unknown")
                tried += 1
    assert tried or family == "zipformer-ctc"


def test_what_cannot_be_heard_is_said(tmp_path: Path) -> None:
    def refused(change: Callable[[Path], object], family: str = "parakeet") -> str:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        change(sherpa_networks.write(family, folder))
        with pytest.raises(EngineError) as error:
            find(folder)
        return f"{error.value.code}: {error.value.message}"

    def cut(folder: Path) -> None:
        file = folder / "encoder.int8.onnx"
        file.write_bytes(file.read_bytes()[:-40])

    def replaced(name: str, value: str | None, file: str = "encoder") -> Callable[[Path], None]:
        return lambda folder: rewritten(folder / f"{file}.int8.onnx", with_fact(name, value))

    def tokens(text: bytes) -> Callable[[Path], object]:
        return lambda folder: (folder / "tokens.txt").write_bytes(text)

    assert "has no tokens.txt" in refused(lambda folder: (folder / "tokens.txt").unlink())
    assert "has no decoder*.onnx" in refused(lambda folder: (folder / "decoder.int8.onnx").unlink())
    assert "has no model*.onnx" in refused(lambda folder: (folder / "model.int8.onnx").unlink(), "nemo-ctc")
    assert "model_corrupt" in refused(cut)
    assert "model_unknown" in refused(replaced("model_type", "EncDecMultiTaskModel"))
    assert "says nothing" in refused(replaced("model_type", None))
    assert "model_unknown" in refused(replaced("streaming_model_type", "nemo_parakeet_unified_streaming", "decoder"))
    assert "normalize_type is per_ocean" in refused(replaced("normalize_type", "per_ocean"))
    assert "line 2 is not a token and its number" in refused(tokens(b"<unk> 0\none\n"))
    assert "has no token 1, and the network knows 3" in refused(tokens(b"<unk> 0\n"))
    assert "has no token 0" in refused(tokens(b"one 1\n"))
    assert "model_corrupt" in refused(tokens(b"\xff\xfe 0\n"))
    assert "is empty" in refused(tokens(b""), "zipformer-ctc")


def test_tokens_may_be_any_signs(tmp_path: Path) -> None:
    folder = sherpa_networks.write("zipformer", tmp_path)
    # a wide space and a sign that ends a line elsewhere are tokens, and a line that begins with a space is a space's
    (folder / "tokens.txt").write_bytes("\u3000 0\r\n\x85 1\n  2\n▁two 3\n".encode())
    assert find(folder).family.name == "transducer"


def test_eight_bits_are_preferred_and_a_folder_tells_what_it_does(tmp_path: Path) -> None:
    folder = sherpa_networks.write("nemo-ctc", tmp_path / "both")
    shutil.copy(folder / "model.int8.onnx", folder / "model.onnx")
    assert find(folder).files["model"].name == "model.int8.onnx"
    (folder / "model.int8.onnx").unlink()
    (folder / "tokens.txt").rename(folder / "giga-tokens.txt")
    assert find(folder).files["model"].name == "model.onnx"
    assert (hears(folder), voices(folder)) == (("multi",), ())
    (tmp_path / "voice").mkdir()
    (tmp_path / "voice" / "a.onnx.json").write_text('{"language": {"code": "de_DE"}}')
    assert hears(tmp_path / "voice") == ()
    (folder / "tokenizer.bin").touch()
    assert hears(folder) == ("en",)


def test_moonshines_tokens_are_written_as_the_library_reads_them(tmp_path: Path) -> None:
    pytest.importorskip("sherpa_onnx")
    from voicegw_desktop.workers.sherpa.recogniser import _lines

    file = tmp_path / "tokenizer.bin"
    file.write_bytes(b"\x05<unk>\x00\x03\xe2\x96\x81" + bytes([128 + 2, 1]) + b"a" * 130)
    lines = list(_lines(file))
    assert lines[:2] == ["PHVuaz4= 0\n", "4paB 2\n"]
    assert lines[2] == f"{'YWFh' * 43}YQ== 3\n"
    file.write_bytes(b"\x05<unk")
    with pytest.raises(EngineError, match="it is cut"):
        list(_lines(file))


def test_words_of_writing_without_spaces_are_its_signs() -> None:
    letters = Letters(("zh", "en"))
    assert letters.words(letters.tokens("你好 hello。"), "zh") == [(" 你", 2), ("好", 1), (" hello。", 7)]
    assert letters.language("zh-Hans") == "zh"
    assert letters.language(None) is None
    assert Letters(()).language("de-DE") == "de"
    with pytest.raises(BadRequest, match="supports zh, en"):
        letters.language("de")


def test_a_model_without_full_stops_leaves_the_end_to_the_sound() -> None:
    class Written(TextRecogniser):
        def said(self, audio: Samples, language: str | None) -> Said:
            return Said(texts.pop(0))

    texts = ["turn on the light", "turn on the", "Turn on the light.", "Turn on the light"]
    recogniser = Written(marks=False)
    endings = [recogniser.decode(SOUND, DecodeOptions(), words=True).ending for _ in range(4)]
    assert [bool(ending) for ending in endings] == [True, False, True, False]


def test_words_are_placed_by_their_pieces() -> None:
    class Placed(TextRecogniser):
        def said(self, audio: Samples, language: str | None) -> Said:
            return said

    pieces, starts = (" He", "llo", " you", ",", " 你", "好"), (0.2, 0.4, 0.9, 1.0, 1.2, 1.3)
    said = Said("Hello you, 你好", None, pieces, starts, (-0.1, -0.3, 0.0, 0.0, 0.0, -1.0))
    recogniser = Placed(("en", "zh"))
    words = recogniser.decode(SOUND, DecodeOptions(), words=True).words
    assert [(w.text, w.start_s, round(w.end_s, 2), w.confidence) for w in words] == [
        ("Hello", 0.2, 0.8, 0.8187), ("you,", 0.9, 1.2, 1.0), ("你", 1.2, 1.3, 1.0), ("好", 1.3, 1.7, 0.3679)
    ]  # fmt: skip
    # promised words that were heard otherwise have no places, and pieces that are not those of the text have none
    promised = recogniser.vocabulary.tokens("Hallo")
    assert recogniser.decode(SOUND, DecodeOptions(), prefix=promised, words=True).words == ()
    said = Said("Hello.", None, pieces, starts)
    assert recogniser.decode(SOUND, DecodeOptions(), words=True).words == ()
    said = Said("", None, (), ())
    assert recogniser.decode(SOUND, DecodeOptions(), words=True).words == ()


@pytest.mark.parametrize(
    ("languages", "language", "translates"),
    [(("en",), None, True), (("zh", "en"), "en", True), (("zh", "en"), None, False), ((), "fr", False)],
)
def test_what_is_not_english_is_not_passed_off_as_translated(
    languages: tuple[str, ...], language: str | None, translates: bool, tmp_path: Path
) -> None:
    worker = HearingWorker(Job("sherpa", "any", tmp_path, str(tmp_path / "s")))
    asked = {"translate": True, "language": language}
    if translates:
        assert not worker.options(asked, {}, Letters(languages)).decode.translate
    else:
        with pytest.raises(BadRequest, match="translates nothing") as refused:
            worker.options(asked, {}, Letters(languages))
        assert refused.value.code == "not_supported"
