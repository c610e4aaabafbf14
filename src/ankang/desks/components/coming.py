"""Desks and pages that have no content yet: they say so plainly, and tell what will be there."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from ankang.accounts.permissions import View, desk_page
from ankang.desks.pages import page


@dataclass(frozen=True, slots=True)
class Ability:
    icon: str  # a Tabler icon
    name: str
    words: str


@dataclass(frozen=True, slots=True)
class Coming:
    """A page to come: what it is, what to do until then, and what it will be able to do."""

    title: str
    icon: str
    meanwhile: str
    abilities: tuple[Ability, ...]


WINDOW = Coming(
    "卫生院窗口",
    "building-community",
    "查保单、帮家属报案已经能用，在菜单里。窗口当场结算还没有，家属要理赔，请点“帮家属报案”。",
    (
        Ability("cash", "一站式结算", "出院时把医保报销后的自付金额录进来，当场算出该赔多少。"),
        Ability("receipt", "今日单据", "当天办过的每一笔，和中国人寿对账用。"),
    ),
)
DONOR = Coming(
    "捐赠人",
    "heart-handshake",
    "现在想捐款，请联系镇民政办登记，会给您开收据。",
    (
        Ability("heart-handshake", "我要捐", "选村、选份数，看清楚能帮几位老人参保。"),
        Ability("route", "捐到哪了", "每一笔钱用在了哪个村、几位老人身上，不露老人姓名。"),
        Ability("certificate", "回执", "捐赠回执随时能打印。"),
    ),
)


def coming(desk: str, what: Coming) -> View:
    """Return the view of a page to come, for one desk."""

    @desk_page(desk)
    def view(request: HttpRequest) -> HttpResponse:
        return page(request, "desks/components/coming/page.html", {"what": what})

    return view
