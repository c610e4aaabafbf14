"""No file of the repository names a package registry, a mirror or a folder of somebody's machine.

Such an address works on one machine only, and a lock file that carries it breaks set-up everywhere else.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Written in pieces, so that this file does not find itself.
_HOSTS = ("pypi" + ".org", "python" + "hosted.org", "npm" + "js.org", "npm" + "js.com", "npm" + "mirror.com")
_FOLDERS = ("/ro" + "ot/", "/wo" + "rk/", "/opt/" + "wheels", "/opt/" + "pypi", "/ho" + "me/", "/tmp/bo" + "ot")
_SETTINGS = ("--index" + "-url", "--extra-index" + "-url", "--find" + "-links", '"reso' + 'lved":')
FORBIDDEN = re.compile("|".join(map(re.escape, _HOSTS + _FOLDERS + _SETTINGS)))


def addresses_in(text: str) -> list[tuple[int, str]]:
    """Return (line number, what was found) for each address in a text."""
    return [
        (number, match.group())
        for number, line in enumerate(text.splitlines(), 1)
        for match in FORBIDDEN.finditer(line)
    ]


def tracked_files() -> list[Path]:
    """Return the files that git keeps or would keep."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def main() -> int:
    """Print each address as file:line and return 1 when there is one."""
    found = 0
    for path in tracked_files():
        for number, address in addresses_in(path.read_bytes().decode("utf-8", "ignore")):
            print(f"{path.relative_to(ROOT)}:{number}: {address}")
            found += 1
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
