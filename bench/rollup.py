"""A province of 95 districts with 400 villages each: 95 signed bundles in, checked and stored, then added up.

Beside it the floor: verifying the signatures and parsing the JSON of the same files, and adding plain integers.
"""

import json
import resource
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(1, str(Path(__file__).resolve().parents[1]))

from timing import median_seconds, progress, report, throwaway_database

DISTRICTS, VILLAGES = 95, 400
ROUNDS = 5
NOW = datetime(2024, 3, 4, 10, tzinfo=UTC)


def main() -> int:
    with throwaway_database():
        progress(f"signing {DISTRICTS} bundles of {VILLAGES} villages ...")
        files = bundles()
        return measure(files)


def bundles() -> list[bytes]:
    """Return one signed file a district; each district is registered with its key."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from ankang.divisions.models import Division
    from ankang.rollup.actions import register_sender
    from ankang.rollup.bundle import sign
    from ankang.rollup.figures import Campaign, Contents, People, Village

    files = []
    for at in range(DISTRICTS):
        code = f"32{at // 9 + 1:02d}{at % 9 + 1:02d}"
        district = Division.objects.create(code=f"{code}000000", name=f"第{at + 1}区", level="district")
        villages = tuple(
            Village(f"{code}{100 + n // 20:03d}{200 + n % 20}", f"{n:03d}村", People(800 + n, 680, 810, 500, 60, 50))
            for n in range(VILLAGES)
        )
        window = (date(2024, 2, 1), date(2024, 3, 20))
        campaign = Campaign(f"y-{code}", "2024年度", 2024, district.pk, "0" * 64, *window, 85, villages)
        key = Ed25519PrivateKey.generate()
        register_sender(by=None, division=district, key=key.public_key().public_bytes_raw().hex(), now=NOW)
        contents = Contents(district.pk, district.name, 1, NOW - timedelta(hours=1), True, (campaign,))
        files.append(sign(contents, key))
    return files


def measure(files: list[bytes]) -> int:
    from ankang.rollup.actions import import_bundle
    from ankang.rollup.bundle import unwrap
    from ankang.rollup.models import ReceivedBundle
    from ankang.rollup.queries import standing

    def take_all() -> None:
        ReceivedBundle.objects.all().delete()
        for file in files:
            import_bundle(by=None, file=file, now=NOW)

    def floor() -> int:
        told = (json.loads(unwrap(file)[0]) for file in files)
        return sum(village[2] for one in told for campaign in one["campaigns"] for village in campaign["villages"])

    def add_up() -> object:
        return standing(2024, "city", NOW, within=timedelta(days=1))

    seconds = median_seconds({"take": take_all, "add": add_up, "floor": floor}, ROUNDS)
    found = standing(2024, "village", NOW, within=timedelta(days=1))
    assert found.people.population == floor()
    assert len(found.lines) == DISTRICTS * VILLAGES
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    report(
        "Roll-up of a province",
        [
            ("villages", len(found.lines), ""),
            ("all bundles in: checked, stored, audited", seconds["take"], "s"),
            ("added up by city", seconds["add"], "s"),
            ("signatures and JSON alone", seconds["floor"], "s"),
            ("in and added up, against that floor", seconds["floor"] / (seconds["take"] + seconds["add"]), "x"),
            ("all files", sum(map(len, files)) / 2**20, "MB"),
            ("peak memory of the process", peak, "MB"),
        ],
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
