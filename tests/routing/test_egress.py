"""Data goes no farther than its project allows, and no code can bypass that."""

from __future__ import annotations

import asyncio
import copy
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.corridors import CALLER, collect, world
from tests.support.fake_backends import Fault, frame
from tests.support.virtual_time import in_virtual_time
from voicegw_desktop.config.schema import VoiceGatewaySchema
from voicegw_desktop.core.errors import BadRequest, EgressDenied, UpstreamError
from voicegw_desktop.core.events import EgressRecorded
from voicegw_desktop.core.ports import Caller, Modality, SttOptions, Target, TtsOptions, Zone
from voicegw_desktop.core.zones import farther, zone_of_url
from voicegw_desktop.engines.local import LocalStt
from voicegw_desktop.routing.backends import Backends
from voicegw_desktop.routing.egress import Cleared, EgressPolicy, zone_of
from voicegw_desktop.routing.router import Router

pytestmark = pytest.mark.unit

PROVIDERS = ["whisper", "piper", "llamacpp", "ollama", "openai", "deepgram", "box", "attic"]


def _config(egress: str, allow: bool) -> VoiceGatewaySchema:
    return VoiceGatewaySchema.model_validate(
        {
            "providers": {
                "box": {"type": "openai_compatible", "base_url": "http://192.168.1.9:8000/v1"},
                "attic": {"type": "openai_compatible", "base_url": "https://api.attic.example/v1"},
            },
            "projects": {"p": {"egress": egress, "allow_local_to_cloud": allow}},
        }
    )


@pytest.mark.parametrize(
    ("url", "zone"),
    [
        ("http://127.0.0.1:11434", "local"),
        ("http://[::1]:8000/v1", "local"),
        ("localhost:9", "local"),
        ("http://10.1.2.3/v1", "lan"),
        ("http://169.254.3.4", "lan"),
        ("tcp://nas.local:10300", "lan"),
        ("http://[fe80::1]:80", "lan"),
        ("https://api.openai.com/v1", "cloud"),
        ("http://127.0.0.1.evil.example", "cloud"),
        ("https://localhost.evil.example", "cloud"),
        ("http://box:8000", "cloud"),
        ("http://127.0.0.1@8.8.8.8/", "cloud"),
        ("http://8.8.8.8", "cloud"),
        ("http://0.0.0.0:80", "cloud"),
        ("http://[::ffff:8.8.8.8]/", "cloud"),
    ],
)
def test_an_address_says_how_far_it_is(url: str, zone: str) -> None:
    assert zone_of_url(url) == zone


def test_the_zone_setting_goes_before_the_address() -> None:
    config = VoiceGatewaySchema.model_validate(
        {"providers": {"box": {"type": "openai_compatible", "base_url": "http://127.0.0.1:1/v1", "zone": "cloud"}}}
    )
    assert zone_of(config, "box") is Zone.CLOUD


def test_a_projects_own_address_has_its_own_zone() -> None:
    config = VoiceGatewaySchema.model_validate(
        {
            "providers": {"openai": {"base_url": "http://127.0.0.1:1/v1"}},
            "projects": {"p": {"providers": {"openai": {"base_url": "https://api.openai.com/v1"}}}},
        }
    )
    assert zone_of(config, "openai") is Zone.LOCAL
    assert zone_of(config, "openai", "p") is Zone.CLOUD


@given(
    provider=st.sampled_from(PROVIDERS),
    asked=st.sampled_from(list(Zone)),
    egress=st.sampled_from(["local", "lan", "cloud"]),
    allow=st.booleans(),
    offline=st.booleans(),
    claimed=st.sampled_from(list(Zone)),
)
def test_a_permit_never_reaches_farther_than_the_rules(
    provider: str, asked: Zone, egress: str, allow: bool, offline: bool, claimed: Zone
) -> None:
    config = _config(egress, allow)
    policy = EgressPolicy(config, lambda: offline)
    zone = zone_of(config, provider)
    # what the target claims about itself does not count
    target = Target(provider, "m", zone=claimed)
    allowed = (
        not (offline and zone is not Zone.LOCAL)
        and not farther(zone, Zone(egress))
        and not (zone is Zone.CLOUD and asked is not Zone.CLOUD and not allow)
    )
    if allowed:
        assert policy.clear(target, project="p", asked=asked).target.zone is zone
    else:
        with pytest.raises(EgressDenied):
            policy.clear(target, project="p", asked=asked)


