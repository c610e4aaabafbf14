"""`ankang simulate`: what a plan is expected to cost before it has a history. Sample data only."""

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from ankang.cli.claim_rows import COVER_COLUMNS, EVENT_COLUMNS
from ankang.cli.files import replacing_paths, tell
from ankang.cli.history_rows import VILLAGE, simulated_covers, simulated_events
from ankang.cli.tables import write_table
from ankang.cli.text_tables import aligned
from ankang.pricing.population import Block, blocks, events_of
from ankang.pricing.rates import Rates, load_rates, name_of, shown
from ankang.pricing.simulation import MANY_RUNS, Simulation, Spread, simulate, spread_of, weights_of
from ankang.rules.canonical import digest_of
from ankang.rules.errors import InvalidInput
from ankang.rules.load import load_programme
from ankang.rules.money import yuan_shown
from ankang.rules.programme import BENEFIT_NAMES, Programme

SIZES = {"district": 200_000, "province": 18_000_000}
_HEAD = ("", "平均", "标准差", "低（5%）", "中", "高（95%）", "最低", "最高")
_MOST_PEOPLE, _MOST_RUNS = 100_000_000, 10_000


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("simulate", help="没有历史数据时，模拟很多年，估一个方案要赔多少")
    parser.epilog = "文件名以 .parquet 结尾的按 Parquet 写，其余按 CSV。"
    parser.add_argument("--programme", type=Path, required=True, metavar="A", help="方案文件夹")
    parser.add_argument("--against", type=Path, metavar="B", help="另一个方案文件夹：同样的人、同样的年份再算一遍")
    parser.add_argument("--rates", type=Path, metavar="R.toml", help="死亡、意外、费用的数，默认方案旁边的 rates.toml")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--size", choices=list(SIZES), default="district", help="一个区 20 万人，一个省 1800 万人")
    size.add_argument("--people", type=int, metavar="N", help="参保多少人")
    parser.add_argument("--runs", type=int, default=MANY_RUNS, metavar="N", help=f"模拟多少年（默认 {MANY_RUNS}）")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="种子：同一个种子，结果一样（默认 1）")
    parser.add_argument("--chance-only", action="store_true", help="只看运气：不把拿不准的数在范围里变动，快一半")
    parser.add_argument("--json", type=Path, metavar="S.json", help="写出：每一年的结果，金额单位是分")
    parser.add_argument("--covers", type=Path, metavar="C.csv", help="写出：模拟的保障，供 adjudicate 和 whatif 用")
    parser.add_argument("--events", type=Path, metavar="E.csv", help="写出：第一个模拟年份的事故")


def run(args: argparse.Namespace) -> int:
    """Print the expected payout ratio with its spread, and write the files that were asked for whole or not at all."""
    people = SIZES[args.size] if args.people is None else args.people
    _check(args, people)
    plans = [load_programme(path) for path in (args.programme, args.against) if path]
    rates = load_rates(args.rates or args.programme.resolve().parent / "rates.toml")
    wanted = [path for path in (args.json, args.covers, args.events) if path]
    with replacing_paths(wanted) as parts:
        files = dict(zip(wanted, parts, strict=True))
        if args.covers:
            _write_year(files, args, plans[0], rates, people)
        run = partial(simulate, plans, rates, people=people, runs=args.runs, seed=args.seed, say=_progress(people))
        found = run()
        doubted = [] if args.chance_only or not rates.doubtful else run(doubt=True)
        if args.json:
            document = json.dumps(_document(found, doubted, rates), ensure_ascii=False, indent=1)
            files[args.json].write_text(document, encoding="utf-8")
    _show(found, doubted, rates)
    return 0


def _check(args: argparse.Namespace, people: int) -> None:
    for name, value, least, most in (
        ("people", people, 1, _MOST_PEOPLE),
        ("runs", args.runs, 1, _MOST_RUNS),
        ("seed", args.seed, 0, 2**63 - 1),
    ):
        if not least <= value <= most:
            raise InvalidInput(f"--{name} 是 {value}，请写 {least} 到 {most} 的整数。", field=name)
    if bool(args.covers) != bool(args.events):
        raise InvalidInput("--covers 和 --events 要一起写：事故里的人在保障里。", field="covers")


def _progress(people: int) -> Callable[[int], None]:
    """Tell how far it is, of what takes more than a few seconds."""
    return lambda done: tell(f"已模拟 {done:,} 人…") if people > 1_000_000 else None


