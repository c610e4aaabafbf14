"""A command in a process of its own that is killed at a given point, as by a power cut: nothing is cleaned up.

`python -m tests.killed DATABASE POINT TURN WORDS...`: POINT is `before_commit`, `after_commit`, or a function's dotted
name; the process kills itself with SIGKILL when it comes there for the TURNth time. WORDS are a command's, or
`press USERNAME ADDRESS NAME=VALUE...`: a form that this person sends; a VALUE of `@PATH` is that file.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SMALL = {"ankang.roster.imports.pouring.PART": 3, "ankang.enrolment.purchases.CHUNK": 2}


def run_killed(point: str, turn: int, *words: str) -> None:
    """Run `ankang WORDS` on the test's database until it is killed at the point. AssertionError when it was not."""
    from django.conf import settings
    from django.db import connection

    name = str(connection.settings_dict["NAME"])
    environment = os.environ | {"ANKANG_KEY_FILE": str(settings.KEY_FILE), "ANKANG_SECRET": "only-for-tests"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.killed", name, point, str(turn), *words],
        cwd=ROOT,
        env=environment | {"DJANGO_SETTINGS_MODULE": "ankang.config.settings"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr[-2000:] + done.stdout[-500:]


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


def _main(database: str, point: str, turn: str, *words: str) -> int:
    import django

    django.setup()
    from django.conf import settings
    from django.db.backends.base.base import BaseDatabaseWrapper

    settings.DATABASES["default"]["NAME"] = database
    for dotted, size in SMALL.items():
        _set(dotted, lambda _old, size=size: size)  # type: ignore[misc]
    if point in ("before_commit", "after_commit"):
        after = point == "after_commit"
        BaseDatabaseWrapper.commit = _killing(BaseDatabaseWrapper.commit, int(turn), after=after)  # type: ignore[method-assign]
    else:
        _set(point, lambda old: _killing(old, int(turn)))
    if words[0] == "press":
        return _press(*words[1:])
    from ankang.cli.main import main

    return main(words)


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


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:]))
