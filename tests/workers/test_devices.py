"""A graphics card is used once it has computed; missing libraries are named. Machines without a card use stand-ins."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from voicegw_desktop.core.errors import EngineUnavailable
from voicegw_desktop.workers import cuda
from voicegw_desktop.workers.harness import Job
from voicegw_desktop.workers.whisper import loading

LIBRARY = "libcublas.so.12"
SAID = f"Library {LIBRARY} is not found or cannot be loaded"
"""CTranslate2's words at the first request on a card, after a load that went well."""


class Libraries:
    """Stands for the system's loader: knows some names and paths, refuses others as the system does."""

    def __init__(self, *known: str) -> None:
        self.known, self.loaded = known, list[str]()

    def __call__(self, name: str) -> object:
        if name not in self.known:
            raise OSError(f"{name}: cannot open shared object file: No such file or directory")
        self.loaded.append(name)
        return object()


def wheel(root: Path, package: str, name: str) -> str:
    """A library as NVIDIA's wheels install it."""
    folder = root / "nvidia" / package / ("bin" if cuda.WINDOWS else "lib")
    folder.mkdir(parents=True)
    (folder / name).touch()
    return str(folder / name)


@pytest.mark.unit
def test_libraries_of_pip_are_found_below_site_packages(tmp_path: Path) -> None:
    path = wheel(tmp_path, "cublas", LIBRARY)
    libraries = Libraries(path)
    assert cuda.missing([LIBRARY], libraries, [str(tmp_path)]) == []
    assert libraries.loaded == [path]


@pytest.mark.unit
def test_libraries_of_the_system_serve_too_and_missing_ones_are_named(tmp_path: Path) -> None:
    assert cuda.missing([LIBRARY], Libraries(LIBRARY), [str(tmp_path)]) == []
    assert cuda.missing([LIBRARY, "libcudnn.so.9"], Libraries(LIBRARY), [str(tmp_path)]) == ["libcudnn.so.9"]
    # a file that is damaged, or made for another machine
    wheel(tmp_path, "cublas", LIBRARY)
    assert cuda.missing([LIBRARY], Libraries(), [str(tmp_path)]) == [LIBRARY]


@pytest.mark.unit
def test_what_a_library_needs_is_read_from_its_header(tmp_path: Path) -> None:
    """From a file laid out as the linker does; names that merely occur in it do not count."""
    strings = b"\0libcublas.so.13\0libc.so.6\0libcudart.so.13\0"
    dynamic = struct.pack("<8Q", 1, 1, 1, 17, 1, 27, 5, 0x1000)
    header = b"\x7fELF\x02\x01".ljust(32, b"\0") + struct.pack("<QQIHHHHHH", 64, 0, 0, 64, 56, 2, 0, 0, 0)
    begin = 64 + 2 * 56
    load = struct.pack("<IIQQQQQQ", 1, 4, begin, 0x1000, 0, len(strings), len(strings), 0)
    where = struct.pack("<IIQQQQQQ", 2, 4, begin + len(strings), 0x9000, 0, len(dynamic), len(dynamic), 0)
    file = tmp_path / "provider.so"
    file.write_bytes(header + load + where + strings + dynamic + b"libcudart.so.12\0")
    assert cuda.needed(file) == ["libcublas.so.13", "libcudart.so.13"]
    file.write_bytes(b"MZ a Windows library")
    assert cuda.needed(file) == []


