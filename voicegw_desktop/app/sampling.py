"""A sentence in one voice, made through the gateway and played on this machine's speaker."""

from __future__ import annotations

from pathlib import Path

from voicegw_desktop.app import first_turn
from voicegw_desktop.app.viewmodels.snippets import Access
from voicegw_desktop.core.paths import private_dir
from voicegw_desktop.core.typed import Record, record, records

SENTENCES = {
    "de": "Guten Tag. So klinge ich, wenn ich für dich spreche.",
    "en": "Hello. This is how I sound when I speak for you.",
    "es": "Hola. Así sueno cuando hablo por ti.",
    "fr": "Bonjour. Voici ma voix quand je parle pour vous.",
    "it": "Ciao. Ecco come suono quando parlo per te.",
    "nl": "Hallo. Zo klink ik als ik voor je spreek.",
    "pl": "Dzień dobry. Tak brzmi mój głos.",
    "pt": "Olá. É assim que eu soo quando falo por você.",
    "ru": "Здравствуйте. Так звучит мой голос.",
    "zh": "你好。这就是我说话的声音。",
}
"""Primary tag → the sentence; other languages get the English one."""


async def voices(access: Access, model: str) -> list[Record]:
    """The voices of an installed model: `{id, name, language, model}`. VoiceGatewayError says what went wrong."""
    from voicegw_desktop.cli import demo
    from voicegw_desktop.core.outgoing import gateway_session

    async with (
        gateway_session(access.endpoint, base_url=access.endpoint + "/", headers=_headers(access)) as http,
        http.get("audio/voices", params={"model": model}) as answer,
    ):
        await demo.refused(answer)
        return records(record(await answer.json())["voices"])


async def play(access: Access, model: str, voice: str, language: str, folder: Path) -> str:
    """Speak the sentence of the language and play it to its end; the device. Errors are sentences."""
    from voicegw_desktop.cli import demo
    from voicegw_desktop.core.outgoing import gateway_session

    audio = private_dir(folder) / "sample.wav"
    sentence = SENTENCES.get(language.partition("-")[0].partition("_")[0], SENTENCES["en"])
    async with gateway_session(access.endpoint, base_url=access.endpoint + "/", headers=_headers(access)) as http:
        await demo.speak(http, sentence, audio, [], model, voice)
    return await first_turn.play(audio)


def _headers(access: Access) -> dict[str, str]:
    return {"Authorization": f"Bearer {access.api_key}"}
