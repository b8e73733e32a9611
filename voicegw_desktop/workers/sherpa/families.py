"""Which kind of recogniser lies in a folder, as sherpa-onnx's own releases lay them out.

The library ends the whole process when a network lacks a fact or the list of tokens is wrong, so both are looked at
before it sees a file. Source of names and facts: the exporters in sherpa-onnx's `scripts` and its readers in `csrc`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from voicegw_desktop.core.errors import EngineError
from voicegw_desktop.workers.sherpa.networks import facts
from voicegw_desktop.workers.tts.onnx import corrupt

TOKENS = "tokens.txt"
LETTERS = "tokenizer.bin"  # of Moonshine's own releases; the library wants a text instead
BLANK = " \t\r\f\v"
"""What stands between a token and its number; a wide space is a token."""
WHOLE, PARTS = ("model",), ("encoder", "decoder", "joiner")
MOONSHINE = ("encoder_model.ort", "decoder_model_merged.ort")
NEMO = ("vocab_size", "subsampling_factor")
NORMS = ("", "NA", "per_feature")
CACHES = tuple(f"cache_last_{of}_dim{n}" for of in ("channel", "time") for n in (1, 2, 3))
FEATURES = ("lfr_window_size", "lfr_window_shift")
SPOKEN = ("zh", "en", "ja", "ko", "yue")


@dataclass(frozen=True, slots=True)
class Family:
    """One kind of recogniser."""

    name: str
    """The end of the name of sherpa_onnx's function that loads it, without `from_`."""
    parts: tuple[str, ...]
    """How the names of its networks begin."""
    types: tuple[str, ...]
    """What its first network may say as `model_type`."""
    numbers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Part → facts that are whole numbers, without which the library ends the process."""
    lists: tuple[str, ...] = ()
    """Facts of the first part that are numbers with commas between them."""
    streams: bool = False
    """True: it hears piece by piece, the library's "online" recogniser."""
    languages: tuple[str, ...] = ()
    """Two-letter codes of what it knows; empty: its files do not say."""
    model_type: str = ""
    """What the library is told, where it asks for more than the files."""


STATELESS = {"decoder": ("vocab_size", "context_size")}
CHUNKS = ("T", "decode_chunk_len")
ZIPFORMER = ("encoder_dims", "num_encoder_layers", "cnn_module_kernels", "left_context_len")
FAMILIES = (
    Family(
        "transducer", PARTS, ("zipformer2",), {"encoder": CHUNKS, **STATELESS},
        (*ZIPFORMER, "query_head_dims", "value_head_dims", "num_heads"), streams=True,
    ),
    Family(
        "transducer", PARTS, ("zipformer",), {"encoder": CHUNKS, **STATELESS}, (*ZIPFORMER, "attention_dims"),
        streams=True,
    ),
    Family(
        "transducer", PARTS, ("lstm",),
        {"encoder": (*CHUNKS, "num_encoder_layers", "rnn_hidden_size", "d_model"), **STATELESS}, streams=True,
    ),
    Family(
        "transducer", PARTS, ("conformer",),
        {
            "encoder": (
                *CHUNKS, "num_encoder_layers", "left_context", "encoder_dim", "pad_length", "cnn_module_kernel",
            ),
            **STATELESS,
        },
        streams=True,
    ),
    Family(
        "transducer",
        PARTS,
        ("zipformer2", "zipformer", "conformer"),
        STATELESS,
        model_type="transducer",
    ),
    Family(
        "transducer",
        PARTS,
        ("EncDecHybridRNNTCTCBPEModel", "EncDecRNNTBPEModel"),
        {"encoder": (*NEMO, "pred_rnn_layers", "pred_hidden", "window_size", "chunk_shift", *CACHES)},
        streams=True,
    ),
    Family(
        "transducer",
        PARTS,
        ("EncDecHybridRNNTCTCBPEModel", "EncDecRNNTBPEModel"),
        {"encoder": (*NEMO, "pred_rnn_layers", "pred_hidden")},
        model_type="nemo_transducer",
    ),
    Family(
        "nemo_ctc", WHOLE, ("EncDecCTCModelBPE", "EncDecCTCModel", "EncDecHybridRNNTCTCBPEModel"), {"model": NEMO}
    ),
    Family("zipformer_ctc", WHOLE, ("zipformer2_ctc",)),
    Family(
        "sense_voice",
        WHOLE,
        ("sense_voice_ctc",),
        {
            "model": (
                "vocab_size", *FEATURES, "normalize_samples", "with_itn", "without_itn", "lang_auto",
                *(f"lang_{code}" for code in SPOKEN),
            )
        },
        ("neg_mean", "inv_stddev"),
        languages=SPOKEN,
    ),
    Family("paraformer", WHOLE, ("paraformer",), {"model": ("vocab_size", *FEATURES)}, ("neg_mean", "inv_stddev")),
)  # fmt: skip
"""In the order in which they are tried; one that streams before its like that does not."""
MARKS = ("T", "decode_chunk_len", "window_size", "chunk_shift")
"""Facts that only networks have which hear piece by piece."""
PIECES = ("T", "window_size")
"""Facts of such networks that tell how many frames they hear at a time."""
FRAME_S = 0.01
OTHERS = ("streaming_model_type",)
"""Facts of networks that need another function than their `model_type` tells."""


