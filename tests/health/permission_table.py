"""Who may open which page: the whole product in one table. A new page adds its line here, or the test fails.

`OBJECTS` says how to address one object of a village, for pages with an argument: with it the test proves that the
object opens for its own village and not for a foreign one.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

from tests import factories as make
from tests.assessment import acts
from tests.bulletins.acts import released, urge
from tests.enrolment.acts import batch_of, enrolment_in, slip_in, withdrawal_of
from tests.health.claim_pages import COURSE_OBJECTS, COURSE_PAGES, OF_ONE_CLAIM
from tests.health.green_pages import ADVANCE_PAGES, GREEN_DESKS, GREEN_OBJECTS, GREEN_PAGES, SETTLEMENT_PAGES
from tests.health.money_pages import MONEY_DESKS, MONEY_OBJECTS
from tests.health.paper_pages import PAPER_PAGES, paper_objects
from tests.health.policy_pages import POLICY_OBJECTS, POLICY_PAGES
from tests.health.treasury_pages import BOTH_PAGES, DONOR_PAGES, TOWN_PAGES, TREASURY_OBJECTS
from tests.health.what_if_pages import WHAT_IF_OBJECTS, WHAT_IF_PAGES
from tests.health.who import EVERYBODY, Who, only
from tests.outreach.acts import NOW, TODAY, follow_up
from tests.programmes.draft_acts import copy
from tests.roster.transfer_acts import transfer_of

from ankang.accounts.models import Desk, User
from ankang.assessment.models import AssessmentRun, Objection
from ankang.assessment.reward_models import Commendation, PublicObjection, SubsidyRequest
from ankang.divisions.models import Division
from ankang.enrolment.models import Enrolment, GovernmentBatch, Withdrawal
from ankang.enrolment.slip_models import EnrolmentSlip
from ankang.outreach.models import FollowUp, Measure
from ankang.programmes.draft_models import ProgrammeDraft
from ankang.programmes.models import ProgrammeVersion
from ankang.roster.linkage_models import LinkCase
from ankang.roster.models import ImportRun, Resident, StagedImport
from ankang.roster.transfer_models import Transfer

EVERY_DESK = Who(frozenset(Desk.values), unsettled=True)
MANAGERS = only("town", "insurer", manager=True)  # each at his own desk: the middleware sees to that
TOWN_MANAGER = only("town", manager=True)


def _accounts(desk: str) -> dict[str, Who]:
    steps = ("", "-invite", "-reset", "-disable", "-enable", "-reset-two-factors", "-unlock")
    return {f"{desk}:accounts": MANAGERS} | {f"{desk}:account{step}": MANAGERS for step in steps}


def _roster(desk: str) -> dict[str, Who]:
    lists = ("roster", "roster_export", "import", "import_template")
    imports = ("import_run", "import_report", "import_undo", "import_waiting", "find_links")
    links = ("links", "links_export", "link", "link_nobody", "link_reopen")
    transfers = ("transfers", "transfers_export", "transfer_new", "transfer", "transfer_withdraw")
    people = ("resident", "resident_add", "resident_number", "resident_edit", "resident_change", "resident_capacity")
    checks = ("population", "population_export", "checks", "check", "check_export", "check_tick")
    both = only("town", "village")
    return {f"{desk}:{name}": both for name in (*lists, *people, *imports, *links, *transfers, *checks)}


_CLAIM_STEPS = ("claim", "losses", "prepare", "review", "withdraw", "decision_print", "claim_phone")

_SLIPS = ("enrol-household", "enrol-many", "enrol-excel", "enrol-excel-template", "slip", "slip-export")
_PURCHASE_STEPS = ("purchase", "purchase-review", "purchase-go-on", "purchase-export")
_PLANS = ("plans", "plans-export", "plan-compare", "plan-compare-export")
_PLAN_STEPS = ("plan-review", "plan-history", "plan-add", "plan-follow")
_VISITS = ("todo-call", "todo-follow-up", "todo-undo")
_BULLETIN_FILES = ("bulletin-pdf", "bulletin-word", "bulletin-figures")
_BULLETIN_STEPS = ("bulletin-edit", "bulletin-freeze", "bulletin-release", "bulletin-withdraw", "bulletin-correct")
_FILE_DESKS = ("town", "village", "district")
_READERS, _FILE_READERS = only("village", "district"), only(*_FILE_DESKS)
_NOTICE = ("notice", "notice-pdf", "notice-word", "notice-list")
_MEASURE = ("measure", "measure-mark", "measure-remove")
_DIVISION = ("todo-export", "workers-export", "workers", "divide", "assigning", "assign", "measures")

_RUN = ("assessment-run", "assessment-run-export", "assessment-commend", "assessment-subsidise")
_SCHEME = ("assessment-scheme", "assessment-scheme-file")
_LIST = ("commendation", "commendation-review", "commendation-object", "commendation-export")
_CERTIFICATES = ("commendation-certificates",)
_SUBSIDY = ("subsidy", "subsidy-review", "subsidy-print", "subsidy-export")
_ASSESSMENT = ("assessment", "assessment-export", "assessment-village")
_RESULTS = ("assessment-run-village", "assessment-objection")
_BINDING = ("freeze", "scheme-form", "scheme-new", "scheme-confirm", "recalculate")

_FILE = ("", "-export")
_PLACE = ("place", "place-days", "place-people")
FIGURES = only("village", "town", "district")  # each at his own desk, of his own divisions

PAGES: dict[str, Who] = {
    "here": EVERYBODY,
    "login": EVERYBODY,
    "second-step": EVERYBODY,
    "logout": EVERYBODY,
    "invitation": EVERYBODY,
    "help": EVERYBODY,
    **{page: only(*desks) for page, desks in (MONEY_DESKS | PAPER_PAGES).items()},
    **{f"public:{page}": EVERYBODY for page in ("home", "insured", "receipt", "looks")},
    **{f"public:{page}": EVERYBODY for page in ("report", "follow", "follow-paper", "follow-leave")},
    "password": EVERY_DESK,
    "device": EVERY_DESK,
    **_accounts("town"),
    **_accounts("insurer"),
    **_roster("town"),
    **_roster("village"),
    "town:dashboard": only("town"),
    "town:dashboard-export": only("town"),
    **{f"{desk}:{name}{end}": FIGURES for desk in ("town", "village") for name in ("days", "people") for end in _FILE},
    **{
        f"{desk}:{name}{end}": only("town", "village")
        for desk in ("town", "village")
        for name in ("movement", "birthdays")
        for end in _FILE
    },
    **{f"{desk}:{name}{end}": FIGURES for desk in ("town", "district") for name in _PLACE for end in _FILE},
    **{f"village:board{end}": FIGURES for end in _FILE},
    "district:export": only("district"),
    **{f"town:targets{end}": only("town") for end in ("", "-export", "-pdf")},
    **{f"town:targets-{page}": TOWN_MANAGER for page in ("template", "new")},
    "town:subjects": only("town"),
    "town:subjects-export": only("town"),
    **{f"town:{page}": only("town") for page in ("purchases", "purchase-new", *_PURCHASE_STEPS)},
    "town:late": TOWN_MANAGER,
    "town:capacity": only("town"),
    "town:capacity-export": only("town"),
    "insurer:withdrawals": only("insurer"),
    "insurer:withdrawal": only("insurer"),
    "town:checkup": only("town"),
    "town:checkup-export": only("town"),
    **{
        f"{desk}:{page}": only("town", "insurer", "village")
        for desk in ("town", "insurer", "village")
        for page in ("terms", "calculator")
    },
    **{f"town:{page}": only("town") for page in (*_PLANS, *_PLAN_STEPS, "plan-copy", "plan-file", "plan-section")},
    "town:reading-confirm": TOWN_MANAGER,
    "town:roster_export_full": TOWN_MANAGER,
    "town:audit": TOWN_MANAGER,
    "town:settings": TOWN_MANAGER,
    "town:settings-day": TOWN_MANAGER,
    "town:settings-phone": TOWN_MANAGER,
    "town:settings-policy": TOWN_MANAGER,
    **{
        f"{desk}:{name}": only("town", "village")
        for desk in ("town", "village")
        for name in ("enrol", "enrolled", "cancel-enrolment", "withdraw", "holdings", *_SLIPS)
    },
    "village:home": only("village"),
    "town:claims": only("town"),
    **{f"insurer:{page}": only("insurer") for page in ("todo", "report", "claims", "claims_export", "cover")},
    **{f"insurer:{page}": only("insurer") for page in _CLAIM_STEPS},
    **{f"insurer:{page}": only("insurer") for page in COURSE_PAGES},
    "insurer:authority": only("insurer", manager=True),
    "insurer:paper_list": only("insurer", manager=True),
    "village:todo": only("village"),
    "village:manifest": EVERYBODY,
    "village:service-worker": EVERYBODY,
    "village:offline": EVERYBODY,  # holds nobody's data: the telephone fills it from what it keeps
    "village:offline-list": only("village"),
    "village:offline-keeping": EVERYBODY,  # says yes or no to a telephone on which nobody is logged in
    "village:offline-upload": only("village"),
    **{f"village:{page}": only("village") for page in (*_VISITS, *_MEASURE, *_DIVISION)},
    **{
        f"town:{page}": only("town")
        for page in ("outreach", "outreach-export", "outreach-village", "outreach-village-export")
    },
    "town:outreach-lead": TOWN_MANAGER,
    **{
        f"town:{page}": only("town")
        for page in (*_ASSESSMENT, *_RESULTS, *_RUN, *_SCHEME, *_LIST, *_CERTIFICATES, *_SUBSIDY)
    },
    **{f"town:assessment-{page}": TOWN_MANAGER for page in _BINDING},
    **{f"town:commendation-{page}": TOWN_MANAGER for page in ("answer", "finish")},
    "village:score": only("village"),
    **{f"town:{page}": only("town") for page in ("bulletins", "bulletin", *_BULLETIN_STEPS)},
    **{f"town:{page}": only("town") for page in ("notices", "notices-export")},
    **{f"{desk}:{page}": _READERS for desk in ("village", "district") for page in ("bulletins", "bulletin")},
    **{f"{desk}:{page}": _FILE_READERS for desk in _FILE_DESKS for page in _BULLETIN_FILES},
    **{f"{desk}:{page}": only("town", "village") for desk in ("town", "village") for page in _NOTICE},
    "village:notice-read": only("village"),
    **{f"town:{page}": only("town") for page in TOWN_PAGES},
    **{f"{desk}:{page}": only("town", "village") for desk in ("town", "village") for page in BOTH_PAGES},
    **{f"donor:{page}": only("donor") for page in DONOR_PAGES},
    "public:pay-notify": EVERYBODY,  # believed only with the gateway's signature
    **POLICY_PAGES,
    "window:home": only("window"),
    **{f"window:{name}": only("window") for name in SETTLEMENT_PAGES},
    **{f"{desk}:{page}": only("window", "funeral") for desk in GREEN_DESKS for page in GREEN_PAGES},
    **{f"{desk}:day-file": only("window", "funeral", "insurer") for desk in (*GREEN_DESKS, "insurer")},
    **{f"insurer:{page}": only("insurer") for page in ADVANCE_PAGES},
    **WHAT_IF_PAGES,
    **{f"funeral:{page}": only("funeral") for page in ("home", "form", "declaration")},
    "district:home": only("district"),
    **{f"district:{page}": only("district") for page in ("rollup", "rollup-sheet", "rollup-bundle")},
}


@dataclass
class Place:
    """A village, in which the functions of `OBJECTS` make what they need, once."""

    village: Division
    made: dict[str, Any] = field(default_factory=dict)

    def once(self, name: str, maker: Callable[[], Any]) -> Any:
        if name not in self.made:
            self.made[name] = maker()
        return self.made[name]

    def resident(self) -> Resident:
        return self.once("resident", lambda: make.resident(self.village))  # type: ignore[no-any-return]

    def import_run(self) -> ImportRun:
        return self.once("import", lambda: make.import_run(self.village))  # type: ignore[no-any-return]

    def link_case(self) -> LinkCase:
        return self.once("link case", lambda: make.link_case(self.import_run()))  # type: ignore[no-any-return]

    def transfer(self) -> Transfer:
        """Return a request by which a neighbour asks this village for its resident."""
        return self.once("transfer", lambda: transfer_of(self.resident()))  # type: ignore[no-any-return]

    def staged_import(self) -> StagedImport:
        return self.once("staged", lambda: make.staged_import(self.village))  # type: ignore[no-any-return]

    def account(self, desk: str) -> User:
        """Return an account of this place that a manager of the desk manages."""
        division = self.village if desk == "village" else self.village.parent
        return self.once(f"account {desk}", lambda: make.user(desk, division))  # type: ignore[no-any-return]

    def slip(self) -> EnrolmentSlip:
        """Return a slip over one resident of this village, made by its worker."""
        return self.once("slip", lambda: slip_in(self.village, self.account("village")))  # type: ignore[no-any-return]

    def enrolment(self) -> Enrolment:
        """Return an enrolment in this village, made by its worker."""
        return self.once("enrolment", lambda: enrolment_in(self.village, self.account("village")))  # type: ignore[no-any-return]

    def withdrawal(self) -> Withdrawal:
        """Return a request to give that enrolment up."""
        return self.once("withdrawal", lambda: withdrawal_of(self.enrolment(), self.account("village")))  # type: ignore[no-any-return]

    def version(self) -> ProgrammeVersion:
        """Return a plan that this village's town published."""
        return self.enrolment().version

    def draft(self) -> ProgrammeDraft:
        """Return a draft of that town's next plan."""
        return self.once("draft", lambda: copy(self.account("town"), self.version()))  # type: ignore[no-any-return]

    def batch(self) -> GovernmentBatch:
        """Return a batch of this village's town that waits for its second person."""
        return self.once("batch", lambda: batch_of(self.enrolment(), self.account("town")))  # type: ignore[no-any-return]

    def assessed(self) -> AssessmentRun:
        """Return frozen results of this village's town."""
        return self.once("run", lambda: acts.run_in(self.village, self.manager()))  # type: ignore[no-any-return]

    def manager(self) -> User:
        """Return a manager of this village's town."""
        return self.once("manager", lambda: make.user("town", self.village.parent, is_manager=True))  # type: ignore[no-any-return]

    def commendation(self) -> Commendation:
        return self.once("commendation", lambda: acts.commendation_in(self.assessed()))  # type: ignore[no-any-return]

    def against(self) -> PublicObjection:
        return self.once("against", lambda: acts.against(self.commendation()))  # type: ignore[no-any-return]

    def objection(self) -> Objection:
        """Return this village's objection to its result."""
        return self.once("objection", lambda: acts.objected(self.account("village"), self.assessed()))  # type: ignore[no-any-return]

    def subsidy(self) -> SubsidyRequest:
        return self.once("subsidy", lambda: acts.subsidy_in(self.assessed()))  # type: ignore[no-any-return]


