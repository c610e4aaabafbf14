"""`ankang whatif` over large files: sorted where they are not, read in batches, in bounded memory."""

from pathlib import Path
from tempfile import TemporaryDirectory

from ankang.batch.stream import COVERS, EVENTS, Outcome
from ankang.cli.batch_run import source_of, through
from ankang.cli.claim_rows import People, Reject, read_covers, read_events
from ankang.cli.files import tell
from ankang.pricing.stream import lay_batches
from ankang.pricing.whatif import Comparison
from ankang.rules.programme import Programme


def lay_files(
    before: Programme, after: Programme, both: Programme, files: tuple[Path, Path, bool], rejects: list[Reject]
) -> tuple[Comparison, People]:
    """Return the comparison of everybody who is plainly right, and the others, read by the reference.

    `both` has the products of both plans; `files` are covers and events, and whether the covers name villages.
    Errors: InvalidInput when a file cannot be read.
    """
    covers_path, events_path, has_villages = files
    columns = (*COVERS, "village") if has_villages else COVERS
    with TemporaryDirectory(prefix="ankang-whatif-") as folder:
        covers = source_of(covers_path, columns, Path(folder))
        events = source_of(events_path, EVENTS, Path(folder))
        found: list[Comparison] = []

        def once(excluded: set[str]) -> Outcome:
            outcome = Outcome()
            found[:] = [Comparison(before, after)]
            lay_batches(found[0], covers.batches(), events.batches(), outcome, excluded=excluded, say=_say)
            return outcome

        suspects = through(covers, events, once).suspects
        people = read_covers(covers_path, both, rejects, covers.rows_of(suspects))
        read_events(events_path, people, rejects, events.rows_of(suspects))
        return found[0], people


def _say(events: int) -> None:
    if events > 1_000_000:
        tell(f"已算 {events:,} 个事故…")
