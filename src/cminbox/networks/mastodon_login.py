"""Logging in at a Mastodon server: this program makes itself known there, each time anew
(https://docs.joinmastodon.org/methods/apps/, /methods/oauth/).
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from cminbox.errors import Rejected
from cminbox.i18n import N_
from cminbox.networks.http import Http
from cminbox.networks.http_url import server_url
from cminbox.networks.oauth_login import Client, Login

SCOPES = {
    "read:accounts": N_("nothing works: the server does not say whose login it is"),
    "read:statuses": N_("threads, private messages and your own posts cannot be read"),
    "read:notifications": N_("mentions cannot be read"),
    "read:follows": N_("whether somebody is muted or blocked already is not known"),
    "read:search": N_("words cannot be listened for"),
    "write:statuses": N_("nothing can be answered, edited or deleted"),
    "write:favourites": N_("nothing can be liked"),
    "write:mutes": N_("nobody can be muted"),
    "write:blocks": N_("nobody can be blocked"),
    "write:reports": N_("nothing can be reported"),
}


class WireClient(BaseModel):
    """CredentialApplication."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    client_id: str = Field(min_length=1)
    client_secret: str = Field(default="", repr=False)


CLIENT = TypeAdapter(WireClient)


async def register(http: Http, redirect: str, scope: str) -> Client:
    """POST /api/v1/apps."""
    said: dict[str, Any] = {"client_name": "cminbox", "redirect_uris": [redirect], "scopes": scope}
    try:
        answer = await http.request("POST", "/api/v1/apps", json=said)
    except Rejected:
        # Before Mastodon 4.3, and in other servers that speak its API, there is one redirect, as text.
        answer = await http.request("POST", "/api/v1/apps", json={**said, "redirect_uris": redirect})
    known = answer.decode(CLIENT)
    return Client(known.client_id, known.client_secret)


LOGIN = Login(
    authorize="/oauth/authorize", token="/oauth/token", scopes=SCOPES, register=register, root=server_url, as_json=True
)
