"""Speech takes a card that works and is faster; onnxruntime is replaced by sessions with given times."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("onnxruntime")

from voicegw_desktop.core.errors import EngineError, EngineUnavailable
from voicegw_desktop.workers.tts import device, measure, onnx
from voicegw_desktop.workers.tts.onnx import Stop
from voicegw_desktop.workers.tts.speak import Voice

pytestmark = pytest.mark.unit
CUDA, CPU = "CUDAExecutionProvider", "CPUExecutionProvider"
LACKS = "libcublasLt.so.13"


class Machine:
    """A machine with a card: seconds for each word, and for each length that differs from the one before."""

    def __init__(self) -> None:
        self.now = 0.0
        self.seconds = {CUDA: (0.01, 0.0), CPU: (0.05, 0.0)}
        self.opened: list[str] = []
        self.said: list[tuple[str, str]] = []
        self.options: dict[str, Any] = {}
        self.error: Exception | None = None
        """What opening a session on the card raises."""
        self.silent = False
        """Whether onnxruntime leaves the card out without an error."""

    def session(self, path: str, options: Any, providers: list[Any], **more: Any) -> Session:
        name, given = providers[0] if isinstance(providers[0], tuple) else (providers[0], {})
        if name == CUDA:
            assert more["enable_fallback"] == 0, "onnxruntime would print the error and use the processor"
            self.options = given
            if self.error:
                raise self.error
            if self.silent:
                name = CPU
        self.opened.append(name)
        return Session(self, name)

    def clock(self) -> float:
        return self.now


class Session:
    """Stands for an InferenceSession."""

    def __init__(self, machine: Machine, provider: str) -> None:
        self.machine, self.provider, self.last = machine, provider, 0

    def get_providers(self) -> list[str]:
        return [CUDA, CPU] if self.provider == CUDA else [CPU]

    def run(self, _names: None, inputs: dict[str, str], _options: Any) -> Any:
        each, new = self.machine.seconds[self.provider]
        length = len(inputs["text"])
        self.machine.now += each * len(inputs["text"].split()) + (new if length != self.last else 0.0)
        self.machine.said.append((self.provider, inputs["text"]))
        self.last = length
        return [np.zeros(length, np.float32)]


class Engine:
    """An engine that opens its session as kokoro and piper do."""

    def __init__(self, path: Path, on: str) -> None:
        self.session = onnx.open_session(path, 1, on)
        measure.warm_up(self, on)

    def voice(self, name: str | None, speaker: str | None, language: str | None) -> Voice:
        return Voice("only", "en")

    def synthesise(self, text: str, voice: Voice, speed: float, stop: Stop) -> Any:
        return stop.run(self.session, {"text": text})[0]


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    """onnxruntime's build for CUDA on a machine with a card whose libraries are all there."""
    onnx.signed_bytes_overflow()  # asks the real onnxruntime, once
    machine = Machine()
    monkeypatch.setattr(onnx.onnxruntime, "get_available_providers", lambda: [CUDA, CPU])
    monkeypatch.setattr(onnx.onnxruntime, "InferenceSession", machine.session)
    monkeypatch.setattr(onnx, "missing", lambda names: [])
    monkeypatch.setattr(device, "missing", lambda names: [])
    monkeypatch.setattr(device, "no_card", lambda: "")
    return machine


@pytest.fixture
def choose(machine: Machine, tmp_path: Path) -> Any:
    """`choose` for an engine on that machine, what it measures kept in a file."""
    path = tmp_path / "voice.onnx"
    path.touch()

    def choose(wanted: str, key: str = "here") -> device.Chosen[Engine]:
        return device.choose(
            wanted,
            lambda on: Engine(path, on),
            lambda engine: measure.clauses_s(engine, machine.clock),
            tmp_path / "fastest.json",
            key,
        )

    return choose


def test_auto_takes_a_card_that_is_faster_and_says_both_times(machine: Machine, choose: Any) -> None:
    chosen = choose("auto")
    assert (chosen.device, chosen.fell_back) == ("cuda", False)
    assert chosen.engine.session.provider == CUDA
    assert "card is faster here than the processor" in chosen.why
    assert "card 0.12 s, processor 0.60 s" in chosen.why


def test_auto_leaves_a_card_that_plans_each_new_length_for_long(machine: Machine, choose: Any) -> None:
    """Five times faster on a length that is repeated, and slower on texts as they come."""
    machine.seconds[CUDA] = (0.01, 1.0)
    chosen = choose("auto")
    assert (chosen.device, chosen.fell_back) == ("cpu", False)
    assert chosen.engine.session.provider == CPU
    assert "processor is as fast here as the card, or faster" in chosen.why
    assert "card 3.12 s, processor 0.60 s" in chosen.why


def test_a_card_that_is_slower_is_not_opened_again(machine: Machine, choose: Any, tmp_path: Path) -> None:
    machine.seconds[CUDA] = (0.01, 1.0)
    first = choose("auto")
    machine.opened.clear()
    again = choose("auto")
    assert machine.opened == [CPU]
    assert (again.device, again.why) == (first.device, first.why)
    assert json.loads((tmp_path / "fastest.json").read_text()) == {"here": {"cuda": 3.12, "cpu": 0.6}}
    choose("auto", "with another card")
    assert CUDA in machine.opened


