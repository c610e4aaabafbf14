"""Find what was changed, removed or added behind the program's back in sealed audit rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ankang.audit.models import AuditEntry, AuditSeal
from ankang.audit.sealing import row_digest, seal_digest

Kind = Literal["row_changed", "row_missing", "row_added", "row_moved", "seal_changed", "seal_missing"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`number` is the row's id for row_..., the seal's number for seal_...; `message` says it in Chinese."""

    kind: Kind
    number: int
    message: str


@dataclass(frozen=True, slots=True)
class Verification:
    findings: tuple[Finding, ...]
    sealed: int  # rows under a seal, as the seals say
    unsealed: int
    head: str  # digest of the last seal: noted elsewhere, it proves later that no seal was taken off the end


def verify(*, head: str = "") -> Verification:
    """Check every seal and sealed row, a seal at a time. `head`: a digest noted earlier that must still be there."""
    findings: list[Finding] = []
    sealed, number, previous = 0, 0, ""
    heads = {""}
    for seal in AuditSeal.objects.order_by("number").iterator(chunk_size=20):
        findings += _check_chain(seal, number, previous)
        findings += _check_rows(seal)
        sealed += len(seal.contents)
        number, previous = seal.number, seal.digest
        heads.add(seal.digest)
    findings += _seals_taken_off(number, known=head in heads)
    unsealed = AuditEntry.objects.filter(seal__isnull=True).count()
    return Verification(tuple(findings), sealed, unsealed, previous)


def _check_chain(seal: AuditSeal, number: int, previous: str) -> Iterator[Finding]:
    """Compare a seal with the one before it and with itself."""
    for missing in range(number + 1, seal.number):
        yield Finding("seal_missing", missing, f"第{missing}次封存不见了：封存记录被删过。")
    said = seal_digest(
        number=seal.number,
        sealed_at=seal.sealed_at,
        contents=seal.contents,
        previous=seal.previous_digest,
    )
    follows = seal.previous_digest == previous or seal.number != number + 1
    if said != seal.digest or not follows:
        yield Finding("seal_changed", seal.number, f"第{seal.number}次封存被改过：摘要和内容或前一次对不上。")


def _check_rows(seal: AuditSeal) -> Iterator[Finding]:
    rows = {row.pk: row for row in AuditEntry.objects.filter(pk__in=[pk for pk, _ in seal.contents])}
    for pk, digest in seal.contents:
        row = rows.get(pk)
        if row is None:
            yield Finding("row_missing", pk, f"第{pk}条操作记录不见了（第{seal.number}次封存里有它）。")
        elif row_digest(row) != digest:
            yield Finding("row_changed", pk, f"第{pk}条操作记录被改过（和第{seal.number}次封存时不一样）。")
        elif row.seal_id != seal.pk:
            yield Finding("row_moved", pk, f"第{pk}条操作记录被移出了第{seal.number}次封存。")
    for pk in seal.entries.exclude(pk__in=list(rows)).values_list("pk", flat=True):
        yield Finding("row_added", pk, f"第{pk}条操作记录是后来塞进第{seal.number}次封存的。")


def _seals_taken_off(last: int, *, known: bool) -> Iterator[Finding]:
    """Tell of seals missing at the end: rows still point at one, or a digest noted earlier is gone."""
    orphans = AuditEntry.objects.filter(seal__isnull=False).exclude(seal_id__in=AuditSeal.objects.values("pk"))
    first = orphans.order_by("id").values_list("id", flat=True).first()
    if first is not None:
        yield Finding("seal_missing", last + 1, f"第{first}条起的操作记录所在的封存不见了：封存记录被删过。")
    if not known:
        yield Finding("seal_missing", last + 1, f"当时抄下的摘要不在封存里：第{last}次以后的封存被删过。")
