"""What ElevenLabs' SDKs ask to check a key: who the user is, and what the subscription allows."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from voicegw_desktop.sockets.elevenlabs import form

NO_LIMIT = 2**31 - 1  # characters; budgets limit money here, not characters


def routes() -> list[web.RouteDef]:
    """The user and the subscription."""
    return [
        web.get("/v1/user", user),
        web.get("/v1/user/subscription", subscription),
    ]


async def user(request: web.Request) -> web.Response:
    """The key that asks, as a user of its project. Raises Unauthorized for a key that is not known."""
    caller = form.FORM.caller_of(request)
    told = {
        "user_id": caller.key_id or "local",
        "workspace_id": caller.project,
        "subscription": _subscription(),
        "is_new_user": False,
        "can_use_delayed_payment_methods": False,
        "is_onboarding_completed": True,
        "is_onboarding_checklist_completed": True,
        "created_at": 0,
        "seat_type": "workspace_member",
    }
    return web.json_response(told)


async def subscription(request: web.Request) -> web.Response:
    """What the key may use: no number of characters, and no cloning of voices."""
    form.FORM.caller_of(request)
    return web.json_response(_subscription())


def _subscription() -> dict[str, Any]:
    return {
        "tier": "voicegateway",
        "status": "active",
        "character_count": 0,
        "character_limit": NO_LIMIT,
        "max_credit_limit_extension": "unlimited",
        "can_extend_character_limit": False,
        "allowed_to_extend_character_limit": False,
        "voice_slots_used": 0,
        "professional_voice_slots_used": 0,
        "professional_voice_slots_used_in_workspace": 0,
        "voice_limit": 0,
        "voice_add_edit_counter": 0,
        "professional_voice_limit": 0,
        "can_extend_voice_limit": False,
        "can_use_instant_voice_cloning": False,
        "can_use_professional_voice_cloning": False,
        "current_overage": {"amount": "0", "currency": "usd"},
        "open_invoices": [],
        "has_open_invoices": False,
    }