def _write_year(
    files: dict[Path, Path], args: argparse.Namespace, programme: Programme, rates: Rates, people: int
) -> None:
    """Write the population and its first year, block by block."""

    def drawn() -> Iterator[Block]:
        return blocks(programme, rates, people, args.seed)

    covers = (row for block in drawn() for row in simulated_covers(block))
    write_table(files[args.covers], args.covers, (*COVER_COLUMNS, VILLAGE), covers)
    years = ((block, events_of(block, programme, rates, args.seed, run=0)) for block in drawn())
    write_table(
        files[args.events], args.events, EVENT_COLUMNS, (row for year in years for row in simulated_events(*year))
    )


def _show(found: list[Simulation], doubted: list[Simulation], rates: Rates) -> None:
    first = found[0]
    happened = f"{first.events.mean():,.0f}"
    print(f"示例数据：{first.people:,} 人参保，{first.runs} 个模拟年份，种子 {first.seed}，每年约 {happened} 个事故。")
    if first.runs < MANY_RUNS:
        print(f"不到 {MANY_RUNS} 个年份，离散程度说明不了多少。")
    print(f"没有出处、先假定的数：{'、'.join(rates.assumed) or '没有'}。换成当地的数再用。")
    for at, one in enumerate(found):
        print(f"\n{one.programme.name}（{one.programme.id}，{digest_of(one.programme)[:12]}）")
        print(f"保费 {yuan_shown(one.premium_fen)} 元")
        rows = [("赔付率%，只看运气", *_figures(one.ratio))]
        rows += [("赔付率%，数也拿不准", *_figures(other.ratio)) for other in doubted[at : at + 1]]
        print("\n".join(aligned([_HEAD, *rows])))
        print("\n".join(aligned([("平均每年赔（元）", "", ""), *_benefits(one)])))
    for at, other in enumerate(found[1:], start=1):
        print(f"\n{other.programme.name}比{first.programme.name}每年多赔（元）")
        rows = [("相差，只看运气", *_figures(_change(first, other)))]
        rows += [("相差，数也拿不准", *_figures(_change(doubted[0], one))) for one in doubted[at : at + 1]]
        print("\n".join(aligned([_HEAD, *rows])))
    if doubted:
        _show_doubt(doubted[0], rates)


def _show_doubt(doubted: Simulation, rates: Rates) -> None:
    print("\n“数也拿不准”：每个年份里，下面的数各自在范围里另取一个，越靠近取的数越可能。")
    moved = weights_of(doubted)
    rows = [
        (
            name_of(name),
            {"assumed": "假定", "derived": "推算", "published": "公布"}[rate.status],
            shown(rates, name),
            f"{shown(rates, name, rate.low)}—{shown(rates, name, rate.high)}",
            f"{round(moved[name], 1) + 0:+.1f}" if moved else "-",
        )
        for name, rate in ((name, rates.by_id[name]) for name in moved or rates.doubtful)
    ]
    print("\n".join(aligned([("数", "来历", "取", "范围", "从低到高，赔付率变（点）"), *rows])))
    print("一点以内的多半是运气。" if moved else "年份太少，看不出哪个数要紧。")


def _change(first: Simulation, other: Simulation) -> Spread:
    return spread_of((other.paid_fen.sum(axis=1) - first.paid_fen.sum(axis=1)) / 100)


def _figures(spread: Spread) -> tuple[str, ...]:
    return tuple(f"{figure:,.2f}" for figure in asdict(spread).values())


def _benefits(one: Simulation) -> list[tuple[str, str, str]]:
    kinds = one.by_kind()
    whole = sum(kinds.values()) or 1
    return [(BENEFIT_NAMES[kind], yuan_shown(round(fen)), f"{fen * 100 / whole:.1f}%") for kind, fen in kinds.items()]


def _document(found: list[Simulation], doubted: list[Simulation], rates: Rates) -> dict[str, Any]:
    return {
        "sample": True,
        "people": found[0].people,
        "runs": found[0].runs,
        "seed": found[0].seed,
        "assumed": list(rates.assumed),
        "doubtful": {name: [rate.low, 1, rate.high] for name, rate in rates.doubtful.items()},
        "plans": [
            {
                "id": one.programme.id,
                "digest": digest_of(one.programme),
                "premium_fen": one.premium_fen,
                "ratio": asdict(one.ratio),
                "ratio_in_doubt": asdict(doubted[at].ratio) if doubted else None,
                "points_by_figure": weights_of(doubted[at]) if doubted else None,
                "paid_fen": [int(fen) for fen in one.paid_fen.sum(axis=1)],
                "mean_fen_by_benefit": {kind.value: round(fen) for kind, fen in one.by_kind().items()},
                "mean_fen_by_product": {code: round(fen) for code, fen in one.by_product().items()},
            }
            for at, one in enumerate(found)
        ],
    }
