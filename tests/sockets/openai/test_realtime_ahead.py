"""What a Realtime session lets the model do before the turn is over."""

from __future__ import annotations

import pytest

from tests.support.realtime_client import Client, kinds, opened, push
from tests.support.socket_gateway import FakeCorridor
from voicegw_desktop.core.events import Final, Interim, SpeechEnded, SpeechStarted

pytestmark = pytest.mark.socket


async def test_an_answer_begins_at_the_pause_and_is_heard_after_the_end(client: Client, corridor: FakeCorridor) -> None:
    corridor.stt_script = [
        SpeechStarted(0.5), Interim("Hello?", pause=True), SpeechEnded(0.9), Final("Hello?", start_s=0.5, end_s=0.9),
    ]  # fmt: skip
    await client.send("session.update", session={"type": "realtime", "instructions": "Be short."})
    await push(client)
    await (await opened(corridor, "FakeStt"))[0].end()
    seen = kinds(await client.until("response.done"))
    assert seen.index("input_audio_buffer.speech_stopped") < seen.index("response.created")
    assert "response.output_audio.delta" in seen
    # one chat and one voice, both begun before they were asked for
    short = {"role": "system", "content": "Be short."}
    asked = [call[3]["messages"] for call in corridor.calls if call[0] == "llm"]
    assert asked == [[short, {"role": "user", "content": "Hello?"}]]
    # while the person spoke, what came before was read
    assert [body["messages"] for body in corridor.warmed] == [[short]]
    assert [options.ahead for options in corridor.chat_options] == [True]
    assert [call[3].ahead for call in corridor.calls if call[0] == "tts"] == [True]


async def test_words_are_read_while_the_person_speaks(client: Client, corridor: FakeCorridor) -> None:
    words = "I would like a cup of tea, please."
    said = [" ".join(words.split()[:count]) for count in range(9)]
    corridor.stt_script = [
        SpeechStarted(0.5), Interim(said[2]), Interim(said[3]), Interim(said[5], committed=said[3]),
        Interim(said[6], committed=said[5]), Interim(words, pause=True), SpeechEnded(3.0),
        Final(words, start_s=0.5, end_s=3.0),
    ]  # fmt: skip
    await client.send("session.update", session={"type": "realtime", "instructions": "Be short."})
    await push(client)
    await (await opened(corridor, "FakeStt"))[0].end()
    await client.until("response.done")
    read = [body["messages"][1:] for body in corridor.warmed]
    # not for each word: a request to the model is work, too
    assert read == [[], *([{"role": "user", "content": text}] for text in (said[3], said[6]))]


async def test_no_words_are_read_where_the_client_asks_for_each_answer(client: Client, corridor: FakeCorridor) -> None:
    corridor.stt_script = [
        SpeechStarted(0.5), Interim("I would like a cup", committed="I would like"), SpeechEnded(2.0),
        Final("I would like a cup.", start_s=0.5, end_s=2.0),
    ]  # fmt: skip
    audio = {"input": {"turn_detection": {"type": "server_vad", "create_response": False}}}
    await client.send("session.update", session={"type": "realtime", "instructions": "Be short.", "audio": audio})
    await push(client)
    await (await opened(corridor, "FakeStt"))[0].end()
    await client.until("conversation.item.done")
    assert corridor.warmed == []


async def test_an_answer_to_half_a_sentence_is_never_heard(client: Client, corridor: FakeCorridor) -> None:
    corridor.stt_script = [
        SpeechStarted(0.1), Interim("Hm.", pause=True), SpeechEnded(0.2), Final("", start_s=0.1, end_s=0.2),
        SpeechStarted(0.5), Interim("I want", pause=True), Interim("I want", pause=False),
        SpeechEnded(0.9), Final("I want tea.", start_s=0.5, end_s=0.9),
    ]  # fmt: skip
    await push(client)
    await (await opened(corridor, "FakeStt"))[0].end()
    seen = kinds(await client.until("response.done"))
    assert seen.count("response.created") == 1
    asked = [(o.ahead, c[3]["messages"][-1]["content"]) for o, c in
             zip(corridor.chat_options, [c for c in corridor.calls if c[0] == "llm"], strict=True)]  # fmt: skip
    assert (False, "I want tea.") in asked
    assert all(ahead or words == "I want tea." for ahead, words in asked)
