"""The words that the screen masks: those of the settings and of the file that they name."""

from __future__ import annotations

from pathlib import Path

from cminbox.config.settings import Settings
from cminbox.errors import SettingsError
from cminbox.i18n import _
from cminbox.paths import Home
from cminbox.text.shield import words_of


def words(settings: Settings, home: Home) -> tuple[str, ...]:
    """All words to mask. Raises SettingsError where the file cannot be read."""
    if not settings.shield.file:
        return settings.shield.words
    path = home.settings_file.parent / Path(settings.shield.file).expanduser()
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise SettingsError(_("{path} is not UTF-8.").format(path=path), _("Save the file as UTF-8.")) from error
    except OSError as error:
        raise SettingsError(
            _("{path} cannot be read: {error}.").format(path=path, error=error.strerror),
            _("It is named in {settings} as shield.file.").format(settings=home.settings_file),
        ) from error
    return (*settings.shield.words, *words_of(text))
