"""Posts a message to an address of the configuration, by this program's rules for connections."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from voicegw_desktop.core.errors import VoiceGatewayError
from voicegw_desktop.core.outgoing import Outgoing, reason

if TYPE_CHECKING:
    from voicegw_desktop.routing.egress import Cleared, EgressEntry


async def post(
    cleared: Cleared, entry: EgressEntry, url: str, body: bytes, headers: Mapping[str, str], patience: float
) -> None:
    """Send the body, for at most `patience` seconds. Raises VoiceGatewayError, whose sentence names the host only.

    An address as a whole may hold a secret, as those of some services do.
    """
    from aiohttp import ClientConnectorError, ClientError, ClientTimeout

    try:
        async with Outgoing(cleared.target.zone) as session:
            entry.finish_with(len(body))
            timeout = ClientTimeout(total=patience)
            async with session.post(url, data=body, headers=headers, timeout=timeout) as answer:
                if answer.status >= 400:
                    raise VoiceGatewayError(f"{cleared.host} answered {answer.status}.")
    except TimeoutError as error:
        raise VoiceGatewayError(f"{cleared.host} did not answer within {patience:g} s.") from error
    except ClientConnectorError as error:
        raise VoiceGatewayError(f"{cleared.host} cannot be reached ({reason(error) or error}).") from error
    except ClientError as error:
        raise VoiceGatewayError(f"{cleared.host} did not accept the message ({type(error).__name__}).") from error
