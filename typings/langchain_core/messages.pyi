from collections.abc import Mapping, Sequence

class BaseMessage:
    content: str
    def __init__(self, content: str) -> None: ...

class HumanMessage(BaseMessage): ...

class AIMessage(BaseMessage):
    usage_metadata: dict[str, int]
    def __init__(self, content: str, *, tool_calls: Sequence[Mapping[str, object]] = ()) -> None: ...

class ToolMessage(BaseMessage):
    def __init__(self, content: str, *, tool_call_id: str) -> None: ...
