"""What has to be asked of a person before a network can be connected."""

from __future__ import annotations

from pydantic import Field

from cminbox.model.base import Frozen


class Needs(Frozen):
    """Of one network. `secret_help` (empty: it asks for none) and the meanings of `settings` are marked texts, to be
    translated when shown. `login`: it can be logged in to with a browser, `comes_back`: which its servers send back to
    this machine, as a rule. `rights`: what does not work without a right.
    """

    network: str
    title: str
    asks_url: bool = True
    secret_help: str = ""
    login: bool = False
    comes_back: bool = True
    settings: dict[str, str] = Field(default_factory=dict)
    rights: dict[str, str] = Field(default_factory=dict)
