"""`voicegw_desktop.attach(session)`: shows turns, latency and costs of an agent that keeps its own plugins.

Only what LiveKit Agents and Pipecat tell publicly is used: events and metrics of a session, observers of a task.
"""

from __future__ import annotations

from voicegw_desktop.inference import _attach_livekit, _attach_pipecat
from voicegw_desktop.inference._told import GatewayPost, Post, Teller, new_id
from voicegw_desktop.inference._watched import Watched


class Attachment:
    """The connection of one agent session to a gateway. It ends by itself with the session."""

    def __init__(self, session: str, post: Post) -> None:
        self.session = session
        """The name under which `voicegw sessions show` has it."""
        self._post = post
        self._teller = Teller(session, post)
        self.watched = Watched(self._teller)

    @property
    def dropped(self) -> int:
        """Requests and turns that were not sent: no gateway answered for long, or it refused them."""
        return self._teller.dropped

    async def aclose(self) -> None:
        """Send what is left, for two seconds at most. Idempotent."""
        self.watched.close()
        await self._teller.aclose()
        if isinstance(self._post, GatewayPost):
            await self._post.aclose()


def attach(
    session: object,
    *,
    name: str | None = None,
    url: str | None = None,
    key: str | None = None,
    project: str | None = None,
    post: Post | None = None,
) -> Attachment:
    """Show the turns, requests and costs of a LiveKit `AgentSession` or a Pipecat `PipelineTask` in a gateway.

    `name`: of the conversation, such as the room; none: a new one. `url`, `key`: the gateway's address and an access
    key, else VOICEGW_URL and VOICEGW_API_KEY, else the gateway of this user on this machine, which needs no key.
    `project`: who pays, where the key leaves that open. `post`: sends reports in another way.

    The agent is never disturbed: it waits for nothing, at most 1,000 entries are kept, errors are logged.
    Raises TypeError for an object that is neither.
    """
    attachment = Attachment(name or f"attached-{new_id()[:12]}", post or GatewayPost(url, key, project))
    if _attach_pipecat.fits(session):
        _attach_pipecat.listen(session, attachment.watched, attachment.aclose)
    elif _attach_livekit.fits(session):
        _attach_livekit.listen(session, attachment.watched, attachment.aclose)
    else:
        raise TypeError(
            f"attach() takes a LiveKit AgentSession or a Pipecat PipelineTask, and was given {type(session).__name__}."
        )
    return attachment
