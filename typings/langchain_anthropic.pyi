from langchain_core.language_models import BaseChatModel

class ChatAnthropic(BaseChatModel):
    def __init__(self, *, model: str, base_url: str, api_key: str, max_tokens: int) -> None: ...