@pytest.fixture
def one_card(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A machine with a card and a driver; the list names the libraries that it lacks."""
    lacking: list[str] = []
    monkeypatch.setattr(loading, "absent_libraries", lambda: lacking)
    types = {"cuda": ["float16", "float32", "int8_float16"], "cpu": ["float32", "int8"]}
    monkeypatch.setattr(loading, "_cuda_devices", lambda: (1, ""))
    monkeypatch.setattr(loading, "_supported", lambda device: types[device])
    return lacking


@pytest.mark.unit
def test_auto_without_a_library_computes_on_the_processor_and_says_why(one_card: list[str]) -> None:
    one_card.append(LIBRARY)
    (choice,) = loading.choices("auto", "auto")
    assert (choice.device, choice.compute_type) == ("cpu", "int8")
    assert LIBRARY in choice.why
    assert "pip install 'voicegw-desktop[cuda]'" in choice.why


@pytest.mark.unit
def test_cuda_without_a_library_is_an_error_that_names_it(one_card: list[str]) -> None:
    one_card.append(LIBRARY)
    with pytest.raises(EngineUnavailable, match=f"engines.whisper.device is cuda, but {LIBRARY} is missing") as caught:
        loading.choices("cuda", "auto")
    assert caught.value.code == "device_unavailable"
    assert "voicegw-desktop[cuda]" in caught.value.message


@pytest.mark.unit
@pytest.mark.usefixtures("one_card")
def test_auto_tries_the_card_first_and_keeps_the_processor_behind_it() -> None:
    on_card, on_cpu = loading.choices("auto", "float16")
    assert (on_card.device, on_card.compute_type) == ("cuda", "float16")
    assert (on_cpu.device, on_cpu.compute_type) == ("cpu", "int8"), "the processor has no float16"


@pytest.mark.unit
@pytest.mark.usefixtures("one_card")
def test_a_driver_that_is_too_old_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def supported(device: str) -> list[str]:
        if device == "cuda":
            raise RuntimeError("CUDA driver version is insufficient for CUDA runtime version")
        return ["int8"]

    monkeypatch.setattr(loading, "_supported", supported)
    (choice,) = loading.choices("auto", "auto")
    assert (choice.device, choice.why.split(";")[0]) == (
        "cpu",
        "CUDA driver version is insufficient for CUDA runtime version",
    )
    with pytest.raises(EngineUnavailable, match="driver version is insufficient"):
        loading.choices("cuda", "auto")


@pytest.fixture
def fails_at_work(monkeypatch: pytest.MonkeyPatch, one_card: list[str]) -> None:
    """The card as it was found: everything loads, and the first computation fails."""
    import ctranslate2

    real = ctranslate2.models.Whisper

    class OnCard:
        def __init__(self, folder: str, device: str, compute_type: str, **more: Any) -> None:
            on_card = device == "cuda"
            self._fails = on_card
            self._model = real(folder, device="cpu", compute_type="int8" if on_card else compute_type, **more)

        def __getattr__(self, name: str) -> Any:
            if name == "encode" and self._fails:
                raise RuntimeError(SAID)
            return getattr(self._model, name)

    monkeypatch.setattr(ctranslate2.models, "Whisper", OnCard)
    monkeypatch.setattr(loading.choices, "__defaults__", (list,))


@pytest.mark.real_engine
@pytest.mark.usefixtures("fails_at_work")
def test_a_card_that_fails_its_first_decode_is_not_used(models_dir: Path) -> None:
    recogniser, info = loading.load(models_dir / "whisper" / "tiny.en", "auto", "auto", 1)
    assert (info["device"], info["compute_type"]) == ("cpu", "int8")
    assert "the card was tried and does not work" in info["why"]
    assert LIBRARY in info["why"]
    assert "voicegw-desktop[cuda]" in info["why"]
    recogniser.warm_up(everything=True)


@pytest.mark.real_engine
@pytest.mark.usefixtures("fails_at_work")
def test_cuda_that_fails_its_first_decode_is_no_corrupt_model(models_dir: Path) -> None:
    with pytest.raises(EngineUnavailable, match=LIBRARY) as caught:
        loading.load(models_dir / "whisper" / "tiny.en", "cuda", "auto", 1)
    assert caught.value.code == "device_unavailable"
    assert "pull" not in caught.value.message


@pytest.mark.unit
def test_the_memory_of_no_card_is_nothing() -> None:
    card = cuda.Card(Libraries())
    assert card.held() == 0
    assert card.name() == ""


@pytest.mark.unit
def test_no_driver_is_no_card() -> None:
    assert "driver is not installed" in cuda.no_card(Libraries())
    assert cuda.no_card(Libraries("nvcuda.dll" if cuda.WINDOWS else "libcuda.so.1")) == ""


# -- llama.cpp


@pytest.fixture
def broken_card(monkeypatch: pytest.MonkeyPatch) -> None:
    """llama.cpp finds a card, and every model on it fails."""
    xllamacpp = pytest.importorskip("xllamacpp")

    def server(params: Any) -> object:
        if params.n_gpu_layers != 0:
            raise RuntimeError("CUDA error: no kernel image is available")
        return object()

    monkeypatch.setattr(xllamacpp, "Server", server)
    monkeypatch.setattr(xllamacpp, "get_device_info", lambda: [{"name": "CUDA0"}])


def llama(models_dir: Path, device: str) -> Any:
    from voicegw_desktop.workers.llamacpp import create

    folder = models_dir / "llamacpp" / "smollm2-135m"
    return create(Job("llamacpp", folder.name, folder, device=device, options={"context_size": 512}))


FALLS_BACK = """
import json, os, sys
from pathlib import Path
import xllamacpp
from voicegw_desktop.workers.harness import Job
from voicegw_desktop.workers.llamacpp import create

real = xllamacpp.Server
def server(params):
    if params.n_gpu_layers != 0:
        raise RuntimeError("CUDA error: no kernel image is available")
    return real(params)
xllamacpp.Server = server
xllamacpp.get_device_info = lambda: [{"name": "CUDA0"}]
folder = Path(sys.argv[1])
engine = create(Job("llamacpp", folder.name, folder, device="auto", options={"context_size": 512}))
print("INFO " + json.dumps(engine.load()), flush=True)
os._exit(0)
"""
"""Ends without freeing the server, as a worker does: freeing it soon after its start can wait for ever."""


@pytest.mark.real_engine
@pytest.mark.process
def test_chat_falls_back_to_the_processor(models_dir: Path) -> None:
    pytest.importorskip("xllamacpp")
    command = [sys.executable, "-c", FALLS_BACK, str(models_dir / "llamacpp" / "smollm2-135m")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    told = [line for line in done.stdout.splitlines() if line.startswith("INFO ")]
    assert told, done.stderr[-2000:]
    info = json.loads(told[0].removeprefix("INFO "))
    assert info["device"] == "cpu"
    assert info["why"] == "CUDA0 was tried and does not work: CUDA error: no kernel image is available"
    assert info[cuda.FELL_BACK]


@pytest.mark.real_engine
@pytest.mark.usefixtures("broken_card")
def test_a_device_for_chat_that_does_not_work_is_an_error(models_dir: Path) -> None:
    with pytest.raises(EngineUnavailable, match=r"engines\.llamacpp\.device is cuda, but CUDA0 was tried") as caught:
        llama(models_dir, "cuda").load()
    assert caught.value.code == "device_unavailable"


@pytest.mark.real_engine
def test_a_device_for_chat_that_is_not_there_is_an_error(models_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    xllamacpp = pytest.importorskip("xllamacpp")
    monkeypatch.setattr(xllamacpp, "get_device_info", lambda: [{"name": "CPU"}])
    with pytest.raises(EngineUnavailable, match="found no such device"):
        llama(models_dir, "cuda").load()


@pytest.mark.unit
@pytest.mark.parametrize(
    ("devices", "steps"),
    [
        (["CPU"], [64]),
        # a card that fails: the processor is tried instead
        (["CUDA0"], [512, 64]),
    ],
)
def test_a_processor_computes_prompts_in_small_steps(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, devices: list[str], steps: list[int]
) -> None:
    """A request waits for one step of another's prompt: with llama.cpp's own 2048 that takes seconds."""
    xllamacpp = pytest.importorskip("xllamacpp")
    from voicegw_desktop.workers import llamacpp

    seen: list[int] = []

    def server(params: Any) -> object:
        assert params.n_batch == params.n_ubatch
        seen.append(params.n_batch)
        if params.n_gpu_layers != 0:
            raise RuntimeError("CUDA error: no kernel image is available")
        return SimpleNamespace(listening_address="http://127.0.0.1:1")

    monkeypatch.setattr(xllamacpp, "Server", server)
    monkeypatch.setattr(xllamacpp, "get_device_info", lambda: [{"name": name} for name in devices])
    monkeypatch.setattr(llamacpp, "read_metadata", lambda _: {})
    (tmp_path / "a.gguf").write_bytes(b"GGUF")
    llamacpp.create(Job("llamacpp", "a", tmp_path)).load()
    assert seen == steps
