"""Which column is which: names as villages and registers write them, found among the first rows."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ankang.roster.imports.sheets import Cell, Sheet, text_of
from ankang.rules.errors import InvalidInput

TITLES = {
    "village": "村居",
    "household": "户号",
    "name": "姓名",
    "number": "身份证号",
    "groups": "类别",
    "address": "地址",
    "phone": "手机",
    "child_phone": "子女电话",
    "birth": "出生日期",
    "sex": "性别",
}
REQUIRED = ("name", "number")
_WITHOUT_NUMBER = ("name", "birth")  # a list whose people are found by name and birth date: `roster.linkage`
_ALIASES = {
    "village": "村 村居 居村 所在村 所在村居 所属村居 所属村 村名 村居名称 行政村 社区 村社区 村居社区 村委会 "
    "村居委会 村居代码 村居编码 村居序号 村居编号 村代码 单位",
    "household": "户号 户编号 家庭编号 户籍编号 家庭户号 户口编号",
    "name": "姓名 名字",
    "number": "身份证 身份证号 身份证号码 证件号 证件号码 公民身份号码 公民身份证号码 公民身份证号 身份号码 "
    "身份证件号码 身份证件号",
    "groups": "类别 人员类别 对象类别 身份类别 困难类别 老人类别 人群类别 政府购买对象类别 保障类别 类型 人员类型",
    "address": "地址 住址 家庭住址 家庭地址 户籍地址 现住址 现居住地址 居住地址 详细地址 户籍地 居住地 组别 组",
    "phone": "手机 手机号 手机号码 电话 电话号码 联系电话 联系方式 本人电话 本人手机 老人电话 本人联系电话 联系号码",
    "child_phone": "子女电话 子女手机 子女手机号 子女手机号码 子女联系电话 子女联系方式 家属电话 家属联系电话 "
    "监护人电话 紧急联系人电话 紧急联系电话",
    "birth": "出生日期 出生年月 出生年月日 生日",
    "sex": "性别",
}
# Whose name and number a list gives: 低保对象姓名, 死者身份证号. The head of a household or a child is not meant.
_PEOPLE = (
    "对象 人员 居民 村民 老年 享受人 低保对象 低保人员 低保人 五保对象 五保人员 五保老人 五保户 特困对象 特困人员 "
    "三无对象 三无人员 三无老人 高龄老人 高龄对象 救助对象 保障对象 死者 逝者 亡者 死亡人 死亡人员 亡故人员 去世人员 "
    "身故人员 迁出人 迁出人员 迁移人员 老人 老年人 参保人 参保人员 被保险人 被保人 本人"
)
_ALIASES |= {
    field: f"{_ALIASES[field]} " + " ".join(f"{who}{title}" for who in _PEOPLE.split() for title in titles)
    for field, titles in {
        "name": ("姓名",),
        "number": ("身份证", "身份证号", "身份证号码", "证件号", "证件号码", "公民身份号码"),
    }.items()
}
_FIELD_OF = {alias: name for name, aliases in _ALIASES.items() for alias in aliases.split()}
_SEARCHED_ROWS = 20
_IGNORED = re.compile(r"[\s*:/、,.\-_\"'|]+")
_BRACKETS = re.compile(r"[(\[【〔][^)\]】〕]*[)\]】〕]")


@dataclass(frozen=True, slots=True)
class Header:
    """Where the table begins: index of the header's row, the column of each field, and the names as written."""

    row: int
    columns: dict[str, int]
    written: tuple[str, ...]

    @property
    def ignored(self) -> tuple[str, ...]:
        """The named columns that are not used."""
        used = set(self.columns.values())
        return tuple(name for index, name in enumerate(self.written) if name and index not in used)

    def title(self, field: str) -> str:
        """Return the column's name as this file writes it."""
        index = self.columns.get(field)
        return self.written[index] if index is not None else TITLES[field]


def field_of(title: str) -> str | None:
    """Return the field that a column's name means: `身份证号（18位）`, `村(居)`, `*姓名`."""
    whole, outside = plain_titles(title)
    return _FIELD_OF.get(whole) or _FIELD_OF.get(outside)


def plain_titles(title: str) -> tuple[str, str]:
    """Return a column's name without marks and spaces: with what stands in brackets, and without."""
    title = unicodedata.normalize("NFKC", title)
    whole = _IGNORED.sub("", re.sub(r"[()\[\]【】〔〕]", "", title))
    return whole, _IGNORED.sub("", _BRACKETS.sub("", title))


