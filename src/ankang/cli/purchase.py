"""`ankang purchase`: go on with government's batches that stopped half-way."""

import argparse

from ankang.accounts.models import Desk
from ankang.cli.people import add_person, person_named
from ankang.enrolment.models import GovernmentBatch
from ankang.enrolment.purchases import batches, run_batch
from ankang.installation.clock import now, today
from ankang.rules.errors import InvalidInput


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Describe the command."""
    parser = subparsers.add_parser("purchase", help="接着登记停在半路的政府购买批次")
    add_person(parser)
    parser.add_argument("--batch", type=int, metavar="批次号", help="只接着做这一批；不写就做所有停住的")


def run(args: argparse.Namespace) -> int:
    """Enrol who still waits in approved batches; a second call finds nothing to do."""
    by = person_named(args.username, Desk.TOWN)
    waiting = batches(by).filter(state=GovernmentBatch.State.RUNNING).order_by("pk")
    chosen = list(waiting.filter(pk=args.batch) if args.batch else waiting)
    if args.batch and not chosen:
        raise InvalidInput(
            f"第{args.batch}批不是停在半路的批次：没有这一批，还没复核，或已经登记完。去掉 --batch 可以做所有停住的。"
        )
    if not chosen:
        print("没有停在半路的政府购买批次。")
    for batch in chosen:
        run_batch(by=by, batch=batch, today=today(), now=now())
        done = batches(by).get(pk=batch.pk)
        print(f"第{done.pk}批登记完了：登记{done.enrolled}人，没登记上{done.failed}人。")  # type: ignore[attr-defined]
    return 0
