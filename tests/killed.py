"""A command in a process of its own that is killed at a given point, as by a power cut: nothing is cleaned up.

`run_killed(POINT, TURN, *WORDS)`: POINT is `before_commit`, `after_commit`, or a function's dotted name; the process
kills itself with SIGKILL when it comes there for the TURNth time. WORDS are a command's, or
`press USERNAME ADDRESS NAME=VALUE...`: a form that this person sends; a VALUE of `@PATH` is that file.
"""

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import Any

SMALL = {"ankang.roster.imports.pouring.PART": 3, "ankang.enrolment.purchases.CHUNK": 2}

# Starting Django takes longer than what is killed: one process starts it, and every victim is a fork of that.
_VICTIMS = multiprocessing.get_context("forkserver")
_VICTIMS.set_forkserver_preload(["tests.product"])


def run_killed(point: str, turn: int, *words: str) -> None:
    """Run `ankang WORDS` on the test's database until it is killed at the point. AssertionError when it was not."""
    from django.conf import settings
    from django.db import connection

    places = {"KEY_FILE": settings.KEY_FILE, "PAPERS": settings.PAPERS}
    facts = (str(connection.settings_dict["NAME"]), places, point, turn, words)
    victim = _VICTIMS.Process(target=_run, args=facts)
    victim.start()
    victim.join(120)
    if victim.is_alive():
        victim.kill()
        raise AssertionError(f"nothing came to {point} for the {turn}th time within two minutes")
    assert victim.exitcode == -signal.SIGKILL, f"it ended with {victim.exitcode} before {point}"


def _killing(function: Callable[..., Any], turn: int, *, after: bool = False) -> Callable[..., Any]:
    turns = count(1)

    def called(*args: Any, **options: Any) -> Any:
        dies = next(turns) == turn
        if dies and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        outcome = function(*args, **options)
        if dies:
            os.kill(os.getpid(), signal.SIGKILL)
        return outcome

    return called


def _set(dotted: str, value: Callable[[Any], Any]) -> None:
    place, _, name = dotted.rpartition(".")
    module = import_module(place)
    setattr(module, name, value(getattr(module, name)))


def _run(database: str, places: dict[str, Path], point: str, turn: int, words: tuple[str, ...]) -> None:
    from tests import product

    product.use(database, places)
    for dotted, size in SMALL.items():
        _set(dotted, lambda _old, size=size: size)  # type: ignore[misc]
    if point in ("before_commit", "after_commit"):
        from django.db.backends.base.base import BaseDatabaseWrapper

        after = point == "after_commit"
        BaseDatabaseWrapper.commit = _killing(BaseDatabaseWrapper.commit, turn, after=after)  # type: ignore[method-assign]
    else:
        _set(point, lambda old: _killing(old, turn))
    if words[0] == "press":
        sys.exit(_press(*words[1:]))
    from ankang.cli.main import main

    sys.exit(main(words))


def _press(username: str, address: str, *given: str) -> int:
    """Send a form as a person who has come in by both factors; return 0 when the page took it."""
    from tests.logins import logged_in

    from ankang.accounts.models import User

    client = logged_in(User.objects.get(username=username))
    form: dict[str, list[Any]] = {}
    for name, text in (one.partition("=")[::2] for one in given):  # a name may come several times
        is_file = text.startswith("@")
        form.setdefault(name, []).append(Path(text[1:]).open("rb") if is_file else text)  # noqa: SIM115  # dies soon
    return int(client.post(address, form, headers={"host": "localhost"}).status_code != 302)
