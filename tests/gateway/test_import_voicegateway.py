"""A database of VoiceGateway 0.27, made here by its schema, is taken over once and whole."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from voicegw_desktop.config.load import GatewayConfig
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.gateway.gateway import Gateway
from voicegw_desktop.gateway.operations import run
from voicegw_desktop.storage.sqlite import SQLiteStorage

pytestmark = pytest.mark.unit

AT = 1_780_000_000.0
SCHEMA = """
CREATE TABLE requests (id VARCHAR PRIMARY KEY, timestamp FLOAT NOT NULL, project VARCHAR DEFAULT 'default' NOT NULL,
    modality VARCHAR NOT NULL, model_id VARCHAR NOT NULL, provider VARCHAR NOT NULL, input_units FLOAT,
    output_units FLOAT, cached_input_units FLOAT DEFAULT '0', cost_usd FLOAT, pricing_source VARCHAR DEFAULT '',
    rated_price_usd FLOAT DEFAULT '0', rate_rule TEXT DEFAULT '', ttfb_ms FLOAT, total_latency_ms FLOAT, status VARCHAR,
    fallback_from VARCHAR, error_message VARCHAR, metadata TEXT, session_id VARCHAR, tenant_id VARCHAR,
    agent_id VARCHAR, revision VARCHAR, turn_index INTEGER);
CREATE TABLE sessions (id VARCHAR PRIMARY KEY, project VARCHAR NOT NULL, started_at VARCHAR NOT NULL, ended_at VARCHAR,
    modalities VARCHAR DEFAULT '' NOT NULL, total_cost_usd FLOAT, request_count INTEGER);
CREATE TABLE turns (id INTEGER PRIMARY KEY, session_id VARCHAR NOT NULL, turn_index INTEGER NOT NULL,
    caller_speak_start_ms BIGINT NOT NULL, caller_speak_end_ms BIGINT NOT NULL, agent_speak_start_ms BIGINT,
    agent_speak_end_ms BIGINT, response_speed_ms BIGINT, revision VARCHAR, created_at VARCHAR, tenant_id VARCHAR);
CREATE TABLE managed_providers (provider_id VARCHAR PRIMARY KEY, provider_type VARCHAR NOT NULL,
    api_key_encrypted VARCHAR DEFAULT '' NOT NULL, base_url VARCHAR, extra_config VARCHAR DEFAULT '{}' NOT NULL,
    created_at FLOAT NOT NULL, updated_at FLOAT NOT NULL, project VARCHAR);
CREATE TABLE managed_models (model_id VARCHAR PRIMARY KEY, modality VARCHAR NOT NULL, provider_id VARCHAR NOT NULL,
    model_name VARCHAR NOT NULL, display_name VARCHAR, default_language VARCHAR, default_voice VARCHAR,
    extra_config VARCHAR DEFAULT '{}' NOT NULL, enabled INTEGER DEFAULT '1' NOT NULL, created_at FLOAT NOT NULL,
    updated_at FLOAT NOT NULL);
CREATE TABLE managed_projects (project_id VARCHAR PRIMARY KEY, name VARCHAR NOT NULL, description VARCHAR DEFAULT '',
    daily_budget FLOAT DEFAULT '0' NOT NULL, budget_action VARCHAR DEFAULT 'warn' NOT NULL, default_stack VARCHAR,
    stt_model VARCHAR, llm_model VARCHAR, tts_model VARCHAR, tags VARCHAR DEFAULT '[]' NOT NULL,
    created_at FLOAT NOT NULL, updated_at FLOAT NOT NULL, branding_json VARCHAR);
