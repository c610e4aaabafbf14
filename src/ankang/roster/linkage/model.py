"""How likely two records mean one person: a Fellegi-Sunter model, computed by splink.

The chances stand here and are not learned: a list has a dozen such rows, which teach nothing, and the same row must be
weighed the same tomorrow. Only how common a name is comes from the roster itself.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from pypinyin import lazy_pinyin

from ankang.rules.errors import InvalidInput

CANDIDATES = 5  # of one row: more than these nobody compares
LEAST = 0.02  # less likely ones are not shown
SURE, LIKELY = 950, 500  # per mille: 很可能, 可能; below it 把握不大

# What agrees or differs, by comparison and level: the code that is stored, and how a person reads it.
SAYINGS = {
    "name-3": "姓名相同",
    "name-2": "姓名同音",
    "name-1": "姓名拼音首字母相同",
    "name-0": "姓名不同",
    "birth-3": "出生日期相同",
    "birth-2": "出生日期差一个数字或月日颠倒",
    "birth-1": "出生年份相同",
    "birth-0": "出生日期不同",
    "sex-0": "性别不同",
    "village-1": "同村",
    "village-0": "不同村",
    "household-1": "户号相同",
    "phone-1": "手机后四位相同",
    "phone-0": "手机后四位不同",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one person. Empty says nothing and weighs nothing."""

    key: int
    name: str
    birth_date: date | None
    sex: str
    village: str
    household: str
    phone_tail: str

    def record(self) -> dict[str, Any]:
        """Return the columns that are compared."""
        return {
            "unique_id": self.key,
            "name": self.name,
            "sound": sound(self.name),
            "letters": "".join(part[:1] for part in map(_syllable, self.name)),
            "birth": self.birth_date.isoformat() if self.birth_date else None,
            "sex": self.sex or None,
            "village": self.village or None,
            "household": self.household or None,
            "phone": self.phone_tail or None,
        }


@dataclass(frozen=True, slots=True)
class Match:
    """A row and a resident that may be one person. `likelihood` is per mille, cut."""

    row: int
    resident: int
    likelihood: int
    says: tuple[str, ...]


def sound(name: str) -> str:
    """Return a name as it is spoken, without tones: names are often written down by ear."""
    return " ".join(map(_syllable, name))


@lru_cache(maxsize=20_000)
def _syllable(character: str) -> str:
    return "".join(lazy_pinyin(character))


def match(rows: Sequence[Facts], residents: Sequence[Facts]) -> list[Match]:
    """Return the likely pairs, per row the likeliest first, at most five.

    A pair is looked at when the name, its sound, the birth date or the telephone agree.
    Errors: InvalidInput where the optional libraries of record linkage are not installed.
    """
    if not rows or not residents:
        return []
    return _best(_found(pair) for pair in _pairs(rows, residents))


def _pairs(rows: Sequence[Facts], residents: Sequence[Facts]) -> list[dict[str, Any]]:
    """Return splink's own records of the pairs, the resident on the left."""
    try:
        import duckdb  # noqa: PLC0415 (optional group `linkage`)
        import pyarrow  # noqa: PLC0415
        from splink import DuckDBAPI, Linker  # noqa: PLC0415
    except ImportError as error:
        message = "本系统没有装上名单比对的组件。请系统管理员照运维说明装上，或先把身份证号补齐再导入。"
        raise InvalidInput(message, field="run") from error
    with duckdb.connect(":memory:", config={"threads": 1}) as connection:
        database = DuckDBAPI(connection)
        tables = [
            database.register(pyarrow.Table.from_pylist([facts.record() for facts in side]), dataset_display_name=name)
            for name, side in (("a_residents", residents), ("b_rows", rows))
        ]
        linker = Linker(tables, _settings(residents), log_level=None)
        found = linker.inference.predict(threshold_match_probability=LEAST, warning_mode="never")
        return found.as_record_list()


def _settings(residents: Sequence[Facts]) -> Any:
    from splink import SettingsCreator, block_on  # noqa: PLC0415

    return SettingsCreator(
        link_type="link_only",
        probability_two_random_records_match=1 / (len(residents) + 1),
        comparisons=_comparisons(_same_village(residents)),
        blocking_rules_to_generate_predictions=[block_on(column) for column in ("name", "sound", "birth", "phone")],
        retain_intermediate_calculation_columns=True,
    )


def _same_village(residents: Sequence[Facts]) -> float:
    """Return the chance that two people taken blindly live in one village."""
    counts: dict[str, int] = {}
    for facts in residents:
        counts[facts.village] = counts.get(facts.village, 0) + 1
    return min(0.999, sum((count / len(residents)) ** 2 for count in counts.values()))


def _comparisons(same_village: float) -> list[Any]:
    """Return each comparison's levels: chance among the same person (m) and among two others (u)."""
    return [
        _comparison(
            "name",
            ("name_l = name_r", 0.90, 0.0008),
            ("sound_l = sound_r", 0.06, 0.0008),
            ("letters_l = letters_r", 0.02, 0.004),
            ("", 0.02, 0.9944),
        ),
        _comparison(
            "birth",
            ("birth_l = birth_r", 0.88, 0.0001),
            (
                "damerau_levenshtein(birth_l, birth_r) <= 1 OR (substr(birth_l, 1, 4) = substr(birth_r, 1, 4)"
                " AND substr(birth_l, 6, 2) = substr(birth_r, 9, 2) AND substr(birth_l, 9, 2) = substr(birth_r, 6, 2))",
                0.07,
                0.003,
            ),
            ("substr(birth_l, 1, 4) = substr(birth_r, 1, 4)", 0.03, 0.035),
            ("", 0.02, 0.9619),
        ),
        _comparison("sex", ("sex_l = sex_r", 0.99, 0.5), ("", 0.01, 0.5)),
        _comparison("village", ("village_l = village_r", 0.95, same_village), ("", 0.05, 1 - same_village)),
        _comparison("household", ("household_l = household_r", 0.80, 0.005), ("", 0.20, 0.995)),
        _comparison("phone", ("phone_l = phone_r", 0.75, 0.0003), ("", 0.25, 0.9997)),
    ]


def _comparison(name: str, *levels: tuple[str, float, float]) -> Any:
    """Return one comparison, its best level first; a missing value weighs nothing, a rare name weighs more."""
    import splink.comparison_level_library as library  # noqa: PLC0415
    import splink.comparison_library as comparisons  # noqa: PLC0415

    made: list[Any] = [library.NullLevel(name)]
    for at, (condition, same, other) in enumerate(levels):
        level: Any = library.CustomLevel(condition) if condition else library.ElseLevel()
        if name == "name" and at == 0:
            level = library.ExactMatchLevel(name, term_frequency_adjustments=True)
        made.append(level.configure(m_probability=same, u_probability=other))
    return comparisons.CustomComparison(output_column_name=name, comparison_levels=made)


def _found(pair: dict[str, Any]) -> Match:
    codes = (f"{name}-{pair[f'gamma_{name}']}" for name in ("name", "birth", "sex", "village", "household", "phone"))
    return Match(
        row=pair["unique_id_r"],
        resident=pair["unique_id_l"],
        likelihood=int(pair["match_probability"] * 1000),
        says=tuple(code for code in codes if code in SAYINGS),
    )


def _best(found: Iterable[Match]) -> list[Match]:
    best: dict[int, list[Match]] = {}
    for pair in sorted(found, key=lambda pair: (pair.row, -pair.likelihood, pair.resident)):
        kept = best.setdefault(pair.row, [])
        if len(kept) < CANDIDATES:
            kept.append(pair)
    return [pair for kept in best.values() for pair in kept]
