"""What an official paper consists of, before anything is drawn. Source: GB/T 9704-2012."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Size = Literal["a4", "a5"]
_DENSE = 8  # columns beyond which a table is set smaller, so that five figures stand on one line


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the text: level 1 is 一、, level 2 is （一）. The number stands in the text itself."""

    text: str
    level: Literal[1, 2] = 1
    kind: str = field(default="heading", init=False)


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph, its first line indented by two characters."""

    text: str
    kind: str = field(default="text", init=False)


@dataclass(frozen=True, slots=True)
class Table:
    """A ruled table whose head repeats on every page. `widths` are shares of the line; the last `totals` rows stand
    out. Cells are texts as they shall be read; `left` names the columns that are not centred, from 0."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[int] = ()
    totals: int = 0
    left: Sequence[int] = ()
    caption: str = ""
    kind: str = field(default="table", init=False)

    def __post_init__(self) -> None:
        columns = len(self.head)
        if not columns or any(len(row) != columns for row in self.rows) or len(self.widths) not in {0, columns}:
            raise ValueError("every row and the widths must have as many columns as the head")

    @property
    def shares(self) -> Sequence[int]:
        return self.widths or [1] * len(self.head)

    @property
    def is_dense(self) -> bool:
        return len(self.head) > _DENSE


@dataclass(frozen=True, slots=True)
class Annex:
    """Starts a new page: 附件, with its title."""

    label: str
    title: str
    kind: str = field(default="annex", init=False)


Block = Heading | Text | Table | Annex


@dataclass(frozen=True, slots=True)
class Paper:
    """An official paper. An empty text leaves its element out; without `organ` there is no red head.

    organ 发文机关标志 · number 发文字号 · to 主送机关 · signed, day 署名与成文日期 · copies 抄送 ·
    printed_by, printed_on 印发机关与印发日期.
    """

    title: str
    blocks: Sequence[Block]
    organ: str = ""
    number: str = ""
    to: str = ""
    signed: str = ""
    day: str = ""
    copies: str = ""
    printed_by: str = ""
    printed_on: str = ""
    size: Size = "a4"

    def as_data(self) -> dict[str, Any]:
        """Return the paper as JSON can say it, for the template `official`."""
        blocks = [asdict(block) | _layout(block) for block in self.blocks]
        return asdict(self) | {"blocks": blocks, "organ_pt": organ_points(self)}


def organ_points(paper: Paper) -> float:
    """Return the size of the red head in points: as large as one line takes, at most 初号."""
    line = 420.0 if paper.size == "a4" else 310.0
    most = 42.0 if paper.size == "a4" else 30.0
    return min(most, line / max(1, len(paper.organ)))


def _layout(block: Block) -> dict[str, Any]:
    return {"widths": list(block.shares), "is_dense": block.is_dense} if isinstance(block, Table) else {}
