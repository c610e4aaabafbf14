"""A broken programme file gets a message that names the file, the key, and what to do."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.golden.cases import FOLDERS

from ankang.cli.main import main
from ankang.rules.canonical import from_document, to_document
from ankang.rules.differences import differences
from ankang.rules.dump import to_tables
from ankang.rules.load import load_programme, read_programme
from ankang.rules.programme import Deadline, SignalLimit
from ankang.rules.signals import thresholds, thresholds_under
from ankang.rules.tables import ProgrammeFileError

SOURCE = FOLDERS[0] / "2024-yandu"
Broken = Callable[[str, str], Path]


@pytest.fixture
def broken(tmp_path: Path) -> Broken:
    """Return a function: one text of programme.toml replaced, the folder out."""

    def make(old: str, new: str, file: str = "programme.toml") -> Path:
        folder = tmp_path / "plan"
        shutil.copytree(SOURCE, folder)
        text = (folder / file).read_text()
        assert old in text
        (folder / file).write_text(text.replace(old, new, 1))
        return folder

    return make  # type: ignore[return-value]


SIGNAL = '[[signals]]\nsignal = "place_people"\nnumber = 4\nclause = "六（5）"\n\n[window]'
DEADLINE = '[[deadlines]]\nclock = "night"\ndays = 31\nclause = "六（2）"\n\n[window]'
MISTAKES = {
    "unknown key": ("issuer =", 'issuerr = "x"\nissuer =', "issuerr", "是不是想写 issuer"),
    "gap": ('"70-75", yuan = 5000', '"71-75", yuan = 5000', "benefits[accident].bands", "70 周岁没有年龄档"),
    "overlap": ('"70-75"', '"69-75"', "products[A].benefits[accident].bands", "69 周岁写在两个年龄档里"),
    "open end": ('"76+"', '"76-90"', "products[A].benefits[accident].bands", "90 周岁以上没有年龄档"),
    "late start": ('"60+", yuan = 50', '"65+", yuan = 50', "benefits[allowance].bands", "60—64 周岁"),
    "missing clause": ('clause = "附件2（1）第3行"', "", "benefits[life].clause", "没有注明条款"),
    "bad ages": ('"60-69", yuan = 10000', '"60~69", yuan = 10000', "bands[60~69].ages", "不是年龄段"),
    "three decimals": ("price = 100", "price = 100.125", "products[A].price", "最多两位小数"),
    "negative money": ("deductible = 200", "deductible = -200", "benefits[medical].deductible", "不小于0"),
    "quoted number": ("coverage_percent = 85", 'coverage_percent = "85"', "goals.coverage_percent", "不带引号"),
    "over 100 %": ("coverage_percent = 85", "coverage_percent = 185", "goals.coverage_percent", "最多是 100"),
    "unknown choice": ('choice = "per-accident"', 'choice = "per-moon"', "readings.K02.choice", "per-period"),
    "unknown topic": ('topic = "birthday"', 'topic = "birthdays"', "readings.K17.topic", "从这些里选一个"),
    "figure unknown": ('reading = "K03"', 'reading = "K99"', "reading", "没有 K99 这条数字口径"),
    "figure not a choice": ("yuan = 2024,", "yuan = 2025,", "yuan", "不在口径 K03 的选项里"),
    "confirmed without paper": ('\nstatus = "assumed"', '\nstatus = "confirmed"', "readings.K01.by", "补上 by"),
    "half a confirmation": ('\nstatus = "assumed"', '\nstatus = "assumed"\nby = "某人"', "readings.K01.by", "还没确认"),
    "window backwards": ("to = 2024-03-20", "to = 2024-01-20", "window.to", "截止日早于开始日"),
    "cover not after the window": ("from = 2024-03-21", "from = 2024-03-22", "cover.from", "2024-03-21"),
    "quoted day": ("from = 2024-02-01", 'from = "2024-02-01"', "window.from", "不带引号"),
    "product twice": ('code = "B"', 'code = "A"', "products", "险种代码有重复"),
    "benefit twice": ('kind = "life"', 'kind = "medical"', "products[A].benefits", "写了两次"),
    "division": ('"320903199000"', '"3209"', "division", "12位"),
    "government product": ('choice = "B"', 'choice = "C"', "products", "险种 C，方案里没有"),
    "unknown signal": ("[window]", SIGNAL.replace("place_people", "card"), "signals[card].signal", "从这些里选一个"),
    "one person is no cluster": ("[window]", SIGNAL.replace("4", "1"), "signals[place_people].number", ""),
    "unknown clock": ("[window]", DEADLINE, "deadlines[night].clock", "从这些里选一个"),
    "longer than the law": ("[window]", DEADLINE.replace("night", "decision"), "deadlines[decision].days", "写 30"),
    "schema": ("schema = 1", "schema = 2", "schema", "schema = 1"),
    "not toml": ("schema = 1", "schema = = 1", "第5行第10列", "TOML"),
    "thousands of digits": ("year = 2024", "year = " + "9" * 5000, "", "TOML"),
    "thousands of brackets": ("year = 2024", "year = " + "[" * 3000, "", "TOML"),
    "year too far": ("year = 2024", "year = 202400", "year", "最多是 2199"),
    "day too far": ("to = 2024-03-20", "to = 9999-12-31", "window.to", "查对年份"),
    "too many units": ("cap = 2", "cap = 1" + "0" * 30, "units.cap", "太大了"),
    "a day with a time": ("from = 2024-02-01", "from = 2024-02-01T00:00:00", "window.from", "2024-02-01 00:00:00"),
    "not a table": ("[units]", "[[units]]", "units", "应当是一张表"),
    "id as a path": ('"2024-yandu"', '"../2024"', "id", "不能作编号"),
    "control character": ('"100元/份"', '"100元\\u0000"', "products[A].name", "控制字符"),
    "full-width division": ('"320903199000"', '"３２０９０３１９９０００"', "division", "12位"),
    "group twice": ('code = "wubao"', 'code = "dibao"', "groups", "类别代码有重复"),
    "nobody may join": ("join_from_age = 60", "join_from_age = 70\njoin_to_age = 65", "join_to_age", "小于最小的"),
    "join age": ("join_from_age = 60", "join_from_age = 600", "join_from_age", "最多是 130"),
    "start at 61": ('"60-69", yuan = 10000', '"61-69", yuan = 10000', "bands", "：60 周岁没有年龄档"),
    "disability sum of medical": ("yuan = 3000 }", "yuan = 3000, disability_yuan = 1 }", "bands", "只有意外伤害"),
    "half the disability sums": ("yuan = 10000 }", "yuan = 10000, disability_yuan = 1 }", "bands", "每一档都写"),
    "negative choice": ('["2000"]', '["-2000"]', "readings.K03.choice", "不是金额"),
    "the same choice": ('["2000"]', '["2024.00"]', "readings.K03.alternatives", "重复"),
    "unused figure": (', reading = "K03"', "", "readings.K03", "没有一个数用到"),
    "unknown product offered": ('["A", "own-plan"]', '["Z"]', "readings", "险种 Z，方案里没有"),
    "stated and open": ("[window]", '[[stated]]\ntopic = "birthday"\n[window]', "stated[birthday].topic", "K17"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_each_mistake_says_where_and_how(broken: Broken, mistake: str) -> None:
    old, new, key, words = MISTAKES[mistake]
    with pytest.raises(ProgrammeFileError) as caught:
        load_programme(broken(old, new))
    assert caught.value.fields["file"] == "programme.toml"
    assert str(caught.value.fields["key"]).endswith(key)
    assert caught.value.fields["fix"]
    assert words in caught.value.message


TARGET_MISTAKES = {
    "header": ("serial,village", "no,village", "列名不对"),
    "not a number": ("525", "五百", "不是整数"),
    "above the population": ("446", "546", "目标比人口数还多"),
    "no name": ("01村", "", "没有村名"),
    "serial twice": ("2,02村", "1,02村", "序号有重复：1"),
    "village twice": ("2,02村", "2,01村", "村名有重复：01村"),
    "a cell too many": ("525,446", "525,446,9", "有 5 格"),
    "a cell too few": ("525,446", "525", "有 3 格"),
    "full-width digits": ("525", "５２５", "不是整数"),
    "thousands of digits": ("525", "9" * 5000, "不是整数"),
    "control character": ("01村", "01\0村", "控制字符"),
    "a field without end": ("01村", '"' + "x" * 200_000, "CSV"),
    "nothing": ("serial,village,population,target", "", "列名不对"),
}


@pytest.mark.parametrize("mistake", TARGET_MISTAKES)
def test_each_mistake_of_the_targets(broken: Callable[..., Path], mistake: str) -> None:
    old, new, words = TARGET_MISTAKES[mistake]
    with pytest.raises(ProgrammeFileError, match=words) as caught:
        load_programme(broken(old, new, file="targets.csv"))
    assert caught.value.fields["file"] == "targets.csv"


@pytest.mark.parametrize("file", ["programme.toml", "targets.csv"])
def test_a_file_of_another_encoding(broken: Broken, file: str) -> None:
    folder = broken("村", "村", file=file)
    (folder / file).write_bytes((folder / file).read_text().encode("gb18030"))
    with pytest.raises(ProgrammeFileError, match="不是 UTF-8 编码"):
        load_programme(folder)


@pytest.mark.parametrize("file", ["programme.toml", "targets.csv"])
def test_what_windows_adds_to_a_file_is_no_mistake(broken: Broken, file: str) -> None:
    folder = broken("村", "村", file=file)
    text = (folder / file).read_text()
    (folder / file).write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert load_programme(folder) == load_programme(SOURCE)


@pytest.mark.parametrize("file", ["programme.toml", "targets.csv"])
def test_a_folder_in_place_of_a_file(broken: Broken, file: str) -> None:
    folder = broken("村", "村", file=file)
    (folder / file).unlink()
    (folder / file).mkdir()
    with pytest.raises(ProgrammeFileError, match="打不开"):
        load_programme(folder)


def test_a_topic_without_reading_or_clause(broken: Broken) -> None:
    text = (SOURCE / "programme.toml").read_text()
    whole = text[text.index("[readings.K05]") : text.index("[readings.K06]")]
    with pytest.raises(ProgrammeFileError, match="方案没写“津贴天数”，也没有口径"):
        load_programme(broken(whole, ""))


def test_two_readings_of_one_topic(broken: Broken) -> None:
    text = (SOURCE / "programme.toml").read_text()
    whole = text[text.index("[readings.K05]") : text.index("[readings.K06]")]
    with pytest.raises(ProgrammeFileError, match="“津贴天数”有两条口径"):
        load_programme(broken(whole, whole + whole.replace("K05", "K18")))


def test_the_same_clause_stated_twice(broken: Broken) -> None:
    text = (SOURCE / "programme.toml").read_text()
    whole = text[text.index("[readings.K09]") : text.index("[readings.K10]")]
    stated = '[[stated]]\ntopic = "government-product"\nchoice = "B"\nclause = "三"\n'
    with pytest.raises(ProgrammeFileError, match="同一件事写了两次"):
        load_programme(broken(whole, stated * 2))


def test_what_the_plan_says_itself_needs_no_reading(broken: Broken) -> None:
    text = (SOURCE / "programme.toml").read_text()
    whole = text[text.index("[readings.K05]") : text.index("[readings.K06]")]
    folder = broken(whole, "")
    path = folder / "programme.toml"
    path.write_text(path.read_text().replace('kind = "allowance"', 'kind = "allowance"\nmax_days_per_event = 30'))
    allowance = load_programme(folder).product("A").benefit("allowance")
    assert allowance is not None
    assert (allowance.max_days_per_event, allowance.readings) == (30, ("K08",))


def test_a_folder_without_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(tmp_path)]) == 1
    assert "没有这个文件" in capsys.readouterr().out


def test_a_plans_own_thresholds_of_signals_load_and_come_before_ours(broken: Broken) -> None:
    plan = load_programme(broken("[window]", SIGNAL))
    assert plan.signals == (SignalLimit("place_people", 4, "六（5）"),)
    assert (thresholds_under(plan.signals).place_people, thresholds().place_people) == (4, 3)
    assert from_document(to_document(plan)) == plan
    assert "signals" not in to_document(load_programme(SOURCE))
    (told,) = differences(load_programme(SOURCE), plan)
    assert told.words == "六（5） 同一地点几位老人出事：— → 4（六（5））"
    assert read_programme(to_tables(plan)).signals == plan.signals


def test_a_plans_own_deadlines_load_and_are_left_out_while_there_are_none(broken: Broken) -> None:
    text = DEADLINE.replace("night", "decision").replace("31", "15")
    plan = load_programme(broken("[window]", text))
    assert plan.deadlines == (Deadline("decision", 15, False, "六（2）"),)
    assert from_document(to_document(plan)) == plan
    assert "deadlines" not in to_document(load_programme(SOURCE))  # digests of what was published stand
    (told,) = differences(load_programme(SOURCE), plan)
    assert told.words == "六（2） 核定：— → 15 天（六（2））"
    assert read_programme(to_tables(plan)).deadlines == plan.deadlines
