"""Records in our own repository, under keys of our choosing: creating one a second time is refused.

Seen on a real PDS: HTTP 500 for `createRecord` with a key that is taken. Reading it back tells done from not done.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cminbox.errors import Gone, NetworkError, Rejected
from cminbox.i18n import _
from cminbox.model.acts import Act, Receipt
from cminbox.networks.bluesky_messages import collection_of, key_of, url_of_uri
from cminbox.networks.bluesky_session import Session, Trouble
from cminbox.networks.bluesky_text import record_key
from cminbox.networks.bluesky_wire import REF, STORED, WireStored

POST = "app.bsky.feed.post"
LIKE = "app.bsky.feed.like"
BLOCK = "app.bsky.graph.block"


class Records:
    """The repository of our account `me` (a DID)."""

    def __init__(self, session: Session, me: str) -> None:
        self._session = session
        self._me = me

    async def create(self, act: Act, collection: str, record: Mapping[str, Any]) -> Receipt:
        """Make a record under the key of an act; where it stands there already, that is it.

        Raises `Rejected` with the reason "key" where something else stands there.
        """
        body = {
            "repo": self._me,
            "collection": collection,
            "rkey": record_key(act.key, act.created_at),
            "record": record,
        }
        try:
            answer = await self._session.post("com.atproto.repo.createRecord", body)
        except (Trouble, Rejected) as refused:
            # A key that is taken says that an earlier attempt arrived.
            try:
                made = await self.made(act, collection)
            except NetworkError as error:
                if isinstance(error, Rejected):
                    raise
                made = None
            if made is None:
                raise refused from None
            return made
        ref = answer.decode(REF)
        return Receipt(remote_id=ref.uri, global_id=ref.uri, at=_instant(record), url=url_of_uri(ref.uri))

    async def made(self, act: Act, collection: str) -> Receipt | None:
        """What stands under the key of an act; None for nothing. Raises `Rejected` as `create`."""
        try:
            stored = await self.stored(self._me, collection, record_key(act.key, act.created_at))
        except Gone:
            return None
        about = stored.value.get("reply", {}).get("parent", {}) if collection == POST else stored.value.get("subject")
        named = about.get("uri") if isinstance(about, dict) else about
        if named not in (act.target.remote_id, act.target.author.remote_id if act.target.author else None):
            raise Rejected(_("Another record of ours has the key of this act."), "key")
        return Receipt(
            remote_id=stored.uri, global_id=stored.uri, at=_instant(stored.value), url=url_of_uri(stored.uri)
        )

    async def stored(self, repo: str, collection: str, key: str) -> WireStored:
        """A record of anybody's repository. `Gone` where it is no more."""
        params = {"repo": repo, "collection": collection, "rkey": key}
        return await self._session.get("com.atproto.repo.getRecord", STORED, params)

    async def remove(self, uri: str) -> None:
        """Take a record of ours away; one that is gone already is no error at the server."""
        body = {"repo": self._me, "collection": collection_of(uri), "rkey": key_of(uri)}
        await self._session.post("com.atproto.repo.deleteRecord", body)


def _instant(record: Mapping[str, Any]) -> datetime | None:
    try:
        return datetime.fromisoformat(record["createdAt"])
    except (KeyError, TypeError, ValueError):
        return None
