"""How often what happens to whom: read from a file in which every figure has a source, or says that it is assumed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ankang.rules.errors import file_trouble
from ankang.rules.load import read_tables
from ankang.rules.programme import Programme
from ankang.rules.tables import ProgrammeFileError, Table

Floats = NDArray[np.float64]
STATUS = ("published", "derived", "assumed")
_AGES = re.compile(r"(\d{2,3})(?:-(\d{2,3})|\+)", re.ASCII)
_OLDEST = 130
_PERCENT, _MILLE, _LAKH = 100, 1000, 100_000
_KNOWN = {  # id -> (its name, what a figure is divided by)
    "population": ("年龄构成", _PERCENT),
    "death": ("死亡率", _MILLE),
    "accident_death": ("意外死亡率", _LAKH),
    "injury": ("受伤率", _MILLE),
    "fracture": ("骨折的份额", _PERCENT),
    "claimed": ("报案的份额", _PERCENT),
    "fracture_inpatient": ("骨折住院的份额", _PERCENT),
    "other_inpatient": ("其他伤住院的份额", _PERCENT),
    "stay": ("住院天数", 1),
    "inpatient_bill": ("住院费用", 1),
    "outpatient_bill": ("门诊费用", 1),
    "bill_spread": ("费用的离散", 1),
    "inpatient_reimbursed": ("住院报销比例", _PERCENT),
    "outpatient_reimbursed": ("门诊报销比例", _PERCENT),
    "disability": ("骨折致残的份额", _PERCENT),
    "late_death": ("几天以后身故的份额", _PERCENT),
}


@dataclass(frozen=True, slots=True)
class Rate:
    """One figure by age band, and where it comes from."""

    values: Floats  # one an age band; shares and yearly probabilities as parts of one, days, yuan
    status: str
    source: str
    why: str
    low: float = 1.0  # between these parts of its values it may lie
    high: float = 1.0

    @property
    def is_doubtful(self) -> bool:
        return self.low < self.high

    def times(self, part: float) -> "Rate":
        """Return the figure higher or lower by the same part at all ages."""
        return replace(self, values=self.values * part)


@dataclass(frozen=True, slots=True)
class Holding:
    """What a share of the people of some age bands hold."""

    bands: tuple[int, ...]
    share: float
    units: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Rates:
    """A whole file. `grades`: (grade, share) of those whom a fracture leaves disabled."""

    ages: tuple[tuple[int, int], ...]
    by_id: dict[str, Rate]
    grades: tuple[tuple[int, float], ...]
    holdings: tuple[Holding, ...]

    def of(self, name: str) -> Floats:
        return self.by_id[name].values

    @property
    def doubtful(self) -> dict[str, Rate]:
        """The figures that have a range."""
        return {name: rate for name, rate in self.by_id.items() if rate.is_doubtful}

    def varied(self, parts: Mapping[str, float]) -> "Rates":
        """Return the rates with some figures higher or lower: `{"claimed": 1.2}`."""
        return replace(self, by_id=self.by_id | {name: self.by_id[name].times(part) for name, part in parts.items()})

    @property
    def assumed(self) -> tuple[str, ...]:
        """The names of the figures that have no source."""
        return tuple(_KNOWN[name][0] for name, rate in self.by_id.items() if rate.status == "assumed")

    def held(self, programme: Programme) -> tuple[Holding, ...]:
        """Return the holdings, or one unit of the first product for everybody where the plan lacks their products."""
        codes = {product.code for product in programme.products}
        if all(code in codes for holding in self.holdings for code, _ in holding.units):
            return self.holdings
        return (Holding(tuple(range(len(self.ages))), 1.0, ((programme.products[0].code, 1),)),)


def load_rates(path: Path) -> Rates:
    """Return the rates of a file. Errors: ProgrammeFileError (file, key, fix)."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ProgrammeFileError(path.name, "", f"打不开 {path}（{file_trouble(error)}）", "查对路径") from None
    root = Table(read_tables(content), path.name)
    if root.whole("schema", least=1) != 1:
        raise root.error("schema", "只认识第 1 版格式", "写 schema = 1")
    ages = tuple(_band(root, text) for text in root.texts("ages"))
    if not ages or any(later[0] != earlier[1] + 1 for earlier, later in pairwise(ages)):
        raise root.error("ages", "年龄段要从小到大、一段接一段", '例如 ["60-64", "65-69"]')
    named = {table.one_of("id", tuple(_KNOWN)): table for table in root.tables("rates", "id")}
    by_id = {name: _rate(table, len(ages)) for name, table in named.items()}
    missing = [name for name in _KNOWN if name not in by_id]
    if missing:
        raise root.error("rates", f"缺 {'、'.join(missing)}", "照 programmes/rates.toml 补上")
    weights = by_id["population"].values
    by_id = {name: _with_range(named[name], rate, weights) for name, rate in by_id.items()}
    grades = _grades(root.table("grades"))
    rates = Rates(ages, by_id, grades, tuple(_holding(row, ages) for row in root.tables("holdings", "ages")))
    root.finish()
    _check(root, rates)
    return rates


