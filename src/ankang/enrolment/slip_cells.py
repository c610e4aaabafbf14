"""What the cells of an enrolment file mean: product, units, who pays, who agreed. Every refusal says how to mend it."""

import re
import unicodedata
from collections.abc import Sequence

from ankang.enrolment.models import CONSENT_OF, Enrolment
from ankang.roster.imports.columns import further_columns
from ankang.rules.errors import InvalidInput
from ankang.rules.money import fen, yuan
from ankang.rules.premium import PAYER_NAMES, Payer, Share
from ankang.rules.programme import Programme as Plan

TITLES = {
    "product": "险种",
    "units": "份数",
    "payer": "谁出钱",
    "consent": "谁同意的",
    "giver": "出资的是谁",
    "purpose": "用途",
}
REQUIRED = ("product", "units", "payer", "consent")
_ALIASES = {
    "product": "险种 产品 方案 档次 档位 投保险种 参保险种 参保档次 投保档次 保险产品 每份保费 每份金额",
    "units": "份数 份 购买份数 参保份数 投保份数 买几份 数量",
    "payer": "谁出钱 出资人 出资 出资方 缴费人 付款人 缴费方式 资金来源 出资来源 谁缴费 谁付款",
    "consent": "谁同意的 谁同意 同意 同意人 是否同意 本人同意 同意情况 老人同意",
    "giver": "出资的是谁 出资人姓名 出资人名称 出资单位 捐赠人 捐赠人姓名 捐赠单位 捐赠方 代缴单位 代缴人",
    "purpose": "用途 资金用途 捐赠用途 说明 备注",
}
_FIELD_OF = {alias: name for name, aliases in _ALIASES.items() for alias in aliases.split()}
_PAYERS = {
    Payer.SELF: "本人 自己 老人 老人本人 自费 自缴 个人",
    Payer.CHILD: "子女 儿子 女儿 孩子 家属 儿女",
    Payer.VILLAGE: "村集体 村 集体 村里 村委会 村居 居委会 社区",
    Payer.DONOR: "爱心捐赠 捐赠 捐赠人 爱心人士 捐款 爱心企业 企业 社会捐赠",
    Payer.GOVERNMENT: "政府 财政 镇政府 政府购买",
}
_PAYER_OF = {word: payer for payer, words in _PAYERS.items() for word in words.split()}
_RESIDENT = frozenset(["本人", "老人", "老人本人", "是", "同意", "已同意", "本人同意", "√", "✓", "有"])
_FAMILY = frozenset(["家属", "子女", "儿子", "女儿", "配偶", "家人", "家属同意", "子女同意"])
_WAYS = {
    "phone": re.compile(r"(打|通过)?(电话|视频)(里|中)?(念|同意)?的?"),
    "signed": re.compile(r"(已|书面)?签(了)?(字|名|同意书)的?"),
    "read": re.compile(r"当面(念|同意)?的?"),
}
_NUMBERS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6}
_PARTS = re.compile(r"[、,，;；+和/\s]+")
_PART = re.compile(r"(\D+?)[:：]?(\d+(?:\.\d+)?)元?")


def slip_columns(written: Sequence[str]) -> dict[str, int]:
    """Return the column of each field beside name and number. Errors: InvalidInput, as `further_columns`."""
    return further_columns(written, _FIELD_OF, TITLES, REQUIRED)


def product_of(text: str, plan: Plan) -> str:
    """Return the code of the product that a cell means: its name, its code or the price of a unit."""
    plain = _plain(text)
    for product in plan.products:
        price = yuan(product.price_fen).removesuffix(".00")
        if plain in {
            _plain(product.name),
            product.code.upper(),
            price,
            f"{price}元",
            f"{price}元/份",
            f"{price}元每份",
        }:
            return product.code
    names = "、".join(product.name for product in plan.products)
    raise _wrong("没有写险种" if not plain else "没有这个险种", f"请填{names}之一")


def units_of(text: str) -> int:
    """Return the number of units: `2`, `2份`, `两份`."""
    plain = _plain(text).removesuffix("份")
    if plain in _NUMBERS:
        return _NUMBERS[plain]
    if plain.isascii() and plain.isdigit() and 0 < int(plain) < 100:
        return int(plain)
    raise _wrong("没有写份数" if not plain else "份数看不懂", "请填1或2这样的数")


def payer_of(text: str) -> tuple[Payer, list[Share]]:
    """Return who pays; several with their amounts when the cell says so: `本人30、子女20`."""
    plain = _plain(text)
    if plain in _PAYER_OF:
        return _PAYER_OF[plain], []
    parts = [_PART.fullmatch(part) for part in _PARTS.split(unicodedata.normalize("NFKC", text).strip()) if part]
    if not parts or any(part is None or part[1] not in _PAYER_OF for part in parts):
        names = "、".join(PAYER_NAMES.values())
        raise _wrong(
            "没有写谁出钱" if not plain else "看不懂谁出钱", f"请填{names}之一；几个人一起出写成：本人30、子女20"
        )
    return Payer.SELF, [(_PAYER_OF[part[1]], fen(part[2])) for part in parts if part]


def consent_of(text: str, payer: Payer) -> str:
    """Return who agreed and how, face to face unless it says so; government's purchase needs nobody's consent."""
    if payer is Payer.GOVERNMENT:
        return Enrolment.Consent.NOT_NEEDED
    plain = _plain(text)
    how = next((how for how, words in _WAYS.items() if words.search(plain)), "read")
    said = _WAYS[how].sub("", plain).strip(",、;/")
    for who, words in (("resident", _RESIDENT), ("family", _FAMILY)):
        if said in words:
            return CONSENT_OF[who, how]
    reason = "没有写谁同意的" if not plain else "看不出老人同意了没有"
    raise _wrong(
        reason, "先念给老人听；同意后填“本人”或“家属”，电话里同意的加“电话”，签了字的加“签字”，不同意的删去此行"
    )


def _plain(text: str) -> str:
    return re.sub(r"[\s()“”\"]", "", unicodedata.normalize("NFKC", text)).upper()


def _wrong(reason: str, fix: str) -> InvalidInput:
    return InvalidInput(f"{reason}。{fix}。", reason=reason, fix=fix)
