"""Invented years: the same seed, the same year; exact figures where the rates leave no chance; files that agree."""

import csv
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.golden.cases import FOLDERS, ROOT, programme

from ankang.cli.main import main
from ankang.pricing import population
from ankang.pricing.engine import by_columns, by_reference, payments
from ankang.pricing.history import NEVER
from ankang.pricing.population import blocks, events_of, year_of
from ankang.pricing.rates import Rates, load_rates
from ankang.pricing.simulation import Simulation, simulate, spread_of, weights_of
from ankang.rules.days import age_on
from ankang.rules.money import fen
from ankang.rules.tables import ProgrammeFileError

FILE = ROOT / "programmes" / "rates.toml"
PLAN, MENDED = programme("2024-yandu"), programme("2024-yandu-mended")
RATES = load_rates(FILE)


def changed(folder: Path, **values: str) -> Rates:
    """Return the rates with other values, which are certain: `death="[1000]"`."""
    text = FILE.read_text()
    for name, wanted in values.items():
        head, tail = text.split(f'id = "{name}"')
        before, _, after = tail.partition("values = ")
        rest = re.sub(r"\Arange = .*\n", "", after.partition("\n")[2])
        text = f'{head}id = "{name}"{before}values = {wanted}\n{rest}'
    path = folder / "rates.toml"
    path.write_text(text)
    return load_rates(path)


def run(rates: Rates, *plans: str, people: int = 600, runs: int = 3, seed: int = 7) -> list[Simulation]:
    return simulate(
        [programme(name) for name in plans or ("2024-yandu",)], rates,
        people=people, runs=runs, seed=seed, say=lambda done: None,
    )  # fmt: skip


def test_the_same_seed_gives_the_same_years_and_another_seed_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(population, "BLOCK", 250)
    first, again, other = run(RATES)[0], run(RATES)[0], run(RATES, seed=8)[0]
    assert (first.paid_fen == again.paid_fen).all()
    assert first.premium_fen == again.premium_fen
    assert (first.paid_fen != other.paid_fen).any()
    assert len({tuple(row) for row in first.paid_fen.tolist()}) == 3  # no two years are alike
    assert [block.first for block in blocks(PLAN, RATES, 600, 7)] == [0, 250, 500]


def test_where_everybody_dies_of_an_accident_every_sum_is_paid(tmp_path: Path) -> None:
    rates = changed(tmp_path, death="[1000]", accident_death="[100000]", injury="[0]", late_death="[0]")
    (found,) = run(rates, people=200, runs=1)
    (block,) = blocks(PLAN, rates, 200, 7)
    events, covers, wanted = events_of(block, PLAN, rates, 7, 0), block.people.covers, 0
    for row, person in enumerate(covers.person):
        product = PLAN.products[covers.product[row]]
        birth, day = (np.datetime64(int(one), "D").item() for one in (block.people.birth[person], events.day[person]))
        age = age_on(birth, day)
        sums = [benefit.amount_at(age) for benefit in product.benefits if benefit.kind in ("accident", "life")]
        wanted += sum(sums) * int(covers.units[row])
    assert found.events.tolist() == [200]
    assert found.paid_fen.sum() == wanted
    prices = [PLAN.products[product].price_fen for product in covers.product]
    assert found.premium_fen == int((covers.units * np.array(prices)).sum())


def test_where_nothing_happens_nothing_is_paid(tmp_path: Path) -> None:
    (found,) = run(changed(tmp_path, death="[0]", accident_death="[0]", injury="[0]"))
    assert (found.ratio.mean, found.ratio.most, found.events.sum()) == (0, 0, 0)


def test_rates_come_out_as_they_went_in() -> None:
    """40000 people and 10 years, at a fixed seed: within five deviations of what the file says."""
    (found,) = run(RATES, people=40_000, runs=10)
    (block,) = blocks(PLAN, RATES, 40_000, 7)
    people = np.bincount(block.band, minlength=6)
    assert abs(people[0] / 40_000 - 0.278) < 5 * np.sqrt(0.278 * 0.722 / 40_000)
    expected = (people * (RATES.of("death") + RATES.of("injury") * RATES.of("claimed"))).sum()
    assert abs(found.events.mean() - expected) < 5 * np.sqrt(expected / 10) + 10  # who dies is not hurt afterwards