CREATE TABLE api_keys (id INTEGER PRIMARY KEY, key_prefix VARCHAR NOT NULL, key_hash VARCHAR NOT NULL, name VARCHAR);
"""


def request(id: str, **more: Any) -> dict[str, Any]:
    return {
        "id": id, "timestamp": AT, "project": "shop", "modality": "llm", "model_id": "openai/gpt-4o-mini",
        "provider": "openai", "input_units": 10.0, "output_units": 20.0, "cached_input_units": 3.0,
        "cost_usd": 0.0001234, "pricing_source": "genai-prices@0.1", "ttfb_ms": 120.0, "total_latency_ms": 500.0,
        "status": "success", "metadata": '{"a": 1}', "session_id": "call-1", **more,
    }  # fmt: skip


REQUESTS = [
    request("paid"),
    request("unrated", modality="stt", model_id="deepgram/nova-3", provider="deepgram", cost_usd=0.0,
            pricing_source="voice-prices-unrated", timestamp=AT + 1),
    request("local", modality="tts", model_id="local/kokoro", provider="local", cost_usd=0.0,
            pricing_source="voicegateway-local", status="fallback", fallback_from="openai/tts-1", timestamp=AT + 2),
    request("broken", model_id="x" * 300, timestamp=AT + 3),
    request("odd", modality="avatar", timestamp=AT + 4),
    request("infinite", timestamp=float("inf")),
]  # fmt: skip


def made(path: Path, secret: bytes) -> Path:
    db = sqlite3.connect(path)
    db.executescript(SCHEMA)

    def put(table: str, **row: Any) -> None:
        marks = ", ".join("?" * len(row))
        db.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", tuple(row.values()))

    for row in REQUESTS:
        put("requests", **row)
    put("sessions", id="call-1", project="shop", started_at="2026-05-28T20:26:40+00:00")
    ended = int(AT * 1000)
    put("turns", session_id="call-1", turn_index=0, caller_speak_start_ms=ended - 1500, caller_speak_end_ms=ended,
        agent_speak_start_ms=ended + 700, agent_speak_end_ms=ended + 2700, response_speed_ms=700)  # fmt: skip
    times = {"created_at": AT, "updated_at": AT}
    seal = Fernet(secret).encrypt
    put("managed_providers", provider_id="openai", provider_type="openai",
        api_key_encrypted=seal(b"sk-of-voicegateway").decode(), **times)  # fmt: skip
    other = Fernet(Fernet.generate_key()).encrypt(b"lost").decode()
    put("managed_providers", provider_id="deepgram", provider_type="deepgram", api_key_encrypted=other, **times)
    put("managed_providers", provider_id="odd", provider_type="no such", **times)
    put(
        "managed_projects",
        project_id="shop",
        name="Shop",
        daily_budget=2.5,
        budget_action="block",
        tags='["a"]',
        **times,
    )
    put("managed_projects", project_id="free", name="Free", **times)
    put("managed_models", model_id="fast", modality="llm", provider_id="openai", model_name="gpt-4o-mini", **times)
    put("api_keys", key_prefix="vg", key_hash="h", name="old")
    db.commit()
    db.close()
    return path


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Gateway]:
    config = GatewayConfig.from_text("projects: {shop: {weekly_budget: 9}}\n", environ={})
    async with Gateway(config=config, paths=paths_below(tmp_path / "home"), clock=ManualClock(AT + 10)) as gateway:
        yield gateway


async def test_all_of_it_is_taken_over_once(gateway: Gateway, tmp_path: Path) -> None:
    secret = Fernet.generate_key()
    (tmp_path / "secret").write_bytes(secret)
    given = {"path": str(made(tmp_path / "voicegw.db", secret)), "secret_file": str(tmp_path / "secret")}
    shown: Any = await run(gateway, "import_voicegateway", given)
    assert (shown["preview"], shown["requests"], shown["api_keys"]) == (True, 6, 1)
    storage = gateway.storage
    assert isinstance(storage, SQLiteStorage)
    assert await storage.get_recent_requests() == []

    told: Any = await run(gateway, "import_voicegateway", {**given, "confirm": True})
    assert told["taken"] == {"requests": 3, "turns": 1, "projects": 2, "providers": 2, "models": 1, "keys": 1}
    assert told["left_out"] == 3
    assert "sk-of" not in json.dumps(told)
    notes = " ".join(told["notes"])
    for part in ("access keys", "The provider odd is left out", "key of the provider deepgram cannot be opened"):
        assert part in notes
    rows: dict[Any, Any] = {row["id"]: row for row in await storage.get_recent_requests()}
    assert (rows["paid"]["cost_nanos"], rows["paid"]["metadata"]) == (123_400, {"a": 1, "cached_tokens": 3.0})
    # 0 stands for two things there
    assert (rows["unrated"]["cost_nanos"], rows["unrated"]["pricing_source"]) == (None, "unknown")
    assert (rows["local"]["cost_nanos"], rows["local"]["pricing_source"]) == (0, "local")
    assert (rows["local"]["status"], rows["local"]["fallback_from"]) == ("success", "openai/tts-1")
    assert (rows["unrated"]["ttfb_ms"], rows["paid"]["ttfb_ms"]) == (None, 120.0)
    session: Any = await storage.get_session("call-1", 10)
    assert (session["request_count"], session["unpriced"], session["project"]) == (3, 1, "shop")
    (turn,) = await storage.get_turns(10)
    assert (turn.speech_s, turn.first_audio_ms, turn.audio_s, turn.project) == (1.5, 700.0, 2.0, "shop")
    shop, free = gateway.config.projects["shop"], gateway.config.projects["free"]
    assert (shop.daily_budget, shop.weekly_budget, shop.budget_action, free.daily_budget) == (2.5, 9, "block", None)
    assert gateway.config.models.llm["fast"].model == "gpt-4o-mini"
    assert await gateway.provider_keys.get("openai") == "sk-of-voicegateway"
    # budgets count what was spent there today
    assert gateway.cost_tracker.spent("shop", "day") == 123_400
    assert (await storage.audit_books(everything=True))["differences"] == []

    again: Any = await run(gateway, "import_voicegateway", {**given, "confirm": True})
    assert set(again["taken"].values()) == {0}
    assert gateway.cost_tracker.spent("shop", "day") == 123_400


async def test_without_its_secret_keys_stay_sealed(gateway: Gateway, tmp_path: Path) -> None:
    file = made(tmp_path / "voicegw.db", Fernet.generate_key())
    given = {"path": str(file), "secret_file": str(tmp_path / "none")}
    told: Any = await run(gateway, "import_voicegateway", {**given, "confirm": True})
    assert "2 keys of providers stay sealed" in " ".join(told["notes"])
    assert told["taken"]["keys"] == 0
    (tmp_path / "bad").write_text("no secret")
    with pytest.raises(BadRequest, match="holds no secret"):
        await run(gateway, "import_voicegateway", {**given, "secret_file": str(tmp_path / "bad")})


async def test_what_is_no_database_of_it_is_refused(gateway: Gateway, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no database, and long enough to be read as one" * 50)
    for path, why in ((tmp_path / "none", "no file"), (tmp_path / "text", "cannot be read"),
                      (gateway.database, "other columns")):  # fmt: skip
        with pytest.raises(BadRequest, match=why):
            await run(gateway, "import_voicegateway", {"path": str(path)})
