"""Enrolling through the real pages: granian, 16 clients in processes of their own, logged in with two factors.

    bench/http_enrolment.py [--each 20] [--seconds 120] [--port 21201] [--workers 2] [--threads 2]
        [--contend] [--json FILE]

Each client is a worker of another village who enrols other residents: the blank page, the number looked up, the
confirmation, the page that shows it. Bounded in count and time. Afterwards the database must hold exactly the
enrolments that were answered as done, else it exits 1. `--contend`: the clients of a village go for the same residents
in the same instant; exactly one may succeed with each, the others must be told that the cap is reached.
"""

import argparse
import http.client
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

sys.path.insert(0, str(Path(__file__).resolve().parent))

from timing import progress, report, throwaway_database

CLIENTS, PROCESSES, TOGETHER = 16, 2, 4  # TOGETHER: clients of one village when they contend
PASSWORD = "bench-river-2024-mountain"
WORKERS, THREADS = 2, 2  # as docs/operations.md has it
CAP_WORDS = "每人最多"


class Browser:
    """One client: a kept connection, its cookies, the hidden fields of the page it is on."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.cookies: dict[str, str] = {}
        self.page = ""

    def ask(self, path: str, form: dict[str, Any] | None = None) -> tuple[int, str]:
        """Return the status and where it leads; the page is kept."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        body = None
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode(form | {"csrfmiddlewaretoken": self.hidden("csrfmiddlewaretoken")})
        self.connection.request("GET" if form is None else "POST", path, body, headers)
        answer = self.connection.getresponse()
        self.page = answer.read().decode()
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, rest = cookie.partition("=")
            self.cookies[name] = rest.split(";")[0]
        return answer.status, answer.headers.get("Location", "")

    def hidden(self, name: str) -> str:
        found = re.search(rf'name="{name}" value="([^"]*)"', self.page)
        return found[1] if found else ""


def log_in(browser: Browser, username: str, key: str) -> None:
    """Go through the door with password and the six digits of the second step."""
    from django_otp.oath import totp

    browser.ask("/login/")
    _, second = browser.ask("/login/", {"username": username, "password": PASSWORD})
    browser.ask(second)
    status, to = browser.ask(second, {"code": f"{totp(bytes.fromhex(key)):06d}"})
    if status != 302 or "login" in to:
        raise RuntimeError(f"{username} could not log in: {status} {to}")


def enrol_one(browser: Browser, number: str, units: int, together: threading.Barrier | None) -> dict[str, Any]:
    """Enrol one resident by the pages; return what was answered and how long it took. Units: seconds."""
    begun = time.perf_counter()
    browser.ask("/village/enrol/")
    form = {"number": number, "product": "B", "units": units, "payer": "self", "key": browser.hidden("key")}
    looked, _ = browser.ask("/village/enrol/", form | {"step": "lookup"})
    form |= {name: browser.hidden(name) for name in ("version", "shown")}
    if together:
        together.wait(60)
    pressed = time.perf_counter()
    agreed = {"step": "confirm", "agree": "yes", "consent_by": "resident"}
    status, to = browser.ask("/village/enrol/", form | agreed)
    confirmed = time.perf_counter() - pressed
    words = browser.page
    if status == 302:
        browser.ask(to)
    told = {"key": form["key"], "number": number, "looked": looked, "status": status, "capped": CAP_WORDS in words}
    return told | {"confirm": confirmed, "whole": time.perf_counter() - begun}


