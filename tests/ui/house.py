"""A data folder with a morning's conversations in it, for tests of the screen. Every text is made up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cminbox.clock import SimulatedClock, to_ms
from cminbox.config.settings import Settings
from cminbox.inbox import replies, triage
from cminbox.inbox.desk import desk_open
from cminbox.model.accounts import Abilities, Account, Counting, Profile
from cminbox.model.base import ActVerb, Audience, Direction, Kind
from cminbox.model.changes import Batch, Change, Edited, Removed, Wrote
from cminbox.model.content import Author, Media, TopicInfo
from cminbox.paths import Home
from cminbox.store import accounts
from cminbox.store.database import Store
from cminbox.sync import ingest

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CAN = frozenset({ActVerb.REPLY, ActVerb.PRIVATE_REPLY, ActVerb.LIKE, ActVerb.UNLIKE, ActVerb.DELETE, ActVerb.BLOCK})
US = Author(remote_id="us", handle="@velo@social.example", name="Vélo+", is_us=True)
POST = TopicInfo(
    key="post-1",
    author=US,
    title="",
    text="Livraison : ce qui change à partir du 2 mars. Nos camions bleus passent aussi le samedi.",
    media=(Media(type="image", alt="un camion bleu devant un immeuble"),),
    is_ours=True,
)
PEOPLE = (
    ("jules.martin", "Jules Martin"),
    ("ana_lopez", "Ana López"),
    ("mira", "Mira Codes"),
    ("tgv_fan", "TGV fan"),
    ("日本太郎", "日本太郎"),
    ("zoe", "Zoé"),
    ("o.haddad", "Omar Haddad"),
)
SAID = (
    "Bonjour, le lien de suivi ne marche pas depuis ce matin, où est mon colis ?",
    "Ma commande n'est pas arrivée, quelqu'un peut regarder ?",
    "Is the student discount still on?",
    "Honteux, troisième retard cette semaine. Vous répondez quand ?",
    "配送はいつですか？よろしくお願いします。",
    "Merci pour la réponse rapide, tout est arrivé !",
    "[/foo] <b>balises</b> \x1b[31mrouge\x1b[0m \u202eà l'envers",
)


class House:
    """A store being furnished. `say` lets somebody write."""

    def __init__(self, home: Home, clock: SimulatedClock, store: Store) -> None:
        self.home = home
        self.clock = clock
        self.store = store
        self.accounts: dict[str, Account] = {}
        self._number = 0

    @classmethod
    async def open(cls, home: Home, clock: SimulatedClock) -> House:
        home.make()
        return cls(home, clock, await Store.open(home.database, clock))

    async def account(self, name: str, network: str = "mastodon", can: frozenset[ActVerb] = CAN) -> Account:
        abilities = Abilities(can=can, max_length=500, counting=Counting.MASTODON)
        profile = Profile(author=US, server="social.example", abilities=abilities)
        account_id = await self.store.write(
            accounts.add,
            name,
            network,
            "https://social.example",
            "",
            {},
            profile,
            to_ms(self.clock.now() - timedelta(days=1)),
        )
        self.accounts[name] = await self.store.read(accounts.get, account_id)
        return self.accounts[name]

    async def tell(self, account: Account, *changes: Change) -> None:
        await self.store.write(ingest.apply, account, Batch(feed="events", changes=changes), move_cursor=False)

    async def say(self, key: str, who: int, text: str, account: str = "velo@social.example", **more: object) -> str:
        """Somebody writes in the conversation `key`; returns the message's remote id."""
        self._number += 1
        handle, name = PEOPLE[who % len(PEOPLE)]
        fields: dict[str, object] = {
            "remote_id": f"m{self._number}",
            "at": self.clock.now(),
            "kind": Kind.COMMENT,
            "direction": Direction.IN,
            "author": Author(remote_id=handle, handle=f"@{handle}", name=name),
            "text": text,
            "conversation": key,
        }
        await self.tell(self.accounts[account], Wrote.model_validate({**fields, **more}))
        return f"m{self._number}"

    async def conversation(self, remote_id: str) -> int:
        def job(db: object) -> int:
            row = db.execute("SELECT conversation_id FROM message WHERE remote_id = ?", (remote_id,)).fetchone()  # type: ignore[attr-defined]
            return int(row[0])

        return await self.store.read(job)


async def furnish(home: Home, clock: SimulatedClock, extra: int = 40) -> None:
    """A morning: a thread under our post, private messages, one answered, one edited, one removed, and `extra` more."""
    house = await House.open(home, clock)
    velo = await house.account("velo@social.example")
    await house.account("velo-matrix", "matrix")
    desk = await desk_open(house.store, clock, Settings(timezone="UTC"), "léa")
    kinds = (Kind.COMMENT, Kind.MENTION, Kind.COMMENT, Kind.REVIEW)
    for number in range(extra):
        await clock.advance(47)
        kind = kinds[number % 4]
        await house.say(f"x{number}", number, SAID[number % len(SAID)], kind=kind)
        if number % 9 == 4:
            await triage.read(desk, await house.conversation(f"m{number + 1}"))
    await clock.advance(60)
    private = {"kind": Kind.DM, "audience": Audience.DIRECT, "account": "velo-matrix"}
    await house.say("dm1", 5, "C'est Zoé, mon adresse a changé.", **private)
    await clock.advance(60)
    first = await house.say("wave", 1, SAID[1], topic=POST, parent="post-1")
    answered = await house.conversation(first)
    await clock.advance(120)
    await replies.reply(desk, answered, "Bonjour Ana, le colis part ce soir.")
    await clock.advance(30)
    await house.say("wave", 1, "Toujours rien…", topic=POST, parent=first)
    await clock.advance(20)
    edited = await house.say("late", 0, "Bonjour, le suivi ne marche plus.", topic=POST, parent="post-1")
    await house.tell(velo, Edited(remote_id=edited, at=clock.now(), text=SAID[0]))
    await clock.advance(45)
    gone = await house.say("late", 0, "oubliez ça", parent=edited)
    await house.tell(velo, Removed(remote_id=gone, at=clock.now()))
    await house.store.close()
