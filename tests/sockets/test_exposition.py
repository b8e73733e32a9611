"""The whole metrics page as strict readers read it: prometheus_client's parser, promtool's rules, promtool itself."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from tests.support.records import record
from tests.support.unsafe import ATTACKS
from voicegw_desktop.core.events import (
    BudgetState,
    EngineState,
    EventBus,
    LoopLag,
    RequestFinished,
    RequestFirstByte,
    RequestStarted,
)
from voicegw_desktop.core.late import StreamBehind
from voicegw_desktop.sockets.operations.metrics import Metrics

PROMTOOL = shutil.which("promtool")
NOT_BASE = re.compile(
    r"(^|_)(milli|micro|nano)?(minutes?|hours?|days?|milliseconds|ms|kilobytes|megabytes|kb|mb|percent)(_|$)"
)
"""Units that promtool requires in seconds, bytes or as a ratio."""


def everything() -> str:
    """Every metric with a series, some of them with names that attack."""
    bus = EventBus()
    metrics = Metrics(bus)
    bus.publish(RequestStarted("open", "stt", "whisper/base", "alpha", "openai"))
    bus.publish(RequestFirstByte("1", "stt", "whisper/base", 150.0))
    bus.publish(RequestFirstByte("2", "stt", "whisper/base", 150.0, recorded=True))
    for n, modality in enumerate(("stt", "llm", "tts")):
        for price, source in ((None, "unknown"), (5, "estimate 2026-01-01"), (10**10, "local")):
            each = record(id=f"{n}{source}", modality=modality, cost_nanos=price, pricing_source=source,
                          input_units=1 / 3, output_units=7.0, project=ATTACKS[n])  # fmt: skip
            bus.publish(RequestFinished(each))
    bus.publish(EngineState("whisper/base", "ready", rss_bytes=7))
    for attack in ATTACKS:
        bus.publish(BudgetState(attack, "warning", 8, 10))
    bus.publish(LoopLag(2.0, 4.0))
    bus.publish(StreamBehind("open", "whisper/base", 2.0))
    return metrics.text()


@pytest.mark.unit
def test_the_parser_of_prometheus_client_reads_all_of_it() -> None:
    parser = pytest.importorskip("prometheus_client.parser")
    text = everything()
    families = list(parser.text_string_to_metric_families(text))
    names = {family.name for family in families}
    assert {"voicegw_requests", "voicegw_cost_usd", "voicegw_ttfb_seconds", "voicegw_loop_lag_seconds"} <= names
    samples = [line for line in text.splitlines() if not line.startswith("#")]
    assert sum(len(family.samples) for family in families) == len(samples)
    for family in families:
        assert family.samples, family.name
        assert family.documentation.endswith("."), family.name
        assert family.type != "unknown", family.name
        keys = [(sample.name, tuple(sorted(sample.labels.items()))) for sample in family.samples]
        assert len(set(keys)) == len(keys), family.name


@pytest.mark.unit
def test_names_and_units_are_those_that_promtool_accepts() -> None:
    text = everything()
    kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))
    assert list(kinds) == re.findall(r"^# HELP (\S+) ", text, re.MULTILINE)
    for name, kind in kinds.items():
        assert re.fullmatch(r"[a-z][a-z0-9_]*", name)
        assert (kind == "counter") == name.endswith("_total"), name
        assert not name.endswith(("_count", "_sum", "_bucket")), name
        assert kind not in name, name
        assert kind == "summary" or not re.search(rf'^{name}{{.*quantile="', text, re.MULTILINE), name
        assert not NOT_BASE.search(name), name
    for name, kind in kinds.items():
        if kind == "histogram":
            assert f"{name}_sum{{" in text
            assert re.search(rf'^{name}_bucket{{.*le="\+Inf"}} ', text, re.MULTILINE)


@pytest.mark.process
@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed")
def test_promtool_has_no_complaint() -> None:
    found = subprocess.run([str(PROMTOOL), "check", "metrics"], input=everything(), text=True, capture_output=True)
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")
