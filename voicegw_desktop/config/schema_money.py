"""The sections of `voicegw.yaml` about money: where costs are kept, budgets, and prices."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from voicegw_desktop.config.section import Section
from voicegw_desktop.config.units import web_address

MOST_USD = 1_000_000_000.0  # US dollars a period; in nano-dollars it still fits into 64 bits


class CostTrackingConfig(Section):
    """Where requests and their cost are stored."""

    enabled: bool = True
    """False: nothing is stored; budgets and limits still count the day."""
    db_path: str | None = None
    """The database; `VOICEGW_DB_PATH` overrides it."""
    daily_budget_alert: float | None = Field(default=None, ge=0, le=MOST_USD)
    """US dollars a day over all projects after which a notice appears."""


class BudgetConfig(Section):
    """What a key, or all projects together, may spend."""

    daily: float | None = Field(default=None, ge=0, le=MOST_USD)
    """US dollars a day, local midnight to midnight; none: no limit."""
    weekly: float | None = Field(default=None, ge=0, le=MOST_USD)
    """US dollars from Monday to Sunday."""
    monthly: float | None = Field(default=None, ge=0, le=MOST_USD)
    """US dollars in a calendar month."""
    action: Literal["warn", "throttle", "block"] = "warn"
    """What happens once the budget is spent; see `projects.<id>.budget_action`."""
    unpriced: Literal["allow", "block"] = "allow"
    """Whether targets of unknown price may serve; see `projects.<id>.unpriced`."""


class BudgetsConfig(Section):
    """Budgets beside those of projects, and what hears of them."""

    machine: BudgetConfig = BudgetConfig()
    """For everything that is paid on this machine."""
    keys: dict[str, BudgetConfig] = {}
    """For single access keys, by their id (`voicegw keys list`)."""
    on_budget: Annotated[list[Annotated[str, Field(min_length=1, max_length=4096)]], Field(max_length=64)] = []
    """A program and its arguments, run without a shell when 50, 80 or 100 % of a budget are spent; it reads one line of
    JSON from its standard input. It gets PATH, HOME and the like of this program's environment, and no keys."""
    webhook: str | None = None
    """An address that gets the same JSON by POST. Offline mode and the project's `egress` hold for it."""

    @field_validator("webhook")
    @classmethod
    def _address(cls, url: str | None) -> str | None:
        return web_address(url, "webhook")


Price = Annotated[float | None, Field(default=None, ge=0, le=1_000_000)]
Factor = Annotated[float, Field(ge=0, le=1000)]


class PriceConfig(Section):
    """What you pay for one model, in US dollars; it overrides the price list that comes with the program."""

    input: Price = None
    """A million tokens read."""
    cached: Price = None
    """A million tokens read from the provider's cache; none: as `input`."""
    cache_write: Price = None
    """A million tokens written to it; none: as `input`."""
    output: Price = None
    """A million tokens written, reasoning with them."""
    audio_input: Price = None
    """A million tokens of audio heard."""
    audio_cached: Price = None
    """Audio input from the provider's cache; none: as `audio_input`."""
    audio_output: Price = None
    """A million tokens of audio spoken."""
    characters: Price = None
    """A million characters spoken."""
    audio_minute: Price = None
    """A minute of a recording, or of what is spoken."""
    audio_hour: Price = None
    """Audio input for an hour."""
    streaming: Price = None
    """A minute of a live stream; none: as for a recording."""
    minimum_s: float = Field(default=0, ge=0, le=86_400)
    """The shortest audio that is billed."""
    step_s: float = Field(default=0, ge=0, le=86_400)
    """Audio is billed in steps of this many seconds; 0: exactly."""
    billed: Literal["audio", "session"] = "audio"
    """`session`: a live stream costs what its connection lasted, silent or not."""
    tiers: dict[str, Factor] = {}
    """Service tiers (`flex`, `priority`) and how many times these prices they cost."""
