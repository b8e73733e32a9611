"""The section `updates` of `voicegw.yaml`."""

from __future__ import annotations

from typing import Literal

from pydantic import field_validator

from voicegw_desktop.config.section import Section


class UpdatesConfig(Section):
    """New versions of the program."""

    mode: Literal["ask", "never", "check", "install"] = "ask"
    """`check` looks once a day and says what is new; `install` also fetches it for the next start; `never` and `ask`
    look for nothing, and with `ask` the window asks once."""
    address: str | None = None
    """Folder with the signed list and the archives, `https://…/` or a path here; none: the one of this build."""
    keys: list[str] = []
    """Public keys of minisign (`RW…`) whose signatures count, instead of those of this build."""

    @field_validator("keys")
    @classmethod
    def _are_keys(cls, keys: list[str]) -> list[str]:
        for key in keys:
            if not (key.startswith("RW") and len(key) == 56):
                raise ValueError(f'"{key[:60]}" is no public key of minisign: one line of 56 characters from RW on')
        return keys

    @field_validator("address")
    @classmethod
    def _is_address(cls, address: str | None) -> str | None:
        if address and address.startswith("http://") and not address.startswith(("http://127.", "http://localhost")):
            raise ValueError("address must begin with https://, or be a folder of this machine")
        return address