def further_columns(
    written: Sequence[str], field_of_title: Mapping[str, str], titles: Mapping[str, str], required: Sequence[str]
) -> dict[str, int]:
    """Return the column of each field beside name and number; the first of several alike.

    `field_of_title`: a column's plain name -> the field that it means. Errors: InvalidInput naming what is missing.
    """
    columns: dict[str, int] = {}
    for index, title in enumerate(written):
        found = next((field_of_title[plain] for plain in plain_titles(title) if plain in field_of_title), None)
        if found:
            columns.setdefault(found, index)
    missing = "、".join(f"“{titles[name]}”" for name in required if name not in columns)
    if missing:
        raise _refused(f"表头里没有找到{missing}。请照模板补上这些列后再上传。")
    return columns


def find_table(sheets: Sequence[Sheet], *, numberless: bool = False) -> tuple[Sheet, Header]:
    """Return the one sheet that is a roster, and its header; `numberless` also takes names with birth dates alone.

    Errors: InvalidInput when no sheet or several are, a column is missing or twice, or the header takes two rows.
    """
    found = _found(sheets, REQUIRED) or (_found(sheets, _WITHOUT_NUMBER) if numberless else [])
    if not found:
        raise _refused(_missing(sheets))
    if len(found) > 1:
        names = "、".join(f"“{sheet.name}”" for sheet, _ in found)
        raise _refused(f"有{len(found)}张工作表都像名册（{names}）。请每个文件只留一张名册，其余删去后再上传。")
    sheet, header = found[0]
    _refuse_second_row(sheet, header)
    _refuse_formulas(sheet, header)
    return sheet, header


def is_header(cells: Sequence[Cell], header: Header) -> bool:
    """Whether a row repeats the header, as at the top of each printed page."""
    number_at = header.columns.get("number", len(cells))
    if number_at < len(cells) and text_of(cells[number_at])[:6].isdigit():
        return False  # nearly every row: no name of a column begins like a number
    places = [(name, at) for name in REQUIRED if (at := header.columns.get(name)) is not None]
    return all(at < len(cells) and field_of(text_of(cells[at])) == name for name, at in places)


def header_of(written: Sequence[str]) -> Header:
    """Return the header of a table from its columns' names as written: what an import keeps of it."""
    fields = [field_of(title) if title else None for title in written]
    return Header(0, {name: index for index, name in reversed(list(enumerate(fields))) if name}, tuple(written))


def _found(sheets: Sequence[Sheet], needed: Sequence[str]) -> list[tuple[Sheet, Header]]:
    return [(sheet, header) for sheet in sheets if (header := _header(sheet, needed)) is not None]


def _header(sheet: Sheet, needed: Sequence[str]) -> Header | None:
    for row, cells in enumerate(sheet.rows[:_SEARCHED_ROWS]):
        written = tuple(text_of(cell) for cell in cells)
        fields = [field_of(title) if title else None for title in written]
        if all(name in fields for name in needed):
            _refuse_twice(fields)
            return replace(header_of(written), row=row)
    return None


def _refuse_twice(fields: Sequence[str | None]) -> None:
    for name in REQUIRED:
        places = [letter(index) for index, found in enumerate(fields) if found == name]
        if len(places) > 1:
            raise _refused(
                f"“{TITLES[name]}”有{len(places)}列（{'、'.join(places)}列）。请只留老人本人的一列，其余改名或删去后再上传。"
            )


def _refuse_second_row(sheet: Sheet, header: Header) -> None:
    below = sheet.rows[header.row + 1] if header.row + 1 < len(sheet.rows) else ()
    texts = [text_of(cell) for cell in below]
    is_data = any(
        texts[at : at + 1] not in ([], [""]) for name in REQUIRED if (at := header.columns.get(name)) is not None
    )
    if not is_data and any(field_of(text) for text in texts if text):
        first = header.row + 1
        raise _refused(f"表头占了两行（第{first}、{first + 1}行）。请把表头合成一行，每列一个名称，再上传。")


def _refuse_formulas(sheet: Sheet, header: Header) -> None:
    for name, index in header.columns.items():
        row = sheet.formulas.get(letter(index))
        if row is not None:
            raise _refused(
                f"{letter(index)}列“{header.title(name)}”从第{row}行起是公式。"
                "请选中该列，复制后“选择性粘贴”为“数值”，再保存上传。"
            )


def _missing(sheets: Sequence[Sheet]) -> str:
    seen = {
        found
        for sheet in sheets
        for cells in sheet.rows[:_SEARCHED_ROWS]
        for cell in cells
        if (found := field_of(text_of(cell)))
    }
    missing = "、".join(f"“{TITLES[name]}”" for name in REQUIRED if name not in seen) or "“姓名”和“身份证号”同在一行"
    return f"前{_SEARCHED_ROWS}行里没有找到{missing}的表头。请照模板在表头写明列名后再上传。"


def letter(index: int) -> str:
    """Return the letters of a column counted from 0: A, Z, AA."""
    letters = ""
    index += 1
    while index:
        index, place = divmod(index - 1, 26)
        letters = chr(65 + place) + letters
    return letters


def _refused(message: str) -> InvalidInput:
    return InvalidInput(message, field="file")
