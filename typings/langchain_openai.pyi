from langchain_core.language_models import BaseChatModel

class ChatOpenAI(BaseChatModel):
    def __init__(
        self, *, model: str, base_url: str, api_key: str, max_tokens: int, use_responses_api: bool
    ) -> None: ...