def test_nobody_is_hurt_after_death_and_all_is_within_the_cover(tmp_path: Path) -> None:
    rates = changed(tmp_path, death="[900]", accident_death="[50000]", injury="[1000]", claimed="[100]")
    (block,) = blocks(PLAN, rates, 500, 7)
    events = events_of(block, PLAN, rates, 7, 0)
    rows = [(int(one), int(day)) for one, day in zip(events.person, events.day, strict=True)]
    died = (events.death != NEVER).tolist()
    dead = {one: day for (one, day), is_dead in zip(rows, died, strict=True) if is_dead}
    hurt = [row for row, is_dead in zip(rows, died, strict=True) if not is_dead]
    assert len(dead) > 400
    assert len(hurt) > 100
    assert all(day < dead.get(one, np.inf) for one, day in hurt)
    span = [np.datetime64(day).astype(np.int64) for day in (PLAN.cover_from, PLAN.cover_to)]
    assert (events.day >= span[0]).all()
    assert (np.maximum(events.day, events.death) <= span[1]).all()
    assert (events.fracture <= events.medical).all()


@pytest.mark.parametrize("plan", ["2024-yandu", "2024-yandu-mended", "macun"])
def test_both_engines_price_alike(plan: str) -> None:
    (block,) = blocks(PLAN, RATES, 3_000, 7)
    year = year_of(block, PLAN, RATES, 7, 0)
    compiled, reference = by_columns(programme(plan), year), by_reference(programme(plan), year)
    assert (compiled[0] == reference[0]).all()
    assert compiled[1] == reference[1] == []
    assert (payments(programme(plan), year)[0] == reference[0]).all()


def test_both_engines_refuse_alike(tmp_path: Path) -> None:
    """The plan of 60 and over over people of 50: each event is named, in the same words."""
    text = FILE.read_text().replace('ages = ["60-64"', 'ages = ["50-64"').replace('"60-79"', '"50-79"')
    (tmp_path / "young.toml").write_text(text)
    rates = load_rates(tmp_path / "young.toml")
    (block,) = blocks(PLAN, rates, 1_000, 7)
    year = year_of(block, PLAN, rates, 7, 0)
    compiled, reference = by_columns(PLAN, year), by_reference(PLAN, year)
    assert len(reference[1]) > 3
    assert compiled[1] == sorted(reference[1], key=lambda one: one.row)
    assert (compiled[0] == reference[0]).all()


def test_two_plans_over_the_same_years(tmp_path: Path) -> None:
    first, second = run(RATES, "2024-yandu", "2024-yandu-mended", people=5_000)
    assert first.premium_fen == second.premium_fen
    assert (first.events == second.events).all()
    assert sum(second.by_kind().values()) == pytest.approx(sum(second.by_product().values()))
    other = run(RATES, "2024-yandu", "macun")[1]
    assert (other.premium_fen, other.paid_fen.sum()) == (0, 0)


def test_figures_in_doubt_lie_elsewhere_in_each_year_and_say_how_much_they_matter(tmp_path: Path) -> None:
    facts = {"people": 600, "runs": 48, "seed": 7, "say": lambda done: None, "doubt": True}
    (found,), (again,) = simulate([PLAN], RATES, **facts), simulate([PLAN], RATES, **facts)
    assert (found.paid_fen == again.paid_fen).all()
    assert set(found.parts) == set(RATES.doubtful)
    for name, rate in RATES.doubtful.items():
        assert rate.low <= found.parts[name].min() < 1 < found.parts[name].max() <= rate.high
        assert len(set(found.parts[name])) == 48
    drawn = found.parts["claimed"]
    whole = 1_000_000 + np.rint(drawn * 1_000).astype(np.int64)[:, None]
    linear = Simulation(PLAN, 600, 7, 1_000_000, whole, found.events, {"claimed": drawn, "stay": found.parts["stay"]})
    moved = weights_of(linear)
    assert list(moved) == ["claimed", "stay"]
    assert moved["claimed"] == pytest.approx(np.ptp(drawn) * 0.1, rel=0.02)
    assert weights_of(replace(linear, events=found.events[:8])) == {}
    sure = changed(tmp_path, **dict.fromkeys(("claimed", "stay"), "[1]"))
    assert "stay" not in sure.doubtful


def test_how_a_figure_spreads() -> None:
    found = spread_of(np.arange(101, dtype=np.float64))
    assert (found.mean, found.low, found.middle, found.high, found.least, found.most) == (50, 5, 50, 95, 0, 100)
    assert found.deviation == pytest.approx(29.300, abs=0.001)
    assert spread_of(np.array([3.0])).deviation == 0


