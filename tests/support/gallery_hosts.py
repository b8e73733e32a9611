"""Gateways to take pictures of: one at work, an empty one, one in trouble, one that is down, one with long names."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from typing import Any

from tests.support.fake_host import FakeHost, engine, model, project, provider
from voicegw_desktop.app.viewmodels.overview import Overview
from voicegw_desktop.app.viewmodels.state import Budget
from voicegw_desktop.core import events as e

TARGETS = {"stt": ("whisper/base", "deepgram/nova-3"), "llm": ("llamacpp/qwen2.5-coder-0.5b", "openai/gpt-4o-mini"),
           "tts": ("piper/en_US-joe-medium", "kokoro/v1.0-int8")}  # fmt: skip
USUAL = {"stt": 86.0, "llm": 190.0, "tts": 110.0}  # ms
PRICES = {"deepgram/nova-3": 4_300_000, "openai/gpt-4o-mini": 620_500}  # nano-dollars
LONG = "a-very-long-name-that-somebody-chose-" * 3


def rows(count: int, now: float, failing: str = "") -> list[dict[str, Any]]:
    """Stored requests, newest first: sessions of three stages, the odd error."""
    dice = random.Random(7)
    found = []
    for number in range(count):
        modality = ("tts", "llm", "stt")[number % 3]
        target = TARGETS[modality][dice.random() < 0.25]
        bad = target == failing or dice.random() < 0.04
        first = USUAL[modality] * dice.lognormvariate(0, 0.35)
        at = now - 4 - number * 2.2 - (120 if number > 40 else 0)
        found.append({
            "id": f"req_{number:05d}", "timestamp": at, "modality": modality, "model_id": target,
            "provider": target.split("/")[0], "project": ("default", "kitchen", "shop")[number // 3 % 3],
            "ttfb_ms": None if bad else first, "total_latency_ms": first * 2.4, "cost_nanos": PRICES.get(target, 0),
            "status": "error" if bad else "success", "error_message": f"{target} cannot be reached." if bad else None,
            "fallback_from": "deepgram/nova-3" if number == 7 else None, "wanted": target, "wire": "livekit",
            "pricing_source": "estimate 2026-01-01" if number == 8 else "catalogue 2026-01-01",
            "session_id": f"room-{number // 9:03d}", "key_id": "k1", "input_units": 12.0, "output_units": 40.0,
            "metadata": {}, "gateway_ms": 0.4,
        })  # fmt: skip
    return found


def sessions(count: int, now: float) -> list[dict[str, Any]]:
    """Stored sessions, newest first."""
    return [
        {"id": f"room-{n:03d}", "project": ("default", "kitchen", "shop")[n % 3], "started_at": now - 60 - n * 3100,
         "ended_at": now - 20 - n * 3100, "modalities": ["stt", "llm", "tts"], "cost_nanos": 620_500 * (n % 3),
         "request_count": 9, "unpriced": 0, "errors": (0, 0, 1, 0, 9)[n % 5],
         "served_by": {m: [t[0]] for m, t in TARGETS.items()}}
        for n in range(count)
    ]  # fmt: skip


def turns(now: float) -> list[dict[str, Any]]:
    """Three turns of a session; the second is interrupted."""
    names = ("endpoint", "transcript", "to the model", "first token", "first clause", "to the voice", "first sound")
    times = ((300.0, 120, 2, 107, 51, 0.4, 91), (310.0, 90, 2, 160, 70, 0.4, 99), (290.0, 131, 2, 210, 40, 0.4, 103))
    return [
        {"id": f"t{n}", "started_at": now - 60 + 9 * n, "stages": dict(zip(names, some, strict=True)),
         "interrupted_ms": 1400.0 if n == 1 else None, "dead_air_ms": sum(some),
         "talk_over_ms": 220.0 if n == 1 else 0.0, "errors": 0, "fallbacks": 0,
         "false_starts": 0, "cost_nanos": 620_500 if n else 0, "stt": "whisper/base",
         "llm": "openai/gpt-4o-mini", "tts": "piper/en_US-joe-medium"}
        for n, some in enumerate(times)
    ]  # fmt: skip


def _store() -> list[dict[str, Any]]:
    return [
        model("whisper/base", "stt", "installed", starter=True, languages=["multi"]),
        model("llamacpp/smollm2-135m", "llm", "installed", starter=True),
        model("piper/en_US-joe-medium", "tts", "installed", starter=True),
        model("kokoro/v1.0-int8", "tts", "installed", licence="Apache-2.0"),
        model("whisper/small", "stt", languages=["multi"], size_bytes=480_000_000, ram_mb=900),
        model("llamacpp/qwen2.5-3b", "llm", languages=["multi"], size_bytes=2_100_000_000, ram_mb=2600),
        *(
            model(f"piper/{name}", "tts", licence="CC0-1.0", languages=[name[:2]])
            for name in ("de_DE-eva", "es_ES-carl", "en_GB-alba")
        ),
    ]


def busy(**more: Any) -> FakeHost:
    """A gateway with the usual amount of data."""
    now = time.time()
    listed = [{"modality": m, "provider": t.split("/")[0], "model": t.split("/", 1)[1], "installed": True}
              for m, targets in TARGETS.items() for t in targets]  # fmt: skip
    answers: dict[str, Any] = {
        "logs": {"logs": rows(220, now), "next": None},
        "list_models": {"models": listed},
        "list_store": {"models": _store(), "memory_limit": 8_000_000_000, "free_bytes": 120_000_000_000},
        "latency": {"latency": {"by_model": {"whisper/base": {"count": 73, "ttfb_ms": {"p50": 84.0}},
                                             "piper/en_US-joe-medium": {"count": 72, "ttfb_ms": {"p50": 112.0}}}}},
        "show_routes": {"offline": False, "stack": "quick", "stacks": {"quick": {}, "best": {}},
                        "routes": {"stt": "whisper/base"}},
        "list_engines": {"engines": [
            engine("whisper/base", "idle", rss_bytes=320_000_000, threads=2, keep_alive_s=300.0, pid=42,
                   expires_at=now + 200, info={"device": "cpu", "compute_type": "int8"}),
            engine("piper/en_US-joe-medium", "busy", rss_bytes=170_000_000, threads=1, keep_alive_s=None, pid=43),
            engine("llamacpp/smollm2-135m"), engine("kokoro/v1.0-int8")], "memory_limit": 8_000_000_000},
        "list_providers": {"providers": [
            provider("deepgram", configured=True, api_key="dg-a…6789"), provider("openai", modalities=["llm", "tts"],
            configured=True, api_key="sk-a…1234"), provider("groq", modalities=["llm"]), provider("cartesia",
            modalities=["tts"])]},
        "list_projects": {"projects": [project("default", name="Default"), project("kitchen", name="Kitchen",
            daily_budget=1.0, budget_action="block"), project("shop", name="Shop", daily_budget=2.0)]},
        "get_project": {"budget": {"status": "warning", "budget_nanos": 10**9, "action": "block"}},
        "list_keys": {"keys": [{"id": f"key_{name}", "name": name, "project": name, "created_at": now - 900,
                                "scopes": []} for name in ("default", "kitchen", "shop")]},
        "sessions": {"sessions": sessions(40, now), "next": None},
        "session": {**sessions(1, now)[0], "requests": list(reversed(rows(9, now))), "turns": turns(now)},
        "costs": _costs(),
        "budgets": BUDGETS,
        "what_if": {"period": "week", "served": 3.9412, "stacks": [
            {"stack": "quick", "would_cost": 2.1, "saved": -1.8412, "unpriced": 0},
            {"stack": "best", "would_cost": 41.2, "saved": 37.2588, "unpriced": 12}]},
        "egress": {"egress": [{"at": now - 60 * n, "request": f"req_{n:05d}", "target": "openai/gpt-4o-mini",
            "host": "api.openai.com", "zone": "cloud", "project": "shop", "modality": "llm", "sent_bytes": 1200 + n,
            "sent_s": 0.0, "finished": True, "id": f"e{n}"} for n in range(30)]},
    }  # fmt: skip
    return FakeHost(**(answers | more))


def _budget(kind: str, name: str, period: str, spent: float, limit: float, ahead: float, status: str) -> dict[str, Any]:
    return {"kind": kind, "name": name, "label": name, "period": period, "spent_nanos": round(spent * 1e9),
            "budget_nanos": round(limit * 1e9), "forecast_nanos": round(ahead * 1e9), "status": status}  # fmt: skip


BUDGETS = {
    "budgets": [_budget("project", "shop", "day", 2.5, 2, 4.1, "exceeded"),
                _budget("key", "till", "week", 1.2, 5, 2.9, "ok"),
                _budget("project", "kitchen", "month", 1.44, 1.7, 1.9, "warning"),
                _budget("machine", "", "month", 5.61, 10, 12, "ok")],
    "periods": [{"period": "month", "spent_nanos": 5_613_000_000, "forecast_nanos": 12_000_000_000}],
}  # fmt: skip


def _costs() -> dict[str, Any]:
    def part(nanos: int, requests: int, **more: int) -> dict[str, Any]:
        return {"cost": nanos / 1e9, "cost_nanos": nanos, "requests": requests, "unpriced": 0, "estimated": 0, **more}

    return {
        "period": "month", "tracking": True, "total": 3.9412, "total_nanos": 3_941_200_000, "requests": 1284,
        "unpriced": 12, "estimated": 31,
        "by_provider": {"openai": part(2_541_200_000, 402, errors=3), "deepgram": part(1_400_000_000, 310),
                        "whisper": part(0, 300), "piper": part(0, 272)},
        "by_project": {"shop": part(2_500_000_000, 700), "kitchen": part(1_441_200_000, 300), "default": part(0, 284)},
        "by_model": {"openai/gpt-4o-mini": part(2_541_200_000, 402)}, "by_modality": {},
        "rows": [{"day": f"2026-11-{22 + n}", **part(300_000_000 * (n * 3 % 5 + 1), 120 + n, unpriced=n % 2)}
                 for n in range(7)],
    }  # fmt: skip


def _trouble() -> FakeHost:
    locked = (
        "The keychain is locked, so the keys in it cannot be used: providers with a stored key and LiveKit agents are"
        " refused until it is unlocked."
    )
    return busy(
        status={"config": {"warnings": ["${DEEPGRAM_API_KEY} is not set."]}, "secrets": "keychain",
                "vault": {"state": "locked", "message": locked},
                "troubles": ["3 of the last 10 failed: groq cannot be reached (connection refused)."]},
        list_engines={"engines": [engine("whisper/base", "failed", reason="its model file is damaged")],
                      "memory_limit": 8_000_000_000},
    )  # fmt: skip


def _servers() -> FakeHost:
    """Servers of one's own beside this machine's engines: one answers, one does not."""
    own = {"provider": "openai_compatible", "source": "db", "modalities": ["llm"], "configured": True, "key_page": ""}
    return busy(
        list_engines={"engines": [
            engine("whisper/base", "idle", rss_bytes=320_000_000, threads=2, keep_alive_s=300.0, pid=42),
            engine("gpu-box", "answers", address="http://gpu-box:8000/v1", info={"models": ["llama-3.3", "qwen3"]}),
            engine("attic", "does not answer", address="http://attic:1234/v1", reason="The server did not answer."),
            engine("llamacpp/smollm2-135m")], "memory_limit": 8_000_000_000},
        list_providers={"providers": [
            provider("openai", modalities=["llm", "tts"], configured=True, api_key="sk-a…1234"),
            provider("gpu-box", base_url="http://gpu-box:8000/v1", **own),
            provider("attic", base_url="http://attic:1234/v1", **own)]},
    )  # fmt: skip


def _long() -> FakeHost:
    now = time.time()
    long_rows = [r | {"model_id": f"openai/{LONG}", "project": LONG, "session_id": LONG} for r in rows(60, now)]
    return busy(
        logs={"logs": long_rows, "next": None},
        list_projects={"projects": [project(LONG, name=LONG, daily_budget=1.0), project("default")]},
        list_providers={"providers": [provider(LONG + str(n)) for n in range(20)]},
        list_store={"models": [model(f"piper/{LONG}{n}", "tts") for n in range(30)]},
        show_routes={"offline": False, "stack": LONG, "stacks": {LONG: {}}, "routes": {"stt": f"openai/{LONG}"}},
    )


def empty() -> FakeHost:
    """A gateway at its first start: models to fetch, providers without a key."""
    store = [model(str(one["id"]), str(one["modality"]), starter=one["starter"], languages=one["languages"])
             for one in _store()]  # fmt: skip
    return FakeHost(
        list_store={"models": store, "memory_limit": 8_000_000_000, "free_bytes": 120_000_000_000},
        list_providers={"providers": [provider("deepgram"), provider("openai", modalities=["llm", "tts"]),
                                      provider("groq", modalities=["llm"])]},
    )  # fmt: skip


STATES: Mapping[str, Callable[[], FakeHost]] = {
    "busy": busy,
    "empty": empty,
    "error": _trouble,
    "down": busy,
    "long": _long,
    "servers": _servers,
}
"""A gateway for each state of the gallery."""


def fill(view: Overview, state: str) -> None:
    """What happened since the gateway came up."""
    if state in ("empty", "down"):
        return
    name = LONG if state == "long" else "kitchen"
    view.set_budgets([Budget("shop", "Shop", "exceeded", 2_000_000_000, "block"),
                      Budget("kitchen", name, "warning", 1_700_000_000, "warn")])  # fmt: skip
    for modality, ms in (("stt", 84.0), ("llm", 201.0), ("tts", 112.0)):
        view.feed(e.RequestStarted(modality, modality, TARGETS[modality][0], "kitchen", "livekit", "room-000"))
        view.feed(e.RequestFirstByte(modality, modality, TARGETS[modality][0], ms))
    view.active.pop("stt", None)
    if state == "error":
        view.feed(e.Notice("warning", "deepgram/nova-3 did not answer; whisper/base took over", "fallback"))
