"""A broken programme file gets a message that names the file, the key, and what to do."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.golden.cases import FOLDERS

from ankang.cli.main import main
from ankang.rules.load import load_programme
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
    "over 100 %": ("coverage_percent = 85", "coverage_percent = 185", "goals.coverage_percent", "不能超过100"),
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
    "schema": ("schema = 1", "schema = 2", "schema", "schema = 1"),
    "not toml": ("schema = 1", "schema = = 1", "", "TOML"),
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
    "serial twice": ("2,02村", "1,02村", "序号有重复"),
}


@pytest.mark.parametrize("mistake", TARGET_MISTAKES)
def test_each_mistake_of_the_targets(broken: Callable[..., Path], mistake: str) -> None:
    old, new, words = TARGET_MISTAKES[mistake]
    with pytest.raises(ProgrammeFileError, match=words) as caught:
        load_programme(broken(old, new, file="targets.csv"))
    assert caught.value.fields["file"] == "targets.csv"


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
