"""The chat service of a practice Bluesky: it answers what the account's server passes on to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cminbox.practice.bluesky_books import Convo, Json, Letter
from cminbox.practice.bluesky_json import Writer
from cminbox.practice.bluesky_routes import Handler, Problem, Request
from cminbox.text import measure

if TYPE_CHECKING:
    from cminbox.practice.bluesky import BlueskyServer


def _list(server: BlueskyServer, request: Request) -> Json:
    me = _allowed(server, request)
    mine = [convo for convo in server.convos.values() if me.me in convo.members and convo.letters]
    mine.sort(key=lambda convo: convo.rev, reverse=True)
    limit, begin = request.number("limit", 50, 100), int(request.query.get("cursor", ["0"])[-1])
    page, more = mine[begin : begin + limit], len(mine) > begin + limit
    writer = Writer(server, request.me)
    return {"convos": [writer.convo(convo) for convo in page], **({"cursor": str(begin + limit)} if more else {})}


def _one(server: BlueskyServer, request: Request) -> Json:
    return {"convo": Writer(server, request.me).convo(_convo(server, request, request.one("convoId")))}


def _for_members(server: BlueskyServer, request: Request) -> Json:
    me = _allowed(server, request).me
    other = server.person(request.one("members"))
    if other is None:
        raise Problem(400, "RecipientNotFound", "recipient not found")
    if other.did in server.closed_to_messages:
        raise Problem(400, "MessagesDisabled", "recipient has disabled incoming messages")
    return {"convo": Writer(server, me).convo(server.convo(me, other))}


def _messages(server: BlueskyServer, request: Request) -> Json:
    convo = _convo(server, request, request.one("convoId"))
    limit, mark = request.number("limit", 50, 100), request.query.get("cursor", [""])[-1]
    letters = [letter for letter in reversed(convo.letters) if not mark or letter.id < mark]
    page = letters[:limit]
    writer = Writer(server, request.me)
    more = {"cursor": page[-1].id} if len(letters) > limit else {}
    return {"messages": [writer.letter(letter) for letter in page], **more}


def _send(server: BlueskyServer, request: Request) -> Json:
    convo, message = _convo(server, request, str(request.body["convoId"])), request.body["message"]
    if request.me.did not in convo.accepted:
        raise Problem(400, "InvalidRequest", "the conversation was not accepted")
    if not message["text"].strip() or measure(message["text"], "graphemes") > 1000:
        raise Problem(400, "InvalidRequest", "Input/message/text must not be longer than 1000 graphemes")
    letter = server.send(request.me, convo, message["text"], facets=message.get("facets", []), by_api=True)
    return Writer(server, request.me).letter(letter)


def _accept(server: BlueskyServer, request: Request) -> Json:
    convo = _convo(server, request, str(request.body["convoId"]))
    new = request.me.did not in convo.accepted
    convo.accepted.add(request.me.did)
    return {"rev": convo.rev} if new else {}


def _sign(server: BlueskyServer, request: Request) -> Json:
    letter, sign = _letter(server, request), (str(request.body["value"]), request.me)
    if sign not in letter.signs:
        letter.signs.append(sign)
    return {"message": Writer(server, request.me).letter(letter)}


def _unsign(server: BlueskyServer, request: Request) -> Json:
    letter, sign = _letter(server, request), (str(request.body["value"]), request.me)
    if sign in letter.signs:
        letter.signs.remove(sign)
    return {"message": Writer(server, request.me).letter(letter)}


def _allowed(server: BlueskyServer, request: Request) -> Request:
    if request.proxy != server.chat_service:
        raise Problem(404, "XRPCNotSupported", "XRPCNotSupported")
    if request.scope == "com.atproto.appPass":
        raise Problem(400, "InvalidToken", f'Bad token method "{request.method}"')
    return request


def _convo(server: BlueskyServer, request: Request, convo_id: str) -> Convo:
    convo = server.convos.get(convo_id)
    if convo is None or _allowed(server, request).me not in convo.members:
        raise Problem(400, "InvalidConvo", "convo not found")
    return convo


def _letter(server: BlueskyServer, request: Request) -> Letter:
    convo = _convo(server, request, str(request.body["convoId"]))
    found = next((letter for letter in convo.letters if letter.id == request.body["messageId"]), None)
    if found is None:
        raise Problem(400, "InvalidRequest", "message not found")
    return found


CONVOS: dict[tuple[str, str], Handler] = {
    ("GET", "chat.bsky.convo.listConvos"): _list,
    ("GET", "chat.bsky.convo.getConvo"): _one,
    ("GET", "chat.bsky.convo.getConvoForMembers"): _for_members,
    ("GET", "chat.bsky.convo.getMessages"): _messages,
    ("POST", "chat.bsky.convo.sendMessage"): _send,
    ("POST", "chat.bsky.convo.acceptConvo"): _accept,
    ("POST", "chat.bsky.convo.addReaction"): _sign,
    ("POST", "chat.bsky.convo.removeReaction"): _unsign,
}