def _follow_up(place: Place) -> FollowUp:
    """A contact with the village's resident, made by its worker."""
    worker, version = place.account("village"), make.version()
    return place.once("follow-up", lambda: follow_up(worker, place.resident(), version))  # type: ignore[no-any-return]


def _measure(place: Place) -> Measure:
    """A measure in the village's plan."""
    facts = {"title": "挨户上门", "responsible": "某", "due_on": TODAY, "created_at": NOW}
    facts |= {"village": place.village, "programme": make.version().programme, "created_by": place.account("village")}
    return place.once("measure", lambda: Measure.objects.create(**facts))  # type: ignore[no-any-return]


def _claim(place: Place) -> dict[str, Any]:
    """A claim of the village with a decision that waits for the second person."""
    number = f"LP2024-0529-{place.village.pk[6:]}"
    return {"number": place.once("claim", lambda: make.claim_to_review(place.village, number)).number}


def _bulletin(place: Place) -> dict[str, Any]:
    """A released bulletin of the village's town."""
    first, second = make.user("town", place.village.parent), place.account("town")
    return {"pk": place.once("bulletin", lambda: released(first, second, place.version())).pk}


def _notice(place: Place) -> dict[str, Any]:
    """A notice to the village over its resident, who is not insured, under a plan of the village's own town."""
    resident, by = place.resident(), place.account("town")
    return {"pk": place.once("notice", lambda: urge(by, place.version(), resident.village_id)[0]).pk}


