"""`ankang work`: counts the comparisons that were asked for on the desks, one at a time, until it is told to stop."""

import argparse
import logging
import os
import time
from contextlib import suppress
from datetime import timedelta

from django.db import OperationalError, connection

from ankang.cli.files import tell
from ankang.installation.clock import now
from ankang.whatif.actions import forget_old
from ankang.whatif.worker import Stay, work_once

_PAUSE = 1.0  # seconds between two looks at the queue
_log = logging.getLogger(__name__)
_TIDY = timedelta(hours=1).total_seconds()


class Orphaned(KeyboardInterrupt):
    """The server that began this worker has ended."""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("work", help="在后台算排队的方案测算，一次一个")
    parser.epilog = "一直运行，按 Ctrl-C 停止；算了一半的回到队里，下次从头算。开几个都行，同时只有一个在算。"
    parser.add_argument("--once", action="store_true", help="算完排着的就结束")
    parser.add_argument("--with-parent", action="store_true", help="启动它的进程结束了，它也结束")


def run(args: argparse.Namespace) -> int:
    """Work until the queue is empty with `--once`, else until stopped; what was half done goes back into the queue."""
    parent = os.getppid()

    def stay() -> None:
        if args.with_parent and os.getppid() != parent:
            raise Orphaned

    with suppress(Orphaned):
        _work(stay, once=args.once)
    return 0


def _work(stay: Stay, *, once: bool) -> None:
    tidied = float("-inf")
    while True:
        stay()
        try:
            if time.monotonic() - tidied > _TIDY:
                tidied = time.monotonic()
                forget_old(now=now())
            job = work_once(stay)
        except OperationalError as error:  # the database is being restarted, say
            if once:
                raise
            _log.warning("the database does not answer: %s", error)
            connection.close()
            time.sleep(_PAUSE * 5)
            continue
        if job is not None:
            tell(f"方案测算 {job.pk}：{job.get_state_display()}。{job.why}")
        elif once:
            return
        else:
            time.sleep(_PAUSE)
