"""The configuration: found, validated, explained, read-only."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from voicegw_desktop.config.load import GatewayConfig, search_paths
from voicegw_desktop.config.origins import Origin
from voicegw_desktop.core.clock import ManualClock
from voicegw_desktop.core.errors import ConfigError, NotFound
from voicegw_desktop.core.events import EventBus
from voicegw_desktop.core.paths import paths_below
from voicegw_desktop.core.ports import Caller, Modality
from voicegw_desktop.routing.router import Router

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parents[2]


def load(text: str, **environ: str) -> GatewayConfig:
    return GatewayConfig.from_text(text, environ=environ)


def test_without_a_file_the_local_default_is_used_and_says_so(tmp_path: Path) -> None:
    config = GatewayConfig.load(paths=paths_below(tmp_path), environ={})
    assert config.embedded
    assert config.path is None
    assert config.projects["default"].egress == "local"
    assert config.warnings == ()


def test_the_example_at_the_root_loads_and_means_something() -> None:
    config = GatewayConfig.load(ROOT / "voicegw.yaml", environ={})
    assert config.warnings == ()
    assert config.models.stt["local/whisper-base"].model == "base"


def test_search_takes_the_variable_first_then_the_profile(tmp_path: Path) -> None:
    paths = paths_below(tmp_path)
    paths.config.mkdir()
    (paths.config / "voicegw.yaml").write_text("default_project: profile")
    named = tmp_path / "named.yaml"
    named.write_text("default_project: named")
    assert GatewayConfig.load(paths=paths, environ={}).default_project == "profile"
    assert GatewayConfig.load(paths=paths, environ={"VOICEGW_CONFIG": str(named)}).default_project == "named"
    with pytest.raises(ConfigError, match="cannot be read"):
        GatewayConfig.load(tmp_path / "nowhere.yaml")


def test_variables_are_filled_in_at_any_depth_and_missing_ones_told() -> None:
    config = load(
        "providers: {openai: {api_key: '${KEY}', base_url: 'http://${HOST}/v1'}}\nauth: {cors_origins: ['${ORIGIN}']}",
        HOST="box",
    )
    assert config.get_provider_config_for_project("openai")["base_url"] == "http://box/v1"
    assert config.get_provider_config_for_project("openai")["api_key"] == ""
    assert config.auth.cors_origins == [""]
    assert config.missing_env == ("KEY", "ORIGIN")
    assert any("KEY" in warning for warning in config.warnings)


def test_every_problem_is_listed_with_its_path_and_a_guess() -> None:
    with pytest.raises(ConfigError) as caught:
        load("servee: {}\nserve: {prt: 1, port: many}\nprojects:\n  a: {budget_action: blok, source: db}\n")
    problems = "\n".join(caught.value.problems)
    assert len(caught.value.problems) == 5
    assert 'servee: unknown key "servee". Did you mean "serve"?' in problems
    assert 'serve.prt: unknown key "prt". Did you mean "port"?' in problems
    assert "serve.port: " in problems
    assert "projects.a.budget_action: " in problems
    assert "line 4: projects.a" in str(caught.value)


def test_an_unset_variable_is_named_where_it_does_harm() -> None:
    with pytest.raises(ConfigError, match="PORT is not set"):
        load("serve: {port: '${PORT}'}")


def test_a_secret_is_never_repeated_in_a_problem() -> None:
    with pytest.raises(ConfigError) as caught:
        load("auth: {api_keys: [{token: [sk-hidden]}]}\nproviders: {openai: {api_key: {a: sk-hidden}}}")
    assert "sk-hidden" not in str(caught.value)


def test_keys_that_appear_twice_are_refused_with_both_lines() -> None:
    with pytest.raises(ConfigError, match="line 1 and again on line 2") as caught:
        load("serve: {}\nserve: {port: 1}")
    assert caught.value.problems[0].startswith("serve: ")


@pytest.mark.parametrize(
    "text",
    [
        "- a\n- b",
        "serve: [",
        "a: !!python/object/apply:os.system [id]",
        "a: &a [*a]",
        "\n".join(["a0: &a0 [1, 2]", *(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 9))]),
    ],
)
def test_what_is_no_configuration_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ConfigError, match=r"voicegw\.yaml"):
        load(text)


def test_empty_sections_mean_defaults() -> None:
    config = load("providers:\nserve:\nmodels:\n  stt:\nprojects:\n  a:\nengines: {whisper: }")
    assert config.serve.port > 0
    assert "a" in config.projects


def test_nobody_changes_it() -> None:
    config = load("projects: {a: {tags: [x]}}\nproviders: {openai: {api_key: k}}")
    with pytest.raises(TypeError):
        config.projects["b"] = config.projects["a"]
    with pytest.raises(TypeError):
        config.projects["a"].tags.append("y")
    with pytest.raises(ValueError, match="frozen"):
        config.serve.port = 1
    copy = config.get_provider_config_for_project("openai")
    copy["api_key"] = "changed"
    config.data["projects"].clear()
    assert config.get_provider_config_for_project("openai")["api_key"] == "k"


def test_a_project_lays_its_settings_over_the_general_ones() -> None:
    config = load(
        "providers: {openai: {api_key: general, base_url: 'http://a'}}\n"
        "projects: {p: {providers: {openai: {api_key: own}}}}"
    )
    assert config.get_provider_config_for_project("openai", "p") == {"api_key": "own", "base_url": "http://a"}
    assert config.get_provider_config_for_project("openai")["api_key"] == "general"
    assert config.get_provider_config_for_project("nobody", "p") == {}


def test_explain_tells_the_line_the_variable_and_the_default() -> None:
    config = load(
        "providers:\n  openai:\n    api_key: ${KEY}\nmodels: {stt: {a.b: {provider: whisper, model: base}}}",
        KEY="sk-123456789012",
    )
    (key,) = config.explain("providers.openai.api_key")
    assert key.origin.where == "voicegw.yaml:3 ${KEY}"
    assert key.as_dict()["value"] == "sk-1…9012"
    (port,) = config.explain("serve.port")
    assert port.origin.kind == "default"
    assert config.explain("models.stt.a.b.model")[0].value == "base"
    (path,) = config.explain("cost_tracking.db_path", environ={"VOICEGW_DB_PATH": "/x.db"})
    assert (path.value, path.origin.kind) == ("/x.db", "env")
    with pytest.raises(NotFound, match='Did you mean "providers"'):
        config.explain("provider.openai")


def test_names_that_lead_nowhere_are_warned_of() -> None:
    config = load("stacks: {a: {stt: wisper/base}}\nprojects: {p: {default_stack: b}}\nproviders: {opnai: {}}")
    warnings = "\n".join(config.warnings)
    assert 'Did you mean "whisper"?' in warnings
    assert 'no stack "b"' in warnings
    assert 'Did you mean "openai"?' in warnings


def test_targets_that_lead_nowhere_are_warned_of_wherever_they_stand() -> None:
    text = """
    stacks: {x: {stt: whisperbase, tts: mine}}
    fallbacks: {stt: [wisper/base, whisper/base]}
    models: {tts: {mine: {provider: pipr, model: x}}}
    routing: {llm: {aliases: {"*": lamacpp/x, gpt: "*"}}}
    """
    paths = [warning.partition(": ")[0] for warning in load(text).warnings]
    # a name of one's own and an alias are targets too
    assert paths == ["stacks.x.stt", "fallbacks.stt", "routing.llm.aliases.*", "models.tts.mine"]


def test_limits_of_projects_are_no_strangers() -> None:
    limit = "{requests_per_minute: 1}"
    good = f"projects: {{shop: {{}}}}\nrate_limits: {{openai: {limit}, shop/openai: {limit}, shop/*: {limit}}}"
    assert load(good).warnings == ()
    warnings = load(f"projects: {{shop: {{}}}}\nrate_limits: {{shp/opnai: {limit}}}").warnings
    assert warnings == (
        'rate_limits.shp/opnai: no project "shp". Did you mean "shop"?',
        'rate_limits.shp/opnai: there is no provider "opnai". Did you mean "openai"?',
    )
    for project in ("shop", "default"):
        (warning,) = load(f"projects: {{shop: {{}}}}\nrate_limits: {{{project}: {limit}}}").warnings
        assert warning == f'rate_limits.{project}: "{project}" is a project; write "{project}/*" for all it asks.'


def test_a_file_written_for_voicegateway_loads_whole() -> None:
    env = {"OPENAI_API_KEY": "sk-o", "DEEPGRAM_API_KEY": "dg", "TONY_DEEPGRAM_KEY": "dg-tony", "VOICEGW_API_KEY": "k"}
    config = GatewayConfig.load(ROOT / "tests" / "data" / "voicegateway.yaml", environ=env)
    assert config.missing_env == ("ANTHROPIC_API_KEY",)
    told = [w.partition(":")[0] for w in config.warnings if "ANTHROPIC_API_KEY" not in w]
    assert told == [
        "dashboard", "providers.whisper.device", "providers.whisper.compute_type"
    ]  # fmt: skip
    assert {p.source for p in config.projects.values()} == {"yaml"}
    assert config.get_provider_config_for_project("deepgram", "tonys-pizza")["api_key"] == "dg-tony"
    assert config.get_provider_config_for_project("deepgram", "dental")["api_key"] == "dg"
    router = Router(config, EventBus(), ManualClock(), has_key=lambda provider, project: True)

    def served(modality: Modality, wanted: str, project: str) -> list[str]:
        return [str(p.target) for p in router.plan(modality, wanted, Caller(project, "python")).targets]

    assert served(Modality.STT, "local/whisper-base", "dental") == ["whisper/base:en"]
    assert served(Modality.STT, "", "tonys-pizza") == ["deepgram/nova-3:en", "whisper/base:en"]
    assert served(Modality.LLM, "auto", "dental") == ["ollama/qwen2.5:3b"]
    assert served(Modality.TTS, "local/piper", "playground") == ["piper/en_US-joe-medium:joe"]


def test_the_places_a_configuration_is_looked_for_in_order() -> None:
    paths = paths_below(Path("/profile"))
    found = search_paths(paths, {"VOICEGW_CONFIG": "/named.yaml", "PROGRAMDATA": "/programs"})
    expected = [
        Path("/named.yaml"),
        Path("voicegw.yaml").resolve(),
        Path.home() / ".config" / "voicegateway" / "voicegw.yaml",
        Path("/profile/config/voicegw.yaml"),
        Path("/etc/voicegateway/voicegw.yaml"),
    ]
    assert found[:5] == expected
    more = {
        "darwin": [Path("/Library/Application Support/voicegateway/voicegw.yaml")],
        "win32": [Path("/programs/voicegateway/voicegw.yaml")],
    }
    assert found[5:] == more.get(sys.platform, [])
    assert search_paths(paths, {}, isolated=True) == [Path("/profile/config/voicegw.yaml")]


def test_what_goes_before_the_configuration_is_explained_with_what_it_overrides() -> None:
    config = load("routing: {stt: {route: whisper/base}}")
    over = {("routing", "stt", "route"): Origin("live", "", "whisper/tiny"), ("projects", "p", "x"): Origin("live", "")}
    (route,) = config.explain("routing.stt.route", over=over)
    assert (route.value, route.origin.kind, route.overrides[0].value) == ("whisper/tiny", "live", "whisper/base")
    assert config.explain("projects.p.x", over=over)[0].origin.kind == "live"
    assert config.routing.stt.route == "whisper/base"


@pytest.mark.parametrize(
    ("serve", "told"),
    [
        ("{host: 0.0.0.0, allow_lan: true}", True),
        ("{host: 0.0.0.0, allow_lan: true, tls_cert: cert.pem, tls_key: key.pem}", False),
        ("{host: 127.0.0.1, allow_lan: true}", False),
        ("{}", False),
    ],
)
def test_open_to_the_network_without_tls_is_warned_of(serve: str, told: bool) -> None:
    assert any("nothing is encrypted" in warning for warning in load(f"serve: {serve}").warnings) is told


@pytest.mark.parametrize(
    ("serve", "told"),
    [
        ("{zeroconf: true}", True),
        ("{zeroconf: true, host: 0.0.0.0, allow_lan: true}", False),
        ("{zeroconf: false}", False),
    ],
)
def test_an_announcement_that_nobody_can_follow_is_told(serve: str, told: bool) -> None:
    assert any("serve.zeroconf" in warning for warning in load(f"serve: {serve}").warnings) is told


@pytest.mark.parametrize("name", ["http://strong.lan", "strong.lan:7717", "*.lan", "strong.lan.", "", "a b"])
def test_a_name_of_the_machine_is_only_a_name(name: str) -> None:
    with pytest.raises(ConfigError, match="is no host name: write only the name"):
        load(f"serve: {{names: ['{name}']}}")
