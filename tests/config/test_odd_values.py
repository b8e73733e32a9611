"""Numbers, names and variables of the file that make no sense: one sentence each."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicegw_desktop.config.load import GatewayConfig
from voicegw_desktop.config.schema import VoiceGatewaySchema
from voicegw_desktop.config.units import LARGEST, LONGEST, parse_keep_alive, parse_size
from voicegw_desktop.core.errors import ConfigError
from voicegw_desktop.storage.records import MOST_NANOS, to_nanos

pytestmark = pytest.mark.unit


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        GatewayConfig.from_text(text, environ={})
    caught.value.message.encode()
    assert "\u202e" not in caught.value.message
    return caught.value.problems


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("serve: {port: yes}", "serve.port: yes, on or true is no number"),
        ("serve: {wyoming_port: off}", "serve.wyoming_port: no, off or false is no number"),
        ("projects: {x: {daily_budget: true}}", "projects.x.daily_budget: yes, on or true is no number"),
        ("latency: {percentiles: [50, yes]}", "latency.percentiles: yes, on or true is no number"),
        ("engines: {memory_limit: yes}", "engines.memory_limit: yes, on or true is no number"),
        ("projects: {x: {daily_budget: .inf}}", "projects.x.daily_budget: inf is not finite"),
        ("cost_tracking: {daily_budget_alert: .nan}", "cost_tracking.daily_budget_alert: nan is not finite"),
        ("engines: {whisper: {option: -.inf}}", "engines.whisper.option: -inf is not finite"),
        ("projects: {x: {daily_budget: 1e999}}", "projects.x.daily_budget: it must be a finite number"),
        ('projects: {x: {daily_budget: "inf"}}', "projects.x.daily_budget: it must be a finite number"),
        ("projects: {x: {daily_budget: 1e308}}", "projects.x.daily_budget: it must be less than or equal to"),
        ("serve: {max_session: 99999999999h}", "serve.max_session: "),
        ("serve: {max_body: 999999999999TB}", "serve.max_body: "),
        ("default_project: no", "default_project: no, off or false is no name; write it in quotes"),
        ("projects: {a/b: {}}", 'projects.a/b: the name "a/b" holds a slash'),
        ('projects: {"": {}}', 'projects.: the name "" is empty'),
        ("projects: {..: {}}", 'projects...: the name ".." is or holds ".."'),
        ('projects: {"a\\nb": {}}', "projects.a\\nb: the name"),
        ('stacks: {"a\\u202eb": {}}', "stacks.a\\u202eb: the name"),
        ('providers: {"a/b": {type: openai}}', 'providers.a/b: the name "a/b" holds a slash'),
        ("models: {stt: {local/: {provider: a, model: b}}}", "models.stt.local/: the name"),
        ("default_project: ../x", "default_project: the name"),
        ('auth: {api_keys: [{token: x, project: ".."}]}', "auth.api_keys.0.project: the name"),
    ],
)
def test_one_sentence_says_what_is_wrong(text: str, said: str) -> None:
    (problem,) = problems(text)
    assert said in problem
    assert problem.endswith(".")


def test_names_are_the_text_that_stands_there() -> None:
    config = GatewayConfig.from_text("projects: {no: {}, 1: {}, 1.0: {}, 2024-01-01: {}}\ndefault_project: 1")
    assert list(config.projects) == ["no", "1", "1.0", "2024-01-01"]
    assert config.default_project == "1"


def test_merge_keys_still_merge() -> None:
    text = "projects:\n  a: &a {daily_budget: 2}\n  b: {<<: *a, name: B}\n"
    assert GatewayConfig.from_text(text).projects["b"].daily_budget == 2


def test_a_variable_with_a_default() -> None:
    text = 'providers: {openai: {base_url: "${WHERE:-http://127.0.0.1:1}/v1", api_key: "${KEY:-}"}}'
    for environ, where in (({}, "http://127.0.0.1:1/v1"), ({"WHERE": ""}, "http://127.0.0.1:1/v1"),
                           ({"WHERE": "http://b"}, "http://b/v1")):  # fmt: skip
        config = GatewayConfig.from_text(text, environ=environ)
        assert config.providers["openai"].base_url == where
        assert not any("not set" in warning or "kept as text" in warning for warning in config.warnings)


@pytest.mark.parametrize("value", ["$KEY", "${KEY-x}", "${KEY:?x}", "${}", "a $KEY b", "${A:-${B}}"])
def test_a_form_that_is_not_read_is_told_and_not_shown(value: str) -> None:
    config = GatewayConfig.from_text(f"providers: {{openai: {{api_key: '{value}'}}}}", environ={"B": "c", "A": "d"})
    (warning,) = (w for w in config.warnings if "kept as text" in w)
    assert warning.startswith("providers.openai.api_key: ")
    assert "${NAME:-default}" in warning
    assert value not in warning


@pytest.mark.parametrize("value", ["5$", "pa$sword", "$5", "US$", "x$y$z"])
def test_other_dollars_are_nobodys_business(value: str) -> None:
    config = GatewayConfig.from_text(f"projects: {{x: {{description: '{value}'}}}}", environ={})
    assert not any("kept as text" in warning for warning in config.warnings)


def test_a_budget_of_an_id_that_no_key_of_the_file_has_is_told() -> None:
    """Keys without a name were `config:key`, all of them."""
    keys = (
        "auth: {api_keys: [{token: a}, {token: b, name: laptop}, {token: c, name: shared}, {token: d, name: shared}]}"
    )
    ids = ("config:key", "config:laptop", "config:shared", "config:key-0123abcd", "vk_1")
    limits = ", ".join(f'"{key_id}": {{daily: 1}}' for key_id in ids)
    told = GatewayConfig.from_text(f"{keys}\nbudgets: {{keys: {{{limits}}}}}", environ={}).warnings
    assert [warning.partition(": ")[0] for warning in told] == ["budgets.keys.config:key", "budgets.keys.config:shared"]
    assert told[0].startswith("budgets.keys.config:key: no key in the file has this id, so that nothing is limited.")


@settings(max_examples=300, deadline=None, database=None, derandomize=True)
@given(st.floats() | st.booleans() | st.integers() | st.sampled_from(["inf", "nan", "1e999", "-1", "true", "５"]))
def test_a_number_that_is_taken_is_finite_and_bounded(value: object) -> None:
    data = {"projects": {"x": {"daily_budget": value}}, "latency": {"ttfb_warning_ms": value}}
    for section, given_ in data.items():
        try:
            schema = VoiceGatewaySchema.model_validate({section: given_})
        except ValueError:
            continue
        assert not isinstance(value, bool)
        taken = schema.projects["x"].daily_budget if section == "projects" else schema.latency.ttfb_warning_ms
        assert taken is not None
        assert 0 <= taken <= 1e9


@settings(max_examples=200, deadline=None, database=None, derandomize=True)
@given(st.floats() | st.integers() | st.text(max_size=8) | st.sampled_from(["inf", "nan", "sNaN", "1e999", 1e308]))
def test_money_is_read_without_an_error(value: float | str) -> None:
    assert 0 <= to_nanos(value) <= MOST_NANOS


def test_money_is_exact() -> None:
    assert (to_nanos(0.1), to_nanos("2.50"), to_nanos(math.inf), to_nanos(-1.0)) == (
        100_000_000, 2_500_000_000, MOST_NANOS, 0,
    )  # fmt: skip


@settings(max_examples=200, deadline=None, database=None, derandomize=True)
@given(st.from_regex(r"[0-9]{1,400}(\.[0-9]{1,3})?(ms|s|m|h|KiB|TB)?", fullmatch=True))
def test_durations_and_sizes_are_bounded(text: str) -> None:
    for parse, most in ((parse_keep_alive, LONGEST), (parse_size, LARGEST)):
        try:
            found = parse(text)
        except ValueError:
            continue
        assert found is not None
        assert 0 <= found <= most


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("serve: {port: x}", 'serve.port: it must be a whole number (given: "x").'),
        ("serve: {port: 70000}", 'serve.port: it must be less than or equal to 65535 (given: "70000").'),
        ("serve: {allow_lan: maybe}", 'serve.allow_lan: it must be true or false (given: "maybe").'),
        ("latency: {ttfb_warning_ms: soon}", 'latency.ttfb_warning_ms: it must be a number (given: "soon").'),
        ("serve: {names: one}", 'serve.names: it must be a list (given: "one").'),
        ("serve: 5", 'serve: it must be a section with keys (given: "5").'),
    ],
)
def test_what_a_value_must_be_is_told_in_plain_words(text: str, said: str) -> None:
    assert said in problems(text)