names = st.sampled_from([f"{p}/m" for p in PROVIDERS] + ["whisper-1", "gpt-4o", "", "nonsense/x"])


@given(
    wanted=names,
    alias=names,
    route=st.none() | names,
    fallbacks=st.lists(names, max_size=3),
    egress=st.sampled_from(["local", "lan", "cloud"]),
    offline=st.booleans(),
)
def test_no_route_takes_a_local_request_to_the_cloud(
    wanted: str, alias: str, route: str | None, fallbacks: list[str], egress: str, offline: bool
) -> None:
    config = _config(egress, False)
    w = world(
        providers=config.model_dump(exclude_unset=True)["providers"],
        projects={"p": {"egress": egress}},
        fallbacks={"stt": fallbacks},
        routing={"offline": offline, "stt": {"route": route or "as_requested", "aliases": {"*": alias, "gpt*": alias}}},
    )
    try:
        plan = w.router.plan(Modality.STT, wanted, Caller("p", "python"))
    except (EgressDenied, BadRequest):
        return
    for permit in plan.targets:
        assert not farther(permit.target.zone, Zone(egress))
        assert not (offline and permit.target.zone is not Zone.LOCAL)
        if plan.literal is not None and plan.literal.zone is Zone.LOCAL:
            assert permit.target.zone is not Zone.CLOUD
        if plan.first.zone is Zone.LOCAL:
            assert permit.target.zone is not Zone.CLOUD


def test_a_permit_cannot_be_made_changed_copied_or_stored() -> None:
    target = Target("openai", "m", zone=Zone.CLOUD)
    with pytest.raises(TypeError, match="EgressPolicy"):
        Cleared(object(), target, "p", Zone.LOCAL, "x")
    permit = EgressPolicy(_config("cloud", True), lambda: False).clear(
        Target("whisper", "m"), project="p", asked=Zone.LOCAL
    )
    with pytest.raises(AttributeError):
        permit.target = target  # type: ignore[misc]
    with pytest.raises(TypeError):
        copy.copy(permit)
    with pytest.raises(TypeError):
        pickle.dumps(permit)
    with pytest.raises(TypeError):
        type("Mine", (Cleared,), {})


async def test_backends_open_with_nothing_but_a_permit() -> None:
    backends = Backends(VoiceGatewaySchema())
    with pytest.raises(TypeError, match="Cleared"):
        await backends.open_stt(Target("whisper", "base"), SttOptions())  # type: ignore[arg-type]


async def test_a_target_that_cannot_tell_speakers_apart_is_not_asked_to() -> None:
    backends = Backends(VoiceGatewaySchema())
    backends.register("deepgram", stt=LocalStt(object()))  # type: ignore[arg-type]
    permit = EgressPolicy(_config("cloud", True), lambda: False).clear(
        Target("deepgram", "nova-3", zone=Zone.CLOUD), project="p", asked=Zone.CLOUD
    )
    with pytest.raises(BadRequest, match=r"deepgram/nova-3 does not tell speakers apart here"):
        await backends.open_stt(permit, SttOptions(diarize=True))


@pytest.mark.parametrize(
    ("name", "section"),
    [
        ("deepgram", {}),
        ("strong", {"type": "openai_compatible", "base_url": "https://strong.example/v1", "zone": "cloud"}),
        ("hall", {"type": "wyoming", "base_url": "wyoming://127.0.0.1:10300", "zone": "local"}),
    ],
)
async def test_a_target_that_is_not_asked_to_translate_is_not_said_to(name: str, section: dict[str, str]) -> None:
    zone = Zone(section.get("zone", "cloud"))
    config = _config("cloud", True)
    backends = Backends(VoiceGatewaySchema.model_validate({"providers": {name: section}} if section else {}))
    backends.register(name, stt=LocalStt(object()))  # type: ignore[arg-type]
    permit = EgressPolicy(config, lambda: False).clear(Target(name, "any", zone=zone), project="p", asked=Zone.CLOUD)
    with pytest.raises(BadRequest, match=f"{name}/any does not translate here"):
        await backends.open_stt(permit, SttOptions(translate=True))