@pytest.mark.parametrize(
    ("old", "new", "key", "problem"),
    [
        ("values = [27.8,", "values = [28.8,", "rates[population]", "份额加起来是 101%"),
        (", 650]\nrange = [113, 200]", ", 65000]", "rates[accident_death]", "比 death 还多"),
        ("range = [113, 200]", "range = [113, 9000]", "rates[accident_death]", "比 death 还多"),
        ("values = [27]", "values = [160]", "rates[claimed].values", "超过了全部"),
        ("values = [27]", "values = [27, 27]", "rates[claimed].values", "有 2 个数"),
        ("values = [27]", "values = [-1]", "rates[claimed].values", "不小于0"),
        ("range = [45, 70]\n", "", "rates[fracture_inpatient].range", "没有写范围"),
        ("range = [45, 70]", "range = [70, 45]", "rates[fracture_inpatient].range", "没有包住取的数 60"),
        ("range = [45, 70]", "range = [45, 170]", "rates[fracture_inpatient].range", "超过了全部"),
        ("range = [8.8, 16.1]", "range = [0.8, 16.1]", "rates[stay]", "不到 1 天"),
        ('id = "claimed"', 'id = "claims"', "rates[claims].id", "没有“claims”这个选项"),
        ('status = "assumed"\nwhy', 'status = "published"\nwhy', "rates[fracture_inpatient].source", "没有写出处"),
        ("share = 42", "share = 41", "holdings（60 周岁起）", "份额加起来是 99%"),
        ("10 = 55", "11 = 55", "grades.11", "只有 1 到 10"),
        ('"65-69"', '"66-69"', "ages", "一段接一段"),
        ("schema = 1", "schema = 2", "schema", "第 1 版格式"),
        ("schema = 1", "schema = 1\nmore = 2", "more", "没有这个键"),
    ],
)
def test_a_broken_file_says_where_and_what(tmp_path: Path, old: str, new: str, key: str, problem: str) -> None:
    text = FILE.read_text()
    assert old in text
    (tmp_path / "rates.toml").write_text(text.replace(old, new, 1))
    with pytest.raises(ProgrammeFileError, match=problem) as caught:
        load_rates(tmp_path / "rates.toml")
    assert caught.value.fields["key"] == key


def test_every_figure_has_a_source_or_says_why_not() -> None:
    assert RATES.of("death")[0] == 8.9 / 1000
    assert {one.status for one in RATES.by_id.values()} <= {"derived", "assumed", "published"}
    assert all(one.source or one.status == "assumed" for one in RATES.by_id.values())
    assert RATES.held(programme("macun"))[0].units == ((programme("macun").products[0].code, 1),)


def words(*more: str, people: int = 1_000) -> list[str]:
    return ["simulate", "--programme", str(FOLDERS[0] / "2024-yandu"), "--people", str(people), "--runs", "2", *more]


def test_the_command_writes_a_year_that_adjudicate_decides_alike(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(population, "BLOCK", 400)
    files = {name: str(tmp_path / f"{name}.csv") for name in ("covers", "events", "payouts")}
    both = ["--covers", files["covers"], "--events", files["events"]]
    assert main(words(*both, "--json", str(tmp_path / "s.json"))) == 0
    told = capsys.readouterr().out
    assert "示例数据：1,000 人参保，2 个模拟年份" in told
    assert "不到 100 个年份" in told
    assert "没有出处、先假定的数：骨折住院的份额、费用的离散" in told
    assert "赔付率%，数也拿不准" in told
    assert "年份太少，看不出哪个数要紧" in told
    found = json.loads((tmp_path / "s.json").read_text())
    assert found["sample"] is True
    assert found["doubtful"]["claimed"] == pytest.approx([10 / 27, 1, 60 / 27])
    assert found["plans"][0]["ratio_in_doubt"]["mean"] > 0
    assert main(words("--chance-only")) == 0
    assert "拿不准" not in capsys.readouterr().out
    rows = list(csv.DictReader(Path(files["covers"]).read_text().splitlines()))
    assert len({row["person_id"] for row in rows}) == 1_000
    assert all(row["person_id"].startswith("SIM") and row["village"].startswith("示例") for row in rows)
    plan = ["--programme", str(FOLDERS[0] / "2024-yandu")]
    assert main(["adjudicate", *plan, *both, "--payouts", files["payouts"]]) == 0
    payouts = csv.DictReader(Path(files["payouts"]).read_text().splitlines())
    assert sum(fen(row["amount"]) for row in payouts) == found["plans"][0]["paid_fen"][0]


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        (["--runs", "0"], "--runs 是 0"),
        (["--seed", "-1"], "--seed 是 -1"),
        (["--covers", "c.csv"], "要一起写"),
        (["--rates", "nothing.toml"], "打不开 nothing.toml"),
    ],
)
def test_what_cannot_be_simulated(more: list[str], problem: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words(*more)) == 2
    assert problem in capsys.readouterr().err