# page -> the arguments of its address for one object in a place
OBJECTS: dict[str, Callable[[Place], dict[str, Any]]] = {
    **{f"insurer:{page}": _claim for page in (*_CLAIM_STEPS, *OF_ONE_CLAIM)},
    **{f"insurer:{page}": partial(made, _claim) for page, made in COURSE_OBJECTS.items()},
    **MONEY_OBJECTS,
    **GREEN_OBJECTS,
    **{
        f"{desk}:{name}": lambda place: {"enrolment_id": place.enrolment().pk}
        for desk in ("town", "village")
        for name in ("enrolled", "cancel-enrolment", "withdraw")
    },
    **paper_objects(_claim),
    **{f"town:{page}": lambda place: {"pk": place.batch().pk} for page in _PURCHASE_STEPS},
    **{f"town:{page}": lambda place: {"pk": place.draft().pk} for page in _PLAN_STEPS},
    "town:plan-section": lambda place: {"pk": place.draft().pk, "section": "general"},
    "town:plan-file": lambda place: {"pk": place.draft().pk, "name": "programme.toml"},
    "town:plan-copy": lambda place: {"pk": place.version().pk},
    "town:reading-confirm": lambda place: {"pk": place.version().pk, "reading": "K03"},
    **POLICY_OBJECTS,
    "insurer:withdrawal": lambda place: {"pk": place.withdrawal().pk},
    **{
        name: lambda place: {"pk": place.account("village").pk} for name in _accounts("town") if name != "town:accounts"
    },
    **{
        name: lambda place: {"pk": place.account("insurer").pk}
        for name in _accounts("insurer")
        if name != "insurer:accounts"
    },
}
for _desk in ("town", "village"):
    for _page in ("resident", "resident_number", "resident_edit", "resident_change", "resident_capacity", "holdings"):
        OBJECTS[f"{_desk}:{_page}"] = lambda place: {"pk": place.resident().pk}
    for _page in ("slip", "slip-export"):
        OBJECTS[f"{_desk}:{_page}"] = lambda place: {"slip_id": place.slip().pk}
    for _page in ("transfer", "transfer_withdraw"):
        OBJECTS[f"{_desk}:{_page}"] = lambda place: {"pk": place.transfer().pk}
    OBJECTS[f"{_desk}:import_waiting"] = lambda place: {"key": place.staged_import().pk}
    for _page in ("import_run", "import_report", "import_undo", "find_links"):
        OBJECTS[f"{_desk}:{_page}"] = lambda place: {"pk": place.import_run().pk}
    for _page in ("link", "link_nobody", "link_reopen"):
        OBJECTS[f"{_desk}:{_page}"] = lambda place: {"pk": place.link_case().pk}