def _rate(table: Table, bands: int) -> Rate:
    name, status = table.text("id"), table.one_of("status", STATUS)
    values = table.numbers("values")
    if len(values) not in (1, bands):
        raise table.error("values", f"有 {len(values)} 个数", f"写 1 个，或者每个年龄段一个，共 {bands} 个")
    source, why = table.text("source", ""), table.text("why", "")
    if status != "assumed" and not source:
        raise table.error("source", "没有写出处", '写明出处；没有就写 status = "assumed"，并写 why')
    if status != "published" and not why:
        raise table.error("why", "没有写理由", "写明怎么算来的，或者为什么这样假定")
    unit = _KNOWN[name][1]
    parts = np.array(values, dtype=np.float64) / unit
    if unit > 1 and parts.max() > 1:
        raise table.error("values", "超过了全部", "查对单位：%、每千人、每十万人")
    return Rate(np.broadcast_to(parts, (bands,)), status, source, why)


def _with_range(table: Table, rate: Rate, weights: Floats) -> Rate:
    """Return the figure with its range, which a file gives for the mean over all ages."""
    found = table.numbers("range") if table.has("range") else []
    table.finish()
    if not found and rate.status == "assumed":
        raise table.error("range", "没有写范围", "没有出处的数要写可能的范围：range = [低, 高]")
    if not found:
        return rate
    unit, mean = _KNOWN[table.text("id")][1], float(rate.values @ weights / weights.sum())
    bounds = [float(bound) / unit for bound in found]
    if len(bounds) != 2 or not bounds[0] <= mean <= bounds[1] or not mean:
        shown = f"{mean * unit:.4g}"
        raise table.error("range", f"不是一低一高，或者没有包住取的数 {shown}", "写两个数，取的数（平均）在中间")
    low, high = (bound / mean for bound in bounds)
    if unit > 1 and (rate.values * high).max() > 1:
        raise table.error("range", "超过了全部", "把高的一头写低一些")
    return replace(rate, low=low, high=high)


def _grades(table: Table) -> tuple[tuple[int, float], ...]:
    shares = []
    for key in table.values:
        if not key.isdecimal() or not 1 <= int(key) <= 10:
            raise table.error(key, "伤残等级只有 1 到 10", "查对等级")
        shares.append((int(key), float(table.number(key)) / _PERCENT))
    _whole(table, "", sum(share for _, share in shares))
    return tuple(shares)


def _holding(table: Table, ages: tuple[tuple[int, int], ...]) -> Holding:
    first, last = _band(table, table.text("ages"))
    units = table.table("units")
    held = tuple((code, int(units.whole(code, least=1, most=99))) for code in units.values)
    share = float(table.number("share")) / _PERCENT
    table.finish()
    return Holding(tuple(at for at, band in enumerate(ages) if first <= band[0] and band[1] <= last), share, held)


def _band(table: Table, text: str) -> tuple[int, int]:
    found = _AGES.fullmatch(text)
    if found is None:
        raise table.error("ages", f"“{text}”不是年龄段", '写成 "60-64" 或 "80+"，两端都含')
    return int(found[1]), int(found[2]) if found[2] else _OLDEST


def _check(root: Table, rates: Rates) -> None:
    """What must be whole is whole, and nobody dies of an accident who does not die."""
    _whole(root, "rates[population]", rates.of("population").sum())
    for at, (first, _) in enumerate(rates.ages):
        _whole(root, f"holdings（{first} 周岁起）", sum(one.share for one in rates.holdings if at in one.bands))
    accident, death = rates.by_id["accident_death"], rates.by_id["death"]
    if (accident.values * accident.high > death.values * death.low).any():
        raise root.error("rates[accident_death]", "比 death 还多", "意外死亡含在死亡里，查对单位")
    if (rates.of("stay") * rates.by_id["stay"].low < 1).any():
        raise root.error("rates[stay]", "住院平均不到 1 天", "写 1 或更多")


def _whole(table: Table, name: str, total: float) -> None:
    if abs(total - 1) > 1e-9:
        raise table.error(name, f"份额加起来是 {total * _PERCENT:g}%", "改到正好 100")


def name_of(rate: str) -> str:
    """Return what a figure is called on a screen."""
    return _KNOWN[rate][0]


def shown(rates: Rates, rate: str, part: float = 1.0) -> str:
    """Return the mean of a figure over all ages, times a part, in the unit of the file."""
    weights = rates.of("population")
    mean = float(rates.of(rate) @ weights / weights.sum()) * _KNOWN[rate][1] * part
    return f"{mean:,.0f}" if mean >= _PERCENT else f"{mean:.3g}"
