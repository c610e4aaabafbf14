"""Shared by the benches: medians, a table, JSON, and a database that is thrown away."""

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

Action = Callable[[], object]


def median_seconds(
    actions: dict[str, Action], rounds: int = 5, clock: Callable[[], float] = time.perf_counter
) -> dict[str, float]:
    """Return the median seconds of each action, taken in turns so that a busy moment hits them all alike.

    `clock` is the time that passes; give `time.process_time` for what one core does while others work beside it.
    """
    taken: dict[str, list[float]] = {name: [] for name in actions}
    for _ in range(rounds):
        for name, action in actions.items():
            begun = clock()
            action()
            taken[name].append(clock() - begun)
    return {name: statistics.median(seconds) for name, seconds in taken.items()}


def report(title: str, figures: Sequence[tuple[str, float | int | str, str]]) -> None:
    """Print (what, figure, unit) as a table; with `--json FILE` on the command line, write them there too."""
    parser = argparse.ArgumentParser(description=title)
    parser.add_argument("--json", type=Path, metavar="FILE")
    args, _ = parser.parse_known_args()
    print(f"\n{title}  ({machine()})")
    for what, figure, unit in figures:
        shown = f"{figure:,.2f}" if isinstance(figure, float) and figure < 100 else figure
        print(f"  {what:<52} {shown if isinstance(shown, str) else f'{shown:,.0f}':>12} {unit}")
    if args.json:
        rows = [{"what": what, "figure": figure, "unit": unit} for what, figure, unit in figures]
        args.json.write_text(json.dumps({"title": title, "machine": machine(), "figures": rows}, indent=2))


def machine() -> str:
    """Return what the figures were taken on."""
    return f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"


@contextmanager
def throwaway_database() -> Iterator[None]:
    """Start Django on a migrated, empty database that is gone afterwards.

    SQLite in a temporary folder; with DATABASE_URL a `test_` database beside the named one.
    """
    with tempfile.TemporaryDirectory(prefix="ankang-bench-") as folder:
        os.environ |= {"DATA": folder, "ANKANG_SECRET": "only-for-benches"}
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ankang.config.settings")
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        if connection.vendor == "sqlite":
            call_command("migrate", verbosity=0)
            yield
            connection.close()
            return
        name = str(connection.settings_dict["NAME"])
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        try:
            yield
        finally:
            connection.creation.destroy_test_db(name, verbosity=0)


def progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
