"""Running the work of a command, and turning whatever goes wrong into a line on stderr and an exit code."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Any, NoReturn, TypeVar
from zoneinfo import ZoneInfo

import typer

from cminbox.cli import INTERRUPTED
from cminbox.cli.printing import emit
from cminbox.cli.terms import Terms
from cminbox.errors import CminboxError
from cminbox.i18n import _, set_language
from cminbox.paths import Home
from cminbox.service import Service

OK = 0
FAILED = 1
WRONG_USAGE = 2

T = TypeVar("T")
Work = Callable[[Service], Awaitable[int]]


def with_service(terms: Terms, work: Work, *, sync: bool = False) -> NoReturn:
    """Open the data folder, do the work, leave with its exit code."""

    async def inside() -> int:
        async with await Service.open(Home.find(), by=terms.as_name, sync=sync) as service:
            if service.settings.language:
                set_language(service.settings.language)
            return await work(service)

    leave(lambda: asyncio.run(inside()))


def telling(
    terms: Terms,
    change: Callable[[Service], Awaitable[T]],
    as_object: Callable[[T], dict[str, Any]],
    tell: Callable[[Service, T], None],
) -> NoReturn:
    """Do a change and say what stands there now: as an object for scripts, else in words."""

    async def work(service: Service) -> int:
        found = await change(service)
        if terms.as_json:
            emit(as_object(found))
        else:
            tell(service, found)
        return OK

    with_service(terms, work)


def zone_of(service: Service) -> ZoneInfo:
    """The time zone that a person reads times in (settings)."""
    return ZoneInfo(service.settings.timezone)


def beforehand(job: Callable[[], T]) -> T:
    """Do a job that may wait for a person, before the event loop runs (Ctrl-C would not end it in there)."""
    found: list[T] = []

    def keep() -> int:
        found.append(job())
        return OK

    code = _code_of(keep)
    if not found:
        raise typer.Exit(code)
    return found[0]


def leave(job: Callable[[], int]) -> NoReturn:
    """Do a job and leave with its exit code; no traceback reaches the person for anything they can do about."""
    raise typer.Exit(_code_of(job))


def _code_of(job: Callable[[], int]) -> int:
    try:
        code = job()
        sys.stdout.flush()
    except CminboxError as error:
        complain(error.message, error.cure)
        code = FAILED
    except (KeyboardInterrupt, asyncio.CancelledError):
        code = INTERRUPTED
    except BrokenPipeError:
        code = hang_up()
    except (typer.Exit, typer.BadParameter):
        raise
    except Exception as error:
        if os.environ.get("CMINBOX_TRACEBACK"):
            raise
        complain(
            _("Something went wrong inside cminbox: {what}.").format(what=f"{type(error).__name__}: {error}"),
            _("Please report it; CMINBOX_TRACEBACK=1 shows where."),
        )
        code = FAILED
    return code


def hang_up() -> int:
    """The reader of our output has gone: say nothing more. It got what it wanted, so that is no failure."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, sys.stdout.fileno())
    return OK


def complain(message: str, cure: str = "") -> None:
    """One error on stderr, with the cure below it."""
    from cminbox.text import safe

    print(f"cminbox: {safe(message)}", file=sys.stderr)
    if cure:
        print(f"  {safe(cure)}", file=sys.stderr)
