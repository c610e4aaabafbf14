"""What goes over the wire in version 1. Sums are fen, days are ISO days; no other field is taken."""

from datetime import date, datetime
from typing import Annotated, Literal

from ninja import Schema
from pydantic import ConfigDict, Field

MOST_ROWS = 1000  # answers in one call


class Batch(Schema):
    """A batch that a town has sent."""

    number: str = Field(description="批次号")
    programme: str = Field(description="方案代号")
    town: str = Field(description="镇的区划代码")
    state: str = Field(description="sent：等承保；decided：已全部答复；cancelled：已作废")
    sent_at: datetime
    rows: int = Field(description="投保的行数")
    waiting: int
    accepted: int
    refused: int
    premium_fen: int


class Batches(Schema):
    batches: list[Batch]
    total: int


class Row(Schema):
    """One person of a batch, with whole numbers."""

    serial: int = Field(description="序号，答复时原样带回")
    name: str
    identity_type: str
    identity: str = Field(description="证件号码，18位")
    sex: str
    birth_date: date
    product: str = Field(description="险种名称")
    units: int
    premium_fen: int
    cover_from: date
    cover_to: date
    beneficiary: str
    village: str
    phone: str
    result: Literal["", "accept", "refuse"] = Field(description="空：还没有答复")
    policy_number: str
    reason: str


class Rows(Schema):
    batch: str
    programme: str
    rows: list[Row]


class Answer(Schema):
    """The branch's word on one row. Name and identity number must be those of the list."""

    model_config = ConfigDict(extra="forbid")

    serial: int = Field(ge=1)
    name: str = Field(max_length=60)
    identity: str = Field(max_length=30)
    result: Literal["accept", "refuse"]
    policy_number: str = Field("", max_length=60, description="承保必填，6到40位")
    reason: str = Field("", max_length=300, description="拒保必填")
    units: int | None = Field(None, description="带了就要和名单一样")
    premium_fen: int | None = Field(None, description="带了就要和名单一样")


class Answers(Schema):
    model_config = ConfigDict(extra="forbid")

    answers: Annotated[list[Answer], Field(min_length=1, max_length=MOST_ROWS)]


class Problem(Schema):
    """Why an answer was not taken: `row` counts from 1 in what was sent."""

    row: int
    serial: str
    column: str
    reason: str
    fix: str


class Taken(Schema):
    """What became of the answers; those in `errors` were not taken, all others were."""

    accepted: int
    refused: int
    already: int = Field(description="以前已同样答复的")
    errors: list[Problem]


class Refusal(Schema):
    code: str
    message: str
    field: str | None = None
