"""A network that wants a least length is not sent less."""

import pytest

from cminbox.clock import SimulatedClock
from cminbox.errors import UsageError
from cminbox.inbox.checks import fits
from cminbox.model.accounts import Abilities, Account, Profile
from cminbox.model.content import Author


def account(**abilities):
    now = SimulatedClock().now()
    profile = Profile(author=Author(remote_id="us", is_us=True), abilities=Abilities(**abilities))
    return Account(id=1, name="forum", network="discourse", profile=profile, connected_at=now, since=now)


def test_too_short_says_how_much_is_missing() -> None:
    with pytest.raises(UsageError) as caught:
        fits(account(min_length=20), "Thank you!", private=False)
    assert "10 of at least 20" in caught.value.message
    assert "10" in caught.value.cure
    fits(account(min_length=20), "Thank you very much!", private=False)


def test_private_texts_have_their_own_least() -> None:
    forum = account(min_length=20, min_length_private=10)
    fits(forum, "Thank you!", private=True)
    with pytest.raises(UsageError):
        fits(forum, "Thanks", private=True)
    with pytest.raises(UsageError):
        fits(account(min_length=20), "Thank you!", private=True)


def test_most_networks_have_none() -> None:
    fits(account(), "k", private=False)
