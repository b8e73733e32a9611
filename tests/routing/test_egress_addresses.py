"""Where a provider's data goes by the configuration, and the log of what went there."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.support.corridors import CALLER, world
from tests.support.virtual_time import in_virtual_time
from voicegw_desktop.config.schema import VoiceGatewaySchema
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.core.errors import EgressDenied
from voicegw_desktop.core.events import EgressRecorded, EventBus
from voicegw_desktop.core.ports import Target, Zone
from voicegw_desktop.core.zones import zone_of_url
from voicegw_desktop.routing.egress import (
    EGRESS_EVERY,
    Cleared,
    EgressLog,
    EgressPolicy,
    account_of,
    address_of,
    host_of,
    provider_config,
)

pytestmark = pytest.mark.unit

GENERAL = {"base_url": "http://192.168.1.9:8000/v1", "enabled": False}


def config(own: dict[str, Any] | None = None, general: dict[str, Any] | None = None) -> VoiceGatewaySchema:
    return VoiceGatewaySchema.model_validate(
        {
            "providers": {} if general is None else {"openai": general},
            "projects": {"p": {"providers": {} if own is None else {"openai": own}}},
        }
    )


def test_a_projects_settings_are_laid_over_the_general_ones() -> None:
    own = {"base_url": "http://10.0.0.1/v1", "zone": "lan"}
    both = provider_config(config(own, GENERAL), "openai", "p")
    assert both is not None
    assert (both.base_url, both.zone, both.enabled) == ("http://10.0.0.1/v1", "lan", False)
    # what is left empty is not set
    empty = provider_config(config({"base_url": "", "zone": None}, GENERAL), "openai", "p")
    assert empty is not None
    assert (empty.base_url, empty.enabled) == (GENERAL["base_url"], False)


def test_settings_of_one_kind_stand_alone() -> None:
    only_general, only_own = config(None, GENERAL), config(GENERAL)
    for given, project in ((only_general, "p"), (only_general, None), (only_general, "unknown"), (only_own, "p")):
        found = provider_config(given, "openai", project)
        assert found is not None
        assert found.base_url == GENERAL["base_url"]
    assert provider_config(only_own, "openai", None) is None
    assert provider_config(only_own, "groq", "p") is None


def test_a_project_has_an_account_of_its_own_where_it_has_settings() -> None:
    given = config(GENERAL)
    assert account_of(given, "openai", "p") == "p"
    assert account_of(given, "groq", "p") is None
    assert account_of(given, "openai", "unknown") is None


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("http://192.168.1.9:8000/v1", "192.168.1.9:8000"),
        ("192.168.1.9:8000", "192.168.1.9:8000"),
        ("https://api.example.com", "api.example.com"),
    ],
)
def test_the_log_names_the_host_that_the_address_names(address: str, host: str) -> None:
    given = VoiceGatewaySchema.model_validate({"engines": {"ollama": {"base_url": address}}})
    assert address_of(given, "ollama", None) == address
    assert host_of(given, Target("ollama", "qwen")) == host


def test_without_an_address_the_provider_is_named() -> None:
    assert address_of(VoiceGatewaySchema(), "openai", None) is None
    assert host_of(VoiceGatewaySchema(), Target("openai", "gpt")) == "openai"


def cleared(provider: str = "openai", policy: EgressPolicy | None = None) -> Cleared:
    asks = policy or EgressPolicy(VoiceGatewaySchema(), lambda: False)
    return asks.clear(Target(provider, "m"), project="p", asked=Zone.CLOUD)


def test_a_permit_says_what_it_permits() -> None:
    assert repr(cleared()) == "<cleared openai/m (cloud) for p>"


def test_a_permit_is_given_again_while_it_holds() -> None:
    offline = False
    policy = EgressPolicy(VoiceGatewaySchema(), lambda: offline)
    away, here = cleared("openai", policy), cleared("whisper", policy)
    assert cleared("openai", policy) is away
    offline = True
    assert cleared("whisper", policy) is here
    with pytest.raises(EgressDenied):
        cleared("openai", policy)


@pytest.mark.parametrize("offline", [True, False])
@pytest.mark.parametrize("project", ["near", "far", "unknown"])
@pytest.mark.parametrize("url", ["http://127.0.0.1:9/hook", "http://192.168.1.9/hook", "https://example.com/hook"])
def test_a_message_reaches_an_address_as_far_away_as_its_project_may_send(
    url: str, project: str, offline: bool
) -> None:
    given = VoiceGatewaySchema.model_validate({"projects": {"near": {"egress": "lan"}, "far": {}}})
    policy, zone = EgressPolicy(given, lambda: offline), zone_of_url(url)
    if offline and zone is not Zone.LOCAL:
        with pytest.raises(EgressDenied, match="offline mode is on"):
            policy.clear_address("webhook", url, project)
    elif project == "near" and zone is Zone.CLOUD:
        with pytest.raises(EgressDenied, match=r"Change projects\.near\.egress"):
            policy.clear_address("webhook", url, project)
    else:
        permit = policy.clear_address("webhook", url, project)
        assert (permit.target.provider, permit.target.zone, permit.project) == ("webhook", zone, project)
        assert url.startswith(f"{url.partition(':')[0]}://{permit.host}")


class Log(EgressLog):
    """A log of at most three entries, all of whose lines are kept in `lines`."""

    kept = 3

    def __init__(self) -> None:
        self.lines: list[EgressRecorded] = []
        super().__init__(EventBus(), ManualClock(), self.lines.append)


def test_the_log_in_memory_forgets_the_oldest_and_every_line_is_stored() -> None:
    log = Log()
    for size in range(1, 6):
        log.entry(cleared(), f"r{size}", "llm").finish_with(size)
        if size == 3:
            assert [one.request for one in log.entries] == ["r1", "r2", "r3"]
    assert [one.request for one in log.entries] == ["r3", "r4", "r5"]
    assert [(one.request, one.sent_bytes, one.finished) for one in log.lines] == [
        (f"r{size}", size, True) for size in range(1, 6)
    ]


def test_what_stays_on_this_machine_leaves_no_line() -> None:
    log = Log()
    log.entry(cleared("whisper"), "r1", "llm").finish_with(5)
    log.entry(cleared("whisper"), "r1", "llm").add(5)
    log.entry(cleared(), "r1", "llm").close()
    assert log.lines == []


def test_connections_of_no_run_are_in_the_log() -> None:
    log = Log()
    # to this machine: a refused one counts all the same
    log.note("ollama/m", "p", "llm", "127.0.0.1", Zone.LOCAL)
    log.refused("openai/gpt", "p", "r1", "llm", "http://127.0.0.1:9")
    log.download("p", "whisper/base", "user@files.example", Zone.CLOUD, refused=False)
    log.note("box/m", "p", "probe", "", Zone.LAN)
    assert [(e.target, e.modality, e.host, e.zone, e.refused) for e in log.lines] == [
        ("openai/gpt", "llm", "127.0.0.1:9", "local", True),
        ("whisper/base", "pull", "files.example", "cloud", False),
        ("box/m", "probe", "unknown", "lan", False),
    ]
    # without a request of its own, a line has a number of its own
    of_run, download, probe = log.lines
    assert (of_run.request, of_run.id != "r1") == ("r1", True)
    assert (download.request, probe.request) == (download.id, probe.id)


def test_an_entry_is_closed_once() -> None:
    log = Log()
    entry = log.entry(cleared(), "r1", "stt")
    entry.add(5, 0.5)
    entry.close()
    entry.close()
    assert [(one.sent_bytes, one.sent_s, one.finished) for one in log.lines] == [(5, 0.5, False), (5, 0.5, True)]


@in_virtual_time
async def test_after_its_end_an_entry_says_nothing_more() -> None:
    log = Log()
    entry = log.entry(cleared(), "r1", "stt")
    entry.add(5, 0.5)
    entry.add(5, 0.5)
    entry.close()
    await asyncio.sleep(EGRESS_EVERY * 2)
    assert [(one.sent_bytes, one.finished) for one in log.lines] == [(5, False), (10, True)]


async def test_a_chat_is_in_the_log_with_all_its_bytes_when_it_is_sent() -> None:
    w = world()
    run = await w.corridor.chat(CALLER, "groq/llama", {"messages": [], "stream": True})
    (entry,) = w.corridor.egress.entries
    assert (entry.target, entry.modality, entry.finished) == ("groq/llama", "llm", True)
    assert entry.sent_bytes > 0
    await run.close()
