"""What came back whole before becomes one receipt of its overpayment."""

from typing import Any

from django.db import migrations


def make_receipts(apps: Any, schema_editor: Any) -> None:
    take_backs = apps.get_model("claims", "TakeBack").objects.filter(returned_at__isnull=False)
    receipts = apps.get_model("claims", "TakeBackReceipt").objects
    for one in take_backs.order_by("pk"):
        receipts.create(
            key=f"take-back-{one.pk}",
            take_back=one,
            amount_fen=one.amount_fen,
            on=one.returned_on,
            at=one.returned_at,
            by_id=one.returned_by_id,
            reference=one.reference,
            window=one.window,
            day_id=one.day_id,
        )
        take_backs.filter(pk=one.pk).update(returned_fen=one.amount_fen)


class Migration(migrations.Migration):
    dependencies = [("claims", "0009_overpayments_in_parts")]

    operations = [migrations.RunPython(make_receipts, migrations.RunPython.noop)]