for _page in ("todo-call", "todo-follow-up"):
    OBJECTS[f"village:{_page}"] = lambda place: {"pk": place.resident().pk}
OBJECTS["village:todo-undo"] = lambda place: {"pk": _follow_up(place).pk}
for _page in _MEASURE:
    OBJECTS[f"village:{_page}"] = lambda place: {"pk": _measure(place).pk}
for _page in ("outreach-village", "outreach-village-export", "outreach-lead"):
    OBJECTS[f"town:{_page}"] = lambda place: {"code": place.village.pk}
for _desk in ("town", "district"):
    for _page in (f"{name}{end}" for name in _PLACE for end in _FILE):
        OBJECTS[f"{_desk}:{_page}"] = lambda place: {"code": place.village.pk}
for _desk in ("town", "village", "district"):
    for _page in ("bulletin", *_BULLETIN_FILES):
        OBJECTS[f"{_desk}:{_page}"] = _bulletin
for _page in _BULLETIN_STEPS:
    OBJECTS[f"town:{_page}"] = _bulletin
for _desk in ("town", "village"):
    for _page in _NOTICE:
        OBJECTS[f"{_desk}:{_page}"] = _notice
OBJECTS["village:notice-read"] = _notice
for _name in ("town:account-invite", "insurer:account-invite"):
    del OBJECTS[_name]