def test_a_card_that_is_faster_is_compared_once(machine: Machine, choose: Any) -> None:
    choose("auto")
    machine.opened.clear()
    assert choose("auto").device == "cuda"
    assert machine.opened == [CUDA]


def test_a_card_that_was_asked_for_is_taken_and_told_to_be_slower(machine: Machine, choose: Any) -> None:
    machine.seconds[CUDA] = (0.01, 1.0)
    for _ in range(2):
        chosen = choose("cuda")
        assert (chosen.device, chosen.engine.session.provider) == ("cuda", CUDA)
        assert chosen.why.startswith("as configured; the processor is as fast here as the card, or faster")


def test_nothing_is_measured_without_a_card(
    machine: Machine, choose: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(device, "no_card", lambda: "there is no NVIDIA card here, or its driver is not installed")
    chosen = choose("auto")
    assert (chosen.device, chosen.fell_back) == ("cpu", False)
    assert "no NVIDIA card" in chosen.why
    assert choose("cpu").device == "cpu"
    assert machine.opened == [CPU, CPU]
    assert machine.said == []
    assert not (tmp_path / "fastest.json").exists()
    with pytest.raises(EngineUnavailable, match="no NVIDIA card"):
        choose("cuda")


def test_every_measured_clause_has_a_length_of_its_own(machine: Machine, choose: Any) -> None:
    engine = choose("cuda").engine
    machine.said.clear()
    for _ in range(3):
        measure.clauses_s(engine, machine.clock)
    lengths = [len(text) for _, text in machine.said]
    assert len(lengths) == 3 * len(measure.MEASURED)
    assert all(one != other for one, other in itertools.pairwise(lengths))
    assert len({text for _, text in machine.said}) == len(machine.said)


def test_a_card_warms_up_on_several_lengths_and_a_processor_on_none(machine: Machine, tmp_path: Path) -> None:
    path = tmp_path / "voice.onnx"
    path.touch()
    Engine(path, "cpu")
    assert machine.said == []
    Engine(path, "cuda")
    assert len({len(text) for _, text in machine.said}) == len(measure.WARMED_UP) >= 4


def test_convolutions_are_not_tried_out_for_each_length(machine: Machine, choose: Any) -> None:
    choose("cuda")
    assert machine.options["cudnn_conv_algo_search"] == "HEURISTIC"
    assert machine.options["arena_extend_strategy"] == "kSameAsRequested"


# -- a card that does not work


@pytest.mark.parametrize("silent", [True, False])
def test_a_missing_library_is_named_with_the_command(
    machine: Machine, choose: Any, monkeypatch: pytest.MonkeyPatch, silent: bool
) -> None:
    """onnxruntime leaves the card out, or raises its own words, when a library of CUDA is missing."""
    machine.silent = silent
    machine.error = None if silent else RuntimeError("Failed to load shared library")
    monkeypatch.setattr(onnx, "_prepare", lambda on: [LACKS] if on == "cuda" else [])
    chosen = choose("auto")
    assert (chosen.device, chosen.fell_back) == ("cpu", True)
    assert f"{LACKS} is missing" in chosen.why
    assert "pip install 'onnxruntime-gpu[cuda,cudnn]'" in chosen.why
    with pytest.raises(EngineUnavailable, match=rf"device is cuda, but {LACKS} is missing") as caught:
        choose("cuda")
    assert caught.value.code == "device_unavailable"


def test_a_card_that_onnxruntime_leaves_out_for_no_reason_has_a_command_too(machine: Machine, choose: Any) -> None:
    machine.silent = True
    why = choose("auto").why
    assert "could not start CUDA" in why
    assert "pip install 'onnxruntime-gpu[cuda,cudnn]'" in why


def test_onnxruntimes_own_error_is_told(machine: Machine, choose: Any) -> None:
    machine.error = RuntimeError("CUDA failure 35: CUDA driver version is insufficient for CUDA runtime\nat x.cc")
    assert "driver version is insufficient" in choose("auto").why


def test_a_library_that_is_opened_at_the_first_convolution_is_named(
    machine: Machine, choose: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(session: Session, *_: Any) -> Any:
        if session.provider == CUDA:
            raise RuntimeError("CUDNN_STATUS_NOT_INITIALIZED")
        return [np.zeros(1, np.float32)]

    monkeypatch.setattr(Session, "run", run)
    monkeypatch.setattr(device, "missing", list)
    why = choose("auto").why
    assert f"{onnx.CUDNN[0]} is missing" in why
    assert "CUDNN_STATUS_NOT_INITIALIZED" in why


def test_a_corrupt_model_stays_one(machine: Machine) -> None:
    def corrupt(_on: str) -> None:
        raise onnx.corrupt(Path("kokoro/v1.0-int8/kokoro.onnx"), "bad magic")

    with pytest.raises(EngineError) as caught:
        device.choose("auto", corrupt, lambda _: 0.0)
    assert caught.value.code == "model_corrupt"


def test_onnxruntime_without_cuda_says_what_to_install() -> None:
    if CUDA in onnx.onnxruntime.get_available_providers():
        pytest.skip("this onnxruntime has CUDA")
    with pytest.raises(EngineUnavailable, match=r"this onnxruntime has no cuda.*onnxruntime-gpu"):
        device.devices("cuda")
    assert device.devices("auto") == (["cpu"], "this onnxruntime has no CUDA")
