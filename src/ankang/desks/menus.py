"""The menu of each desk. An entry shows once its page exists."""

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse


@dataclass(frozen=True, slots=True)
class Entry:
    icon: str  # a Tabler icon
    label: str
    page: str  # a URL name
    manager: bool = False  # only for who manages accounts
    also: tuple[str, ...] = ()  # parts of the desk that belong to this entry, though not under its own address


MENUS: dict[str, tuple[Entry, ...]] = {
    "town": (
        Entry("layout-dashboard", "指挥台", "town:dashboard"),
        Entry("pencil", "参保登记", "town:enrol"),
        Entry("users", "老年人名册", "town:roster"),
        Entry("shield-check", "政府购买对象", "town:subjects"),
        Entry("heart-handshake", "捐赠与代缴", "town:donations"),
        Entry("building-bank", "出资与汇缴", "town:treasury"),
        Entry("coin-yuan", "缴费与交款", "town:money", also=("handovers/", "receipts/")),
        Entry("target", "目标任务", "town:targets"),
        Entry("map-pin", "上门进度", "town:outreach"),
        Entry("upload", "名册导入", "town:import"),
        Entry("send", "投保批次", "town:applications", also=("policy-gaps/", "renewals/")),
        Entry("certificate", "保单与凭证", "town:certificates"),
        Entry("file-diff", "批改", "town:endorsements"),
        Entry("first-aid-kit", "理赔", "town:claims"),
        Entry("phone", "帮办理赔", "town:claim-list"),
        Entry("search", "查保单", "town:cover"),
        Entry("user-question", "行为能力核实", "town:capacity"),
        Entry("award", "考核与奖补", "town:assessment"),
        Entry("calendar-event", "逾期补登", "town:late", manager=True),
        Entry("file-text", "通报", "town:bulletins"),
        Entry("alert-triangle", "数据核查", "town:checkup"),
        Entry("list-check", "条款与口径", "town:terms"),
        Entry("calculator", "算一算", "town:calculator"),
        Entry("file-pencil", "方案", "town:plans"),
        Entry("scale", "方案测算", "town:what-ifs"),
        Entry("user-cog", "账号", "town:accounts", manager=True),
        Entry("settings", "设置", "town:settings", manager=True),
    ),
    "village": (
        Entry("pencil", "参保登记", "village:enrol"),
        Entry("coin-yuan", "收费", "village:collecting", also=("takings/", "handovers/", "receipts/", "charges/")),
        Entry("users", "本村名册", "village:roster"),
        Entry("list-check", "待办", "village:todo"),
        Entry("layout-dashboard", "本村进度", "village:board"),
        Entry("certificate", "本村凭证", "village:certificates"),
        Entry("download", "Excel导入导出", "village:import"),
    ),
    "insurer": (
        Entry("layout-dashboard", "我的待办", "insurer:todo"),
        Entry("phone", "报案登记", "insurer:report"),
        Entry("message", "公众报案", "insurer:public_reports"),
        Entry("file-check", "理赔审核", "insurer:claims"),
        Entry("cash", "付款与回单", "insurer:payments"),
        Entry("receipt", "窗口垫付", "insurer:advances"),
        Entry("checks", "申诉与抽查", "insurer:reviews"),
        Entry("send", "待承保批次", "insurer:applications"),
        Entry("file-diff", "批改审核", "insurer:endorsements"),
        Entry("certificate", "保单", "insurer:policies"),
        Entry("arrow-back-up", "退保审核", "insurer:withdrawals"),
        Entry("search", "保单查询", "insurer:cover"),
        Entry("chart-bar", "理赔统计", "insurer:figures"),
        Entry("scale", "方案测算", "insurer:what-ifs"),
        Entry("alert-triangle", "可疑提醒", "insurer:signals"),
        Entry("clipboard-list", "材料清单", "insurer:paper_list", manager=True),
        Entry("list-check", "条款与口径", "insurer:terms"),
        Entry("calculator", "算一算", "insurer:calculator"),
        Entry("shield-check", "审批权限", "insurer:authority", manager=True),
        Entry("user-cog", "账号", "insurer:accounts", manager=True),
    ),
    "window": (
        Entry("search", "查保单", "window:cover"),
        Entry("cash", "一站式结算", "window:home"),
        Entry("receipt", "今日单据", "window:day"),
        Entry("phone", "帮家属报案", "window:claim-report"),
    ),
    "funeral": (
        Entry("search", "查保单", "funeral:cover"),
        Entry("forms", "身故直付", "funeral:home"),
        Entry("receipt", "今日单据", "funeral:day"),
        Entry("phone", "帮家属报案", "funeral:claim-report"),
    ),
    "district": (
        Entry("map-2", "全区一览", "district:home"),
        Entry("file-text", "通报", "district:bulletins"),
        Entry("report-analytics", "下级汇总", "district:rollup"),
    ),
    "donor": (Entry("route", "捐到哪了", "donor:home"),),
}


@dataclass(frozen=True, slots=True)
class Item:
    """An entry as it stands on a page: its address, and whether the page lies under it."""

    icon: str
    label: str
    address: str
    aria_current: str = ""  # page: this very page; true: a page below it

    @property
    def is_current(self) -> bool:
        return bool(self.aria_current)


def menu_for(desk: str, path: str = "", *, manager: bool = True) -> list[Item]:
    """Return the entries of a desk whose pages exist, for a manager or for others.

    Current is the entry with the longest address that `path` starts with: its own, or of a part that belongs to it.
    """
    meant = [entry for entry in MENUS.get(desk, ()) if manager or not entry.manager]
    found = [(entry, address) for entry in meant if (address := address_of(entry.page))]
    reach = {address: _reach(desk, entry, address, path) for entry, address in found}
    current = max((address for address, length in reach.items() if length), key=reach.__getitem__, default="")
    return [Item(entry.icon, entry.label, address, _current(address, current, path)) for entry, address in found]


def home_of(desk: str) -> str:
    """Return the address of a desk's first page, `/` where it has none."""
    return next((address for entry in MENUS.get(desk, ()) if (address := address_of(entry.page))), "/")


def _reach(desk: str, entry: Entry, address: str, path: str) -> int:
    """Return how much of `path` an entry's addresses cover, 0 for nothing."""
    places = (address, *(f"/{desk}/{part}" for part in entry.also))
    return max((len(place) for place in places if path.startswith(place)), default=0)


def _current(address: str, current: str, path: str) -> str:
    if address != current:
        return ""
    return "page" if address == path else "true"


def address_of(page: str, *args: object) -> str:
    """Return the address of a page by its URL name, empty while that page does not exist."""
    try:
        return reverse(page, args=args)
    except NoReverseMatch:
        return ""
