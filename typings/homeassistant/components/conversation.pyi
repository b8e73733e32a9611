from enum import Enum

from homeassistant.core import Context, HomeAssistant

class IntentResponseType(Enum):
    ACTION_DONE = "action_done"
    ERROR = "error"

class IntentResponse:
    response_type: IntentResponseType
    speech: dict[str, dict[str, str]]
    def as_dict(self) -> dict[str, object]: ...

class ConversationResult:
    response: IntentResponse

async def async_converse(
    hass: HomeAssistant, text: str, conversation_id: str | None, context: Context, *, language: str, agent_id: str
) -> ConversationResult: ...
