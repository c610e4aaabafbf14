"""Sending figures up, registering who may send them here, taking a bundle in."""

from datetime import datetime

from django.db import IntegrityError, transaction

from ankang.accounts.models import User
from ankang.audit.record import record
from ankang.divisions.models import Division
from ankang.rollup.bundle import ForgedBundle, digest_of, read_contents, sign, unwrap
from ankang.rollup.collecting import own_contents
from ankang.rollup.figures import Contents
from ankang.rollup.models import ReceivedBundle, Sender, SentBundle
from ankang.rollup.signing import checked_key, signing_key
from ankang.rules.errors import Conflict, InvalidInput, NotAllowed


def export_bundle(*, by: User | None, division: Division, now: datetime, is_sample: bool) -> tuple[bytes, SentBundle]:
    """Count, sign and number a bundle of a division; the number is used up even if the file is lost.

    Errors: InvalidInput where there is nothing to count; Conflict when somebody exports at this very moment.
    """
    try:
        with transaction.atomic():
            last = SentBundle.objects.select_for_update().order_by("-number").first()
            contents = own_contents(division, last.number + 1 if last else 1, now, is_sample=is_sample)
            file = sign(contents, signing_key())
            sent = SentBundle.objects.create(
                number=contents.number, division=division, as_of=now, digest=digest_of(unwrap(file)[0]), by=by
            )
            record(by=by, action="rollup.export", division_code=division.pk, number=sent.number)
    except IntegrityError as error:
        raise Conflict("另一人正在导出汇总包，请稍后再导出一次。") from error
    return file, sent


@transaction.atomic
def register_sender(*, by: User | None, division: Division, key: str, now: datetime) -> Sender:
    """Let a division's installation send bundles here; again with another key, its next bundles need the new one.

    Errors: InvalidInput for what is no key; Conflict when another division has it.
    """
    key = checked_key(key)
    if Sender.objects.filter(public_key=key).exclude(division=division).exists():
        raise Conflict("这个公钥已登记给别的区划。每个下级要用自己的公钥。", field="key")
    sender, _ = Sender.objects.update_or_create(
        division=division, defaults={"public_key": key, "registered_at": now, "registered_by": by}
    )
    record(by=by, action="rollup.register", subject=sender, division_code=division.pk)
    return sender


def import_bundle(*, by: User | None, file: bytes, now: datetime) -> ReceivedBundle:
    """Take a bundle in. One of an older number than the newest is kept, and changes no sum.

    Errors: InvalidInput for what is no bundle, is from the future or from nobody who is registered; ForgedBundle for a
    signature that is not the sender's; NotAllowed outside one's division; Conflict for a bundle or a number that came.
    """
    text, key = unwrap(file)
    contents = read_contents(text)
    sender = _sender_of(contents, by, key)
    if contents.as_of > now:
        raise InvalidInput(
            f"汇总包的时间{contents.as_of:%Y-%m-%d %H:%M}还没有到。请让{sender.division.name}核对它机器的时钟。",
            field="as_of",
        )
    digest = digest_of(text)
    _refuse_repeated(sender, contents.number, digest)
    try:
        with transaction.atomic():
            received = ReceivedBundle.objects.create(
                sender=sender,
                number=contents.number,
                as_of=contents.as_of,
                digest=digest,
                contents=text,
                signature_file=file,
                received_at=now,
                received_by=by,
            )
            record(by=by, action="rollup.import", subject=sender, division_code=contents.sender, number=contents.number)
    except IntegrityError:  # the same bundle came in by another hand in between
        _refuse_repeated(sender, contents.number, digest)
        raise
    return received


def _sender_of(contents: Contents, by: User | None, key: str) -> Sender:
    sender = Sender.objects.select_related("division").filter(division_id=contents.sender).first()
    if sender is None:
        raise InvalidInput(
            f"{contents.name}（{contents.sender}）没有登记，不能收它的汇总包。"
            "请先核对公钥，执行 ankang rollup sender 登记。",
            field="sender",
        )
    if by is not None and not sender.division_id.startswith(by.scope):
        raise NotAllowed(f"{sender.division.name}不在您的管辖范围内，不能收它的汇总包。")
    if sender.public_key != key:
        raise ForgedBundle(
            f"这个汇总包写的是{sender.division.name}，签名却不是它登记的公钥。请打电话核对，不要收。", field="sender"
        )
    return sender


def _refuse_repeated(sender: Sender, number: int, digest: str) -> None:
    """Errors: Conflict."""
    if ReceivedBundle.objects.filter(digest=digest).exists():
        raise Conflict(f"{sender.division.name}第{number}号汇总包已经收过，没有再加。", number=number)
    if ReceivedBundle.objects.filter(sender=sender, number=number).exists():
        raise Conflict(
            f"{sender.division.name}的第{number}号汇总包以前收过，内容却不同。请打电话核对是哪一份，不要收这份。",
            number=number,
        )
