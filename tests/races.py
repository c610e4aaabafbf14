"""Two people at once: callables in threads of their own, each with its own connection and real transactions."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connections

WAIT = 60  # seconds after which a race that hangs is a failure


def race(*calls: Callable[[], Any]) -> list[Any]:
    """Start all calls together and return, in their order, what each returned or the exception that it raised.

    The test needs `@pytest.mark.django_db(transaction=True)`, else the threads do not see its rows.
    """
    outcomes: list[Any] = [None] * len(calls)
    barrier = threading.Barrier(len(calls))

    def run(index: int, call: Callable[[], Any]) -> None:
        try:
            barrier.wait(WAIT)
            outcomes[index] = call()
        except Exception as error:
            outcomes[index] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=item, daemon=True) for item in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT)
        assert not thread.is_alive(), "two writers wait for each other"
    return outcomes
