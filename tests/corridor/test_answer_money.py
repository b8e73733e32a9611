"""What is set aside for a chat's answer, by meters that record their calls."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from voicegw_desktop.config.schema import VoiceGatewaySchema
from voicegw_desktop.core.errors import BudgetExceededError
from voicegw_desktop.core.ports import Caller, Target, Zone
from voicegw_desktop.corridor.answer_money import AnswerMoney
from voicegw_desktop.corridor.chat_usage import tokens_at_most
from voicegw_desktop.corridor.metering import LONGEST_ANSWER, Leg

pytestmark = pytest.mark.unit

CHAT = "/chat/completions"
ASKED: dict[str, Any] = {"messages": [{"role": "user", "content": "Hi"}]}
OPENAI = Target("openai", "gpt", zone=Zone.CLOUD)
GROQ = Target("groq", "llama", zone=Zone.CLOUD)


@dataclass
class Held:
    """What is set aside."""

    counts: bool = True


@dataclass
class Notes:
    """Meters of one project: they record their calls and give scripted answers."""

    limit: int | None = None
    reach: float = 1.0
    costless: bool = False
    spent: bool = False
    answers: list[tuple[Any, ...]] = field(default_factory=list)
    grown: list[tuple[int, int, int, Any]] = field(default_factory=list)

    def free(self, target: Target) -> bool:
        return self.costless

    def reserve_answer(
        self, project: str, leg: Leg, limit: int | None, answers: int, key: str | None
    ) -> tuple[Held, int | None]:
        assert leg.usage is not None
        self.answers.append(
            (project, leg.target, leg.usage.prompt_tokens, leg.usage.audio_completion_tokens, limit, answers)
        )
        return Held(), self.limit

    def reserve(self, modality: Any, project: str, least: Leg, most: Leg, held: Any, key: Any) -> None:
        if self.spent:
            raise BudgetExceededError("spent")
        low, high = cast(Any, least.usage), cast(Any, most.usage)
        assert low.prompt_tokens == high.prompt_tokens
        self.grown.append((low.prompt_tokens, low.completion_tokens, high.completion_tokens, held))

    def covers(self, modality: Any, held: Any, least: Leg, most: Leg) -> float:
        return self.reach


def money(notes: Notes, path: str = CHAT, **body: Any) -> AnswerMoney:
    return AnswerMoney(cast(Any, notes), Caller("p", "openai"), path, {**ASKED, **body})


def test_the_prompt_and_the_length_of_the_answer_are_set_aside_for() -> None:
    notes, prompt = Notes(), tokens_at_most(ASKED)
    assert isinstance(money(notes).set_aside(GROQ), Held)
    money(notes, max_tokens=9, n=2).set_aside(GROQ)
    money(notes, modalities=["text", "audio"]).set_aside(GROQ)
    assert notes.answers == [
        ("p", GROQ, prompt, 0, None, 1),
        ("p", GROQ, prompt, 0, 9, 2),
        ("p", GROQ, prompt, 1, None, 1),
    ]


def test_what_costs_nothing_needs_nothing() -> None:
    notes = Notes(costless=True)
    assert money(notes).set_aside(GROQ) is None
    assert notes.answers == []


@pytest.mark.parametrize(
    ("streams", "costless", "counted"),
    [(True, True, False), (True, False, True), (False, True, True), (False, False, True)],
)
def test_a_prompt_is_counted_at_once_unless_a_free_answer_streams(streams: bool, costless: bool, counted: bool) -> None:
    leg = Leg(GROQ)
    money(Notes(costless=costless)).count_prompt(leg, streams=streams)
    assert leg.estimated
    assert (leg.usage is not None) is counted


def test_a_limit_belongs_to_its_target_and_to_its_last_opening() -> None:
    notes = Notes(limit=100)
    answer = money(notes)
    answer.set_aside(GROQ)
    assert (answer.limit(GROQ), answer.limit(OPENAI)) == (100, None)
    notes.limit = None
    answer.set_aside(GROQ)
    assert answer.limit(GROQ) is None


@pytest.mark.parametrize(
    ("path", "target", "name"),
    [
        (CHAT, OPENAI, "max_completion_tokens"),
        (CHAT, GROQ, "max_tokens"),
        (CHAT, Target("unknown", "x", zone=Zone.CLOUD), "max_tokens"),
        ("/completions", OPENAI, "max_tokens"),
        ("/responses", OPENAI, "max_output_tokens"),
    ],
)
def test_the_limit_goes_by_the_name_that_the_target_knows(path: str, target: Target, name: str) -> None:
    answer, config = money(Notes(limit=100), path), VoiceGatewaySchema()
    body: dict[str, Any] = {}
    answer.limited(target, config, body)
    assert body == {}
    answer.set_aside(target)
    answer.limited(target, config, body)
    assert body == {name: 100}


@pytest.mark.parametrize(
    ("body", "limit", "paid"),
    [
        ({}, None, LONGEST_ANSWER),
        ({}, 100, 100),
        ({"max_tokens": 7}, None, 7),
        ({"max_tokens": 7, "n": 3}, None, 21),
        ({"n": 3}, 100, 300),
    ],
)
def test_so_many_tokens_are_paid_for_once_it_answers(body: dict[str, Any], limit: int | None, paid: int) -> None:
    answer = money(Notes(limit=limit), **body)
    held = answer.set_aside(GROQ)
    answer.serves(Leg(GROQ, held=held))
    assert answer.paid == paid


def test_a_route_without_an_answer_counts_as_one() -> None:
    answer = money(Notes(), "/embeddings")
    answer.serves(Leg(GROQ, held=answer.set_aside(GROQ)))
    assert answer.paid == LONGEST_ANSWER


@pytest.mark.parametrize("held", [None, Held(counts=False)])
def test_without_a_budget_that_refuses_nothing_is_counted(held: Held | None) -> None:
    answer = money(Notes(), max_tokens=7)
    answer.serves(Leg(GROQ, held=held))
    assert answer.paid == sys.maxsize


def test_an_answer_longer_than_its_limit_is_topped_up_as_far_as_the_budget_reaches() -> None:
    notes, prompt = Notes(reach=0.5), tokens_at_most(ASKED)
    answer, held = money(notes, max_tokens=100), Held()
    leg = Leg(GROQ, held=held)
    answer.serves(leg)
    # a role and an end are no tokens of the answer
    answer.came(leg, 116)
    assert (notes.grown, answer.paid) == ([], 100)
    answer.came(leg, 117)
    assert notes.grown == [(prompt, 117, 117 + 1024, held)]
    assert answer.paid == 117 + 512
    answer.came(leg, 117 + 512)
    assert len(notes.grown) == 1
    notes.spent = True
    with pytest.raises(BudgetExceededError):
        answer.came(leg, 5000)
