"""`/v1/models` as Anthropic's clients read it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from voicegw_desktop.core.ports import Modality
from voicegw_desktop.core.typed import whole

if TYPE_CHECKING:
    from voicegw_desktop.sockets.ports import SocketGateway


def for_client(gateway: SocketGateway) -> dict[str, object]:
    """The models that chat."""
    models = [model for model in gateway.list_models() if model["modality"] == Modality.LLM]
    names = [str(model["id"]) for model in models]
    data = [
        {
            "type": "model",
            "id": name,
            "display_name": name,
            "created_at": datetime.fromtimestamp(whole(model.get("created")) or 0, UTC).isoformat(),
        }
        for name, model in zip(names, models, strict=True)
    ]
    return {
        "data": data,
        "has_more": False,
        "first_id": names[0] if names else None,
        "last_id": names[-1] if names else None,
    }
