from __future__ import annotations

import os
import pwd

import pytest

from cminbox.config.identity import colleague_name
from cminbox.errors import UsageError


def test_the_real_uid_says_who_works_whatever_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USER", "somebody")
    monkeypatch.setenv("LOGNAME", "somebody")
    assert colleague_name(None) == pwd.getpwuid(os.getuid()).pw_name


def test_a_uid_without_a_name_is_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000_000)
    assert colleague_name(None) == "uid-4000000000"


def test_a_shared_login_names_its_colleague() -> None:
    assert colleague_name(" Léa ") == "Léa"


@pytest.mark.parametrize("name", ["", "  ", "\u200b", "a\nb", "a\x1b[31m", "\u202ea", "x" * 65, "[rules]"])
def test_a_name_that_others_could_not_read_is_refused(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        colleague_name(name)
    assert "\x1b" not in str(caught.value)