async def test_what_left_is_written_down() -> None:
    w = world(projects={"default": {}})
    run = await w.corridor.open_tts(CALLER, "elevenlabs/flash", TtsOptions(rate=16_000))
    await run.push("héllo.")
    await run.end()
    await collect(run)
    local = await w.corridor.open_tts(CALLER, "piper/joe", TtsOptions(rate=16_000))
    await local.push("here")
    await local.end()
    await collect(local)
    (entry,) = w.corridor.egress.entries
    assert (entry.target, entry.project, entry.modality, entry.sent_bytes) == ("elevenlabs/flash", "default", "tts", 7)
    assert entry.sent_s == 0, "text has no length in seconds"
    assert entry.finished
    assert entry in w.events


@in_virtual_time
async def test_a_stream_is_in_the_log_from_its_first_byte_on() -> None:
    w = world(projects={"default": {}})
    run = await w.corridor.open_stt(CALLER, "deepgram/nova-3", SttOptions())
    assert w.corridor.egress.entries == []
    for number in range(1, 601):
        await run.push(frame(number % 100 + 1))
        await asyncio.sleep(0.01)
    told = [e for e in w.events if isinstance(e, EgressRecorded)]
    # the first line is there before the first frame has gone; 6 s of audio take no more than one line in two seconds
    assert [(e.finished, round(e.sent_s)) for e in told] == [(False, 0), (False, 2), (False, 4)]
    assert told[0].sent_bytes == len(frame(1))
    await run.end()
    await collect(run)
    (entry,) = w.corridor.egress.entries
    assert (entry.id, entry.at, entry.finished) == (told[0].id, told[0].at, True)
    assert (entry.sent_s, entry.sent_bytes) == (6.0, 600 * len(frame(1)))
    assert len([e for e in w.events if isinstance(e, EgressRecorded)]) == 4


async def test_each_target_that_was_sent_something_has_its_own_entry() -> None:
    w = world(fallbacks={"stt": ["openai/whisper-1", "whisper/base"]})
    w.script.faults = {"deepgram/nova-3": [Fault("refuse")], "openai/whisper-1": [Fault("crash", 3)]}
    run = await w.corridor.open_stt(CALLER, "deepgram/nova-3", SttOptions())
    for number in range(1, 6):
        await run.push(frame(number))
    await run.end()
    await collect(run)
    # one that refused was sent nothing; when it serves after all, it gets everything
    crashed, served = w.corridor.egress.entries
    assert (crashed.target, crashed.finished) == ("openai/whisper-1", True)
    assert (served.target, served.finished, served.sent_bytes) == ("deepgram/nova-3", True, 5 * len(frame(1)))


class Unplugs:
    """A backend that fails after offline mode was switched on."""

    def __init__(self, router: Router) -> None:
        self._router = router

    async def _open(self, *_: object) -> Any:
        self._router.set_offline(True)
        raise UpstreamError("The line is dead.")

    open_stt = open_tts = post = _open


@pytest.mark.parametrize("modality", ["stt", "tts", "llm"])
@pytest.mark.parametrize("home", [True, False])
@in_virtual_time
async def test_offline_mode_that_comes_in_the_middle_of_a_chain(modality: str, home: bool) -> None:
    local = {"stt": "whisper/base", "tts": "piper/joe", "llm": "llamacpp/m"}[modality]
    w = world(fallbacks={modality: ["openai/x", *([local] if home else [])]})
    wanted = "groq/x" if modality == "llm" else "deepgram/x"
    cut = Unplugs(w.router)
    w.backends.register(wanted.partition("/")[0], stt=cut, tts=cut, llm=cut)

    async def ask() -> str:
        if modality == "llm":
            reply = await w.corridor.chat(CALLER, wanted, {"messages": [], "stream": True})
            await reply.close()
            return reply.served.name
        opening = w.corridor.open_stt if modality == "stt" else w.corridor.open_tts
        run = await opening(CALLER, wanted, SttOptions() if modality == "stt" else TtsOptions())
        if modality == "tts":
            await run.push("Hello there. ")
            await run.end()
            await collect(run)
        await run.cancel()
        return run.served.name

    if home:
        assert await ask() == local
    else:
        with pytest.raises(EgressDenied, match="offline mode is on"):
            await ask()
    assert "openai/x" not in w.script.opened