for _page in (*_RUN, "assessment-recalculate"):
    OBJECTS[f"town:{_page}"] = lambda place: {"pk": place.assessed().pk}
for _page in (*_SCHEME, "assessment-scheme-confirm"):
    OBJECTS[f"town:{_page}"] = lambda place: {"pk": place.assessed().scheme_id}
for _page in (*_LIST, *_CERTIFICATES, "commendation-finish"):
    OBJECTS[f"town:{_page}"] = lambda place: {"pk": place.commendation().pk}
for _page in _SUBSIDY:
    OBJECTS[f"town:{_page}"] = lambda place: {"pk": place.subsidy().pk}
OBJECTS["town:commendation-answer"] = lambda place: {"pk": place.against().pk}
OBJECTS["town:assessment-objection"] = lambda place: {"pk": place.objection().pk}
OBJECTS["town:assessment-village"] = lambda place: {"code": place.village.pk}
OBJECTS["town:assessment-run-village"] = lambda place: {"pk": place.assessed().pk, "code": place.village.pk}

OBJECTS |= TREASURY_OBJECTS | WHAT_IF_OBJECTS

# pages with an argument that names no object of a village
PLAIN_ARGUMENTS: dict[str, dict[str, Any]] = {
    "village:offline-keeping": {"key": UUID(int=0)},
    **{
        f"{desk}:{page}": {"code": "no-phone"}
        for desk in ("town", "village")
        for page in ("check", "check_export", "check_tick")
    },
    "village:collect-day": {"on": "2024-03-04"},
    "insurer:payments_act": {"what": "release"},
    "invitation": {"token": "no-such-link"},
    "public:certificate": {"number": "GP2024-0001-0001", "code": "ABCDEFGH"},
}
