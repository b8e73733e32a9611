"""Real weights of models: the folder they lie in, and a store whose files are links to them, declared as installed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

from voicegw_desktop.models.catalogue import load_catalogue
from voicegw_desktop.models.files import sha256_of
from voicegw_desktop.models.manifest import read_manifest, write_manifest

STARTER = ("whisper/base", "piper/en_US-joe-medium", "llamacpp/smollm2-135m")


def weights_folder() -> Path:
    """The folder that VOICEGW_TEST_MODELS names; the script ends with a sentence where it names none."""
    folder = os.environ.get("VOICEGW_TEST_MODELS")
    if not folder or not Path(folder).is_dir():
        raise SystemExit(
            f"VOICEGW_TEST_MODELS is {folder or 'not set'}: it names the folder with model weights. "
            "`make models-test` fetches them into ~/.cache/voicegateway/test-models."
        )
    return Path(folder)


def place_of(store: Path, provider: str, model: str) -> Path:
    """Where the files of a model lie in a folder of weights; sherpa's voice has those of piper's."""
    if provider == "sherpa":
        provider, model = "piper", model.removeprefix("vits-piper-")
    return store / provider / model


def steady_store(weights: Path, root: Path) -> Path:
    """Make a store at `root` that has the models of another one, with less noise in piper's voices; returns `root`.

    A voice draws new noise for each sentence, which changes pronunciation and length: with a voice's own
    noise, one run in hundreds is misheard or far longer than the others. A little is left, so that no two answers are
    equal to the byte.
    """
    for folder in weights.glob("[!.]*/*"):
        place = root / folder.parent.name / folder.name
        place.parent.mkdir(parents=True, exist_ok=True)
        if folder.parent.name != "piper":
            place.symlink_to(folder)
            continue
        place.mkdir()
        declared = read_manifest(folder)
        digests = {file.name: file.sha256 for file in declared.files} if declared else {}
        for file in folder.glob("*.onnx*"):
            if file.suffix == ".json":
                config = json.loads(file.read_text("utf-8"))
                config["inference"] |= {"noise_scale": 0.01, "noise_w": 0.01}
                (place / file.name).write_text(json.dumps(config), "utf-8")
            else:
                (place / file.name).symlink_to(file)
            digests.setdefault(file.name, sha256_of(file))
        write_manifest(place, f"piper/{folder.name}", digests, "test weights", pinned=True)
    return root


def declared_as_they_are(source: Path, place: Path) -> Path:
    """Links to the files of a model at `place`, with a manifest of their real SHA-256; returns `place`."""
    files = [file for file in source.iterdir() if ".onnx" in file.name]
    for file in files:
        (place / file.name).symlink_to(file)
    write_manifest(place, source.name, {file.name: sha256_of(file) for file in files}, "test weights", pinned=True)
    return place


def linked_store(weights: Path, root: Path, ids: Iterable[str] = STARTER) -> Path:
    """Make a store at `root` from a folder laid out as `provider/model/files`; returns `root`."""
    catalogue = load_catalogue()
    for id in ids:
        folder = root / id
        folder.mkdir(parents=True)
        entry = catalogue.find(id)
        digests = {}
        for file in sorted((weights / id).iterdir()):
            if file.name.endswith(".json") and file.name in ("installed.json", "damaged.json"):
                continue
            (folder / file.name).symlink_to(file)
            known = next((f.sha256 for f in entry.files if f.name == file.name), None) if entry else None
            digests[file.name] = known or sha256_of(file)
        write_manifest(folder, id, digests, "test weights", pinned=True)
    return root
