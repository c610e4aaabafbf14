"""The fields of a programme file, told once: key, words on the page, kind. Forms are made from these tables."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ankang.rules.clocks import OWN_CLOCKS
from ankang.rules.load_products import PAYERS, STATED_KEYS
from ankang.rules.programme import BENEFIT_NAMES, BenefitKind
from ankang.rules.readings import TOPICS, choice_words
from ankang.rules.signals import LIMITS


class Kind(StrEnum):
    TEXT = "text"
    LONG = "long"
    WHOLE = "whole"
    NUMBER = "number"  # at most two decimals
    YUAN = "yuan"
    DAY = "day"
    FLAG = "flag"
    CHOICE = "choice"
    AGES = "ages"
    TEXTS = "texts"


Choices = tuple[tuple[str, str], ...]
YES_NO: Choices = (("false", "否"), ("true", "是"))
AS_USUAL: Choices = (("", "照原来的"), ("true", "是"), ("false", "否"))
AS_READ: Choices = (("", "没写明（按口径）"), ("true", "是"), ("false", "否"))


@dataclass(frozen=True, slots=True)
class Field:
    """One key of a table. A field that is not `required` may stay empty: the key is then left out of the file."""

    key: str
    label: str
    kind: Kind = Kind.TEXT
    hint: str = ""
    required: bool = True
    choices: Choices = ()


@dataclass(frozen=True, slots=True)
class Shape:
    """A table of the file: its fields, the tables inside it, the lists of tables inside it (`label`: what names a row
    in errors). `fields_of`: fields that depend on what stands in the table.
    """

    title: str
    fields: tuple[Field, ...] = ()
    tables: Mapping[str, "Shape"] = field(default_factory=dict)
    lists: Mapping[str, "Shape"] = field(default_factory=dict)
    label: str = ""
    by: str = ""  # benefit | reading: more fields, by the kind or the topic that the table names
    more: Callable[[Mapping[str, Any]], tuple[Field, ...]] | None = None  # fields that what stands in the table brings
    lists_if: Callable[[Mapping[str, Any]], bool] | None = None  # whether this table has its lists

    def all_fields(self, table: Mapping[str, Any]) -> tuple[Field, ...]:
        """Return the fields of one such table."""
        if self.by == "benefit":
            return (*self.fields, *benefit_fields(str(table.get("kind", ""))))
        if self.by == "reading":
            return reading_fields(table)
        return (*self.fields, *self.more(table)) if self.more else self.fields


_CLAUSE = Field("clause", "条款", hint="这个数在文件里的出处")
_PAYERS = {"government": "政府", "self": "本人", "child": "子女", "village": "村集体", "donor": "捐赠人"}
_KINDS: Choices = tuple((str(kind), BENEFIT_NAMES[kind]) for kind in BenefitKind)
_STATABLE = (
    *("age-basis", "birthday", "cover-period", "government-product", "unit-cap", "top-up", "eligible-age"),
    *("coverage", "mixed-units"),
)

BAND = Shape(
    "年龄档",
    (
        Field("ages", "年龄", Kind.AGES, hint="60-69 或 76+，两端都含"),
        Field("yuan", "数额（元）", Kind.YUAN),
        Field("disability_yuan", "伤残另有保额（元）", Kind.YUAN, required=False),
        Field("reading", "存疑的口径", required=False, hint="数字存疑才填，例如 K03"),
    ),
    label="ages",
)
BENEFIT = Shape(
    "责任",
    (Field("kind", "责任", Kind.CHOICE, choices=_KINDS), _CLAUSE),
    lists={"bands": BAND},
    label="kind",
    by="benefit",
)
PRODUCT = Shape(
    "险种",
    (
        Field("code", "代码"),
        Field("name", "名称"),
        Field("price", "每份保费（元）", Kind.YUAN),
        _CLAUSE,
        Field("join_from_age", "最小参保年龄", Kind.WHOLE, required=False),
        Field("join_to_age", "最大参保年龄", Kind.WHOLE, hint="没有就空着", required=False),
    ),
    tables={
        "shares": Shape(
            "各方出资（每份，元；没有规定就都空着）",
            tuple(Field(payer, _PAYERS[payer], Kind.YUAN, required=False) for payer in PAYERS),
        )
    },
    lists={"benefits": BENEFIT},
    label="code",
)
GROUP = Shape(
    "政府购买对象的类别",
    (
        Field("code", "代码"),
        Field("name", "名称"),
        _CLAUSE,
        Field("from_age", "满几周岁自动列入", Kind.WHOLE, hint="按名单的空着", required=False),
    ),
    label="code",
)
STATED = Shape(
    "方案自己写明的事",
    (
        Field("topic", "什么事", Kind.CHOICE, choices=tuple((code, TOPICS[code].name) for code in _STATABLE)),
        Field("choice", "怎么定的"),
        _CLAUSE,
    ),
    label="topic",
)
TYPO = Shape("原文笔误（只记下，不进数据）", (_CLAUSE, Field("note", "错在哪里")), label="clause")
READING = Shape("口径", label="", by="reading")
GENERAL = Shape(
    "方案要点",
    (
        Field("id", "方案编号", hint="字母、数字和短横线，例如 2025-yandu"),
        Field("year", "年度", Kind.WHOLE),
        Field("name", "名称"),
        Field("issuer", "发文单位"),
        Field("division", "区划代码", hint="12位"),
        Field("placeholder_names", "村名、镇名是序号代称", Kind.FLAG, required=False, choices=YES_NO),
    ),
    tables={
        "window": Shape("推进时间", (Field("from", "开始", Kind.DAY), Field("to", "截止", Kind.DAY), _CLAUSE)),
        "cover": Shape(
            "保障期",
            (
                Field("from", "开始", Kind.DAY),
                Field("to", "截止", Kind.DAY),
                Field("reading", "按哪条口径", hint="方案没写明时填，例如 K08", required=False),
                Field("clause", "条款", hint="方案写明了才填", required=False),
            ),
        ),
        "goals": Shape(
            "目标",
            (
                Field("coverage_percent", "参保率（%）", Kind.WHOLE),
                Field("subjects_percent", "政府购买对象（%）", Kind.WHOLE),
                _CLAUSE,
            ),
        ),
        "units": Shape("份数", (Field("cap", "每人最多几份", Kind.WHOLE), _CLAUSE)),
        "totals": Shape(
            "公布的合计行（没有就都空着）",
            (Field("population", "60周岁以上人口", Kind.WHOLE), Field("target", "目标", Kind.WHOLE), _CLAUSE),
        ),
    },
    lists={"stated": STATED},
)
OPTIONAL_TABLES = ("totals", "shares", "persons", "subsidy")
DEADLINE = Shape(
    "理赔时限（方案没写就不填，用法律和服务承诺的）",
    (
        Field("clock", "哪个时限", Kind.CHOICE, choices=tuple(OWN_CLOCKS.items())),
        Field("days", "几天", Kind.WHOLE, hint="法律有时限的，不能更长"),
        Field("working", "只算工作日", Kind.FLAG, required=False, choices=AS_USUAL),
        _CLAUSE,
    ),
    label="clock",
)
SIGNAL = Shape(
    "可疑提醒的尺度（方案没写就不填，用我们的）",
    (
        Field("signal", "哪个尺度", Kind.CHOICE, choices=tuple(LIMITS.items())),
        Field("number", "多少", Kind.WHOLE, hint="天数，或几位老人；只是请人看一眼，不影响赔付"),
        _CLAUSE,
    ),
    label="signal",
)
# the parts of a file that are edited one at a time: key of the root -> shape of its rows
LISTS = {"groups": GROUP, "products": PRODUCT, "deadlines": DEADLINE, "signals": SIGNAL, "typos": TYPO}

_OWN: dict[str, Field] = {
    "deductible": Field("deductible", "免赔额（元）", Kind.YUAN, hint="没有就空着", required=False),
    "deductible_per": Field(
        "deductible_per",
        "免赔额怎么扣",
        Kind.CHOICE,
        required=False,
        choices=(
            ("", "没写明（按口径）"),
            ("accident", "每次事故扣一次"),
            ("period", "一年扣一次"),
            ("unit", "每份各扣一次"),
        ),
    ),
    "percent": Field("percent", "赔付比例（%）", Kind.WHOLE, hint="空着是100", required=False),
    "waiting_days": Field("waiting_days", "每次前几天不赔", Kind.WHOLE, hint="没写明就空着", required=False),
    "max_days_per_event": Field("max_days_per_event", "每次最多几天", Kind.WHOLE, hint="没写明就空着", required=False),
    "max_days_per_period": Field(
        "max_days_per_period", "保障期内最多几天", Kind.WHOLE, hint="没写明就空着", required=False
    ),
    "covers_disability": Field("covers_disability", "也赔伤残", Kind.FLAG, required=False, choices=AS_READ),
    "death_within_days": Field(
        "death_within_days", "事故后几天内身故才赔", Kind.WHOLE, hint="没写明就空着", required=False
    ),
    "any_death": Field("any_death", "不论什么原因身故都赔", Kind.FLAG, required=False, choices=AS_READ),
    "beside_medical": Field("beside_medical", "医疗赔了还赔剩下的自付", Kind.FLAG, required=False, choices=AS_READ),
}


def benefit_fields(kind: str) -> tuple[Field, ...]:
    """Return the terms that a benefit of this kind may have of its own, in the order of the page."""
    if kind not in list(BenefitKind):
        return ()
    keys = ["deductible"] if kind == BenefitKind.MEDICAL else []
    keys += [*STATED_KEYS[BenefitKind(kind)]]
    keys += ["percent"] if kind in (BenefitKind.MEDICAL, BenefitKind.FRACTURE) else []
    return tuple(_OWN[key] for key in keys)


def reading_fields(table: Mapping[str, Any]) -> tuple[Field, ...]:
    """Return the fields of one reading: what may be chosen depends on its topic, and on what it offers itself."""
    topic = str(table.get("topic", ""))
    offered = reading_choices(table)
    is_free = topic in ("figure", "government-product")
    return (
        Field("topic", "关于", Kind.CHOICE, choices=tuple((code, one.name) for code, one in TOPICS.items())),
        Field("question", "问题", Kind.LONG),
        Field("choice", "现在用", Kind.CHOICE, choices=tuple((one, choice_words(topic, one)) for one in offered))
        if topic in TOPICS and offered
        else Field("choice", "现在用"),
        *(
            (Field("alternatives", "还可以改选", Kind.TEXTS, hint="几个之间用顿号隔开", required=False),)
            if is_free
            else ()
        ),
        _CLAUSE,
        Field("why", "理由", Kind.LONG),
    )


def reading_choices(table: Mapping[str, Any]) -> list[str]:
    """Return what a reading of the file can be set to: its own choice and alternatives, then what its topic knows."""
    topic, others = TOPICS.get(str(table.get("topic", ""))), table.get("alternatives")
    known = list(topic.choices) if topic else []
    own = [table.get("choice"), *(others if isinstance(others, list) else [])]
    return list(dict.fromkeys([one for one in own if isinstance(one, str) and one] + known))