def client_process() -> None:
    """Read a job from standard input, log its clients in, say so, and work when told to."""
    job = json.loads(sys.stdin.readline())
    browsers = [Browser(job["port"]) for _ in job["clients"]]
    for browser, client in zip(browsers, job["clients"], strict=True):
        log_in(browser, client["username"], client["key"])
    print("ready", flush=True)
    sys.stdin.readline()
    until = time.time() + job["seconds"]
    outcomes: list[dict[str, Any]] = []
    barriers: dict[str, threading.Barrier] = defaultdict(lambda: threading.Barrier(TOGETHER))
    for client in job["clients"]:
        client["together"] = barriers[client["group"]] if job["units"] == 2 else None

    def work(browser: Browser, client: dict[str, Any]) -> None:
        for number in client["numbers"]:
            if time.time() < until:
                outcomes.append(enrol_one(browser, number, job["units"], client["together"]))

    begun = time.time()
    threads = [threading.Thread(target=work, args=pair) for pair in zip(browsers, job["clients"], strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps({"begun": begun, "ended": time.time(), "outcomes": outcomes}), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--each", type=int, default=20, help="enrolments a client")
    parser.add_argument("--seconds", type=float, default=120, help="no enrolment is begun later")
    parser.add_argument("--port", type=int, default=21201)
    parser.add_argument("--workers", type=int, default=WORKERS, help="processes that serve")
    parser.add_argument("--threads", type=int, default=THREADS, help="threads of each")
    parser.add_argument("--contend", action="store_true")
    parser.add_argument("--client", action="store_true", help=argparse.SUPPRESS)
    args, _ = parser.parse_known_args()
    if args.client:
        client_process()
        return 0
    with throwaway_database():
        from ankang.sample.load import build
        from ankang.sample.town import Size, this_years_plan

        progress("building half of the sample town on the window's first day ...")
        size = Size(one_in=2, with_claims=False)
        build(today=this_years_plan(size).window_from, size=size)
        jobs = jobs_of(args)
        from django.db import connections

        with server(args.port, args.workers, args.threads):
            answers = run(jobs)
        connections.close_all()
        return judge(answers, contend=args.contend)


def jobs_of(args: argparse.Namespace) -> list[dict[str, Any]]:
    """Return a job for each client process: who logs in where, and whom they enrol."""
    processes = 1 if args.contend else PROCESSES
    groups = range(CLIENTS // TOGETHER) if args.contend else range(CLIENTS)
    clients = []
    for group in groups:
        village, numbers = village_with_people(group, args.each)
        for _ in range(TOGETHER if args.contend else 1):
            clients.append(worker(village, len(clients)) | {"numbers": numbers, "group": str(group)})
    shared = {"port": args.port, "seconds": args.seconds, "units": 2 if args.contend else 1}
    return [shared | {"clients": clients[at::processes]} for at in range(processes)]


def village_with_people(at: int, count: int) -> tuple[Any, list[str]]:
    """Return a village and the numbers of residents who hold nothing and are no subjects."""
    from ankang.divisions.models import Division
    from ankang.roster.models import Resident

    village = Division.objects.filter(level="village").order_by("serial")[at]
    people = Resident.objects.filter(village=village, status="living", birth_date__year__range=(1946, 1962))
    found = people.filter(memberships=None, participations=None).order_by("pk")[:count]
    numbers = [one.number.reveal() for one in found if one.number]
    if len(numbers) < count:
        raise SystemExit(f"{village.name} has {len(numbers)} people to enrol: --each {len(numbers)} at most")
    return village, numbers


def worker(village: Any, at: int) -> dict[str, str]:
    """Return a new worker of a village, with both factors."""
    from django_otp.plugins.otp_totp.models import TOTPDevice

    from ankang.accounts.models import User

    made = User(username=f"bench{at}", full_name=f"bench{at}", desk="village", division=village)
    made.set_password(PASSWORD)
    made.save()
    device = TOTPDevice.objects.create(user=made, name="bench", confirmed=True)
    return {"username": made.username, "key": device.key}


@contextmanager
def server(port: int, workers: int = WORKERS, threads: int = THREADS) -> Iterator[None]:
    """Serve the throw-away database as production would, and stop it."""
    from django.db import connection

    env = dict(os.environ)
    if connection.vendor == "postgresql":
        parts = urlsplit(env["DATABASE_URL"])
        env["DATABASE_URL"] = urlunsplit(parts._replace(path=f"/{connection.settings_dict['NAME']}"))
    connection.close()
    address = ("--host", "127.0.0.1", "--port", str(port))
    processes = ("--interface", "wsgi", "--workers", str(workers), "--blocking-threads", str(threads))
    program = str(Path(sys.executable).with_name("granian"))
    process = subprocess.Popen([program, *processes, *address, "ankang.config.wsgi:application"], env=env)
    try:
        wait_for(port)
        yield
    finally:
        process.terminate()
        process.wait(20)


def wait_for(port: int) -> None:
    for _ in range(200):
        try:
            Browser(port).ask("/login/")
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"the server did not answer on port {port}")


def run(jobs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Start the client processes, let them go together, and return what each answered."""
    command = [sys.executable, __file__, "--client"]
    clients = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in jobs]
    for client, job in zip(clients, jobs, strict=True):
        client.stdin.write(json.dumps(job) + "\n")  # type: ignore[union-attr]
        client.stdin.flush()  # type: ignore[union-attr]
    for client in clients:
        if client.stdout.readline().strip() != "ready":  # type: ignore[union-attr]
            raise SystemExit("a client could not log in")
    progress("all clients are logged in ...")
    for client in clients:
        client.stdin.write("go\n")  # type: ignore[union-attr]
        client.stdin.flush()  # type: ignore[union-attr]
    return [json.loads(client.communicate()[0]) for client in clients]


def judge(answers: list[dict[str, Any]], *, contend: bool) -> int:
    """Report the figures; 1 when the database and the answers disagree, or anything else than expected was said."""
    outcomes = [one for answer in answers for one in answer["outcomes"]]
    done = [one for one in outcomes if one["status"] == 302]
    lost = [one for one in outcomes if one["status"] == 422 and one["capped"]]
    seconds = max(answer["ended"] for answer in answers) - min(answer["begun"] for answer in answers)
    errors = len(outcomes) - len(done) - (len(lost) if contend else 0)
    agrees = stored_keys() == {one["key"] for one in done}
    if contend:
        winners: dict[str, int] = defaultdict(int)
        for one in outcomes:
            winners[one["number"]] += one["status"] == 302
        agrees = agrees and set(winners.values()) == {1}
    confirm, whole = (sorted(one[name] for one in done) for name in ("confirm", "whole"))
    report(
        f"Enrolling over HTTP, {CLIENTS} clients" + (", for the same residents" if contend else ""),
        [
            ("enrolments", len(done), f"in {seconds:.1f} s"),
            ("enrolments a second (four requests each)", len(done) / seconds, "/s"),
            ("the confirmation, half of them within", 1000 * at(confirm, 50), "ms"),
            ("the confirmation, 99 % within", 1000 * at(confirm, 99), "ms"),
            ("the four requests of one, half within", 1000 * at(whole, 50), "ms"),
            ("the four requests of one, 99 % within", 1000 * at(whole, 99), "ms"),
            ("told that the cap is reached", len(lost), "of those who came second"),
            ("errors", errors, "must be 0"),
            ("the database holds exactly these", "yes" if agrees else "NO", ""),
        ],
    )
    return 0 if agrees and not errors and done else 1


def stored_keys() -> set[str]:
    """Return the keys of the enrolments that the clients made, each whole: one holding, paid in full."""
    from django.db.models import F, Sum

    from ankang.enrolment.models import Holding

    held = Holding.objects.filter(enrolment__by__username__startswith="bench")
    paid = held.annotate(paid=Sum("fundings__amount_fen")).filter(paid=F("units") * F("unit_price_fen"))
    return set(paid.values_list("enrolment__key", flat=True))


def at(ordered: list[float], percent: int) -> float:
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] if ordered else 0.0


if __name__ == "__main__":
    sys.exit(main())