@dataclass(frozen=True, slots=True)
class Found:
    """The recogniser in a folder."""

    family: Family
    files: Mapping[str, Path]
    """Part → network."""
    tokens: Path

    piece_s: float = 0.0
    """Seconds of audio that it hears at a time, where it hears piece by piece."""

    @property
    def eight_bits(self) -> bool:
        """Whether its weights have eight bits, by the names of its files."""
        return any("int8" in path.name or path.name in MOONSHINE for path in self.files.values())


def find(folder: Path) -> Found:
    """What lies in `folder`, checked as far as the library would end the process.

    Raises EngineError `model_corrupt` for files that cannot be used, `model_unknown` for a family that is not served.
    """
    tokens = _tokens(folder)
    if all((folder / name).is_file() for name in MOONSHINE):
        files = dict(zip(("encoder", "decoder"), (folder / name for name in MOONSHINE), strict=True))
        if tokens.name != LETTERS:
            _check_tokens(tokens, 0)
        return Found(Family("moonshine_v2", ("encoder", "decoder"), (), languages=("en",)), files, tokens)
    files = {part: path for part in (*WHOLE, *PARTS) if (path := _network(folder, part)) is not None}
    parts = PARTS if "encoder" in files else WHOLE
    if missing := [part for part in parts if part not in files]:
        raise _unusable(folder, f"it has no {' and no '.join(f'{part}*.onnx' for part in missing)}")
    known = {part: facts(files[part]) for part in parts}
    family = _family(folder, parts, known)
    for part, names in family.numbers.items():
        for name in names:
            if not known[part].get(name, "").strip().isdecimal():
                raise corrupt(files[part], f"its fact {name} is {known[part].get(name) or 'missing'}, not a number")
    norm = known[parts[0]].get("normalize_type", "NA")
    if norm not in NORMS:
        raise corrupt(files[parts[0]], f"its fact normalize_type is {norm}, not one of {', '.join(NORMS[1:])}")
    for name in family.lists:
        try:
            [float(number) for number in known[parts[0]].get(name, "").split(",")]
        except ValueError as error:
            raise corrupt(files[parts[0]], f"its fact {name} is no list of numbers") from error
    _check_tokens(tokens, next((int(k["vocab_size"]) for k in known.values() if k.get("vocab_size")), 0))
    piece_s = 0.0
    if family.streams:
        piece_s = next(int(known[parts[0]][name]) for name in PIECES if name in known[parts[0]]) * FRAME_S
    return Found(family, {part: files[part] for part in parts}, tokens, piece_s)


def _family(folder: Path, parts: Sequence[str], known: Mapping[str, Mapping[str, str]]) -> Family:
    first = known[parts[0]]
    kind = first.get("model_type", "")
    streams = any(mark in first for mark in MARKS)
    other = any(fact in of for fact in OTHERS for of in known.values())
    for family in FAMILIES:
        if family.parts == tuple(parts) and kind in family.types and family.streams == streams and not other:
            return family
    said = f"says {kind}" if kind else "says nothing"
    raise EngineError(
        f"The networks in {folder.name} are of no kind that sherpa serves here: {parts[0]}'s model_type {said}"
        f"{', for hearing piece by piece' if streams else ''}. Served are transducers (Zipformer, Parakeet, Nemotron), "
        "CTC networks (NeMo, Zipformer), SenseVoice, Paraformer and Moonshine.",
        code="model_unknown",
    )


def _network(folder: Path, part: str) -> Path | None:
    """The network of that part; of several, one with eight-bit weights."""
    found = sorted(folder.glob(f"{part}*.onnx"), key=lambda path: ("int8" not in path.name, len(path.name), path.name))
    return found[0] if found else None


def _tokens(folder: Path) -> Path:
    for path in (folder / TOKENS, *sorted(folder.glob(f"*{TOKENS}")), folder / LETTERS):
        if path.is_file():
            return path
    raise _unusable(folder, f"it has no {TOKENS}")


def _check_tokens(path: Path, most: int) -> None:
    """Each line is a token and its number; the network's numbers, 0 to `most` - 1, must be among them."""
    ids = set()
    try:
        lines = path.read_text("utf-8").split("\n")
    except (OSError, ValueError) as error:
        raise corrupt(path, error) from error
    for place, line in enumerate(lines, 1):
        words = re.findall(rf"[^{BLANK}]+", line)
        if not words:
            continue
        if len(words) > 2 or not words[-1].isdecimal():
            raise corrupt(path, f"line {place} is not a token and its number")
        ids.add(int(words[-1]))
    lacking = next((n for n in range(most) if n not in ids), None)
    if lacking is not None:
        raise corrupt(path, f"it has no token {lacking}, and the network knows {most}")
    if not ids:
        raise corrupt(path, "it is empty")


def _unusable(folder: Path, why: str) -> EngineError:
    return EngineError(
        f"The folder {folder.name} holds no recogniser that sherpa can use: {why}. docs/models.md tells what it needs.",
        code="model_corrupt",
    )
