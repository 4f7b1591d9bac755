"""The log: ids, kinds and places; never what an error says."""

from __future__ import annotations

import logging
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from cminbox.config.log import LogFile
from cminbox.errors import Malformed
from cminbox.paths import Home

log = logging.getLogger("cminbox.sync.somewhere")


@pytest.fixture
def file(home: Home) -> Iterator[LogFile]:
    file = LogFile(home)
    yield file
    file.close()


def fails() -> None:
    try:
        int("Où est mon colis ? @ana")
    except ValueError as error:
        raise Malformed("an answer of @ana", raw='{"token": "s3cr3t"}') from error


def test_an_error_is_told_by_its_kind_and_place_and_never_by_its_words(home: Home, file: LogFile) -> None:
    try:
        fails()
    except Malformed:
        log.exception("account %d stumbled", 7)
    head, kind, _here, place, cause, *more = home.log_file.read_text(encoding="utf-8").splitlines()
    assert head.endswith("cminbox.sync.somewhere: account 7 stumbled")
    assert " ERROR " in head
    assert (kind, cause) == ("  cminbox.errors.Malformed", "  because of builtins.ValueError")
    assert place.endswith(" fails")
    assert more
    text = home.log_file.read_text(encoding="utf-8")
    assert not [word for word in ("colis", "ana", "s3cr3t", str(Path(__file__).parent)) if word in text]


def test_it_is_for_its_owner_and_begins_anew_when_it_grew_large(home: Home, file: LogFile) -> None:
    log.info("one")
    assert stat.S_IMODE(home.log_file.stat().st_mode) == 0o600
    home.log_file.write_bytes(b"x" * 1_000_001)
    log.info("two")
    assert home.log_file.read_text(encoding="utf-8").endswith("somewhere: two\n")
    assert home.log_file.with_name("cminbox.log.1").stat().st_size == 1_000_001


def test_it_is_not_made_before_there_is_something_to_tell_nor_written_when_closed(home: Home, file: LogFile) -> None:
    assert not home.log_file.exists()
    file.close()
    log.error("too late")
    assert not home.log_file.exists()


def test_a_disk_that_cannot_be_written_stops_nothing(home: Home, file: LogFile) -> None:
    home.log_file.mkdir()
    log.error("nobody hears it")
    assert home.log_file.is_dir()
