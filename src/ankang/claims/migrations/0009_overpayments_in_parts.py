import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("claims", "0008_corrections_and_further_bills"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="TakeBackReceipt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=64, unique=True, verbose_name="防重复号")),
                ("amount_fen", models.PositiveBigIntegerField(verbose_name="收回")),
                ("on", models.DateField(verbose_name="退回日")),
                ("at", models.DateTimeField()),
                ("reference", models.CharField(max_length=60, verbose_name="回单号")),
                ("window", models.CharField(blank=True, max_length=30, verbose_name="退到哪个窗口")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "day",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="returns",
                        to="claims.advanceday",
                    ),
                ),
                (
                    "take_back",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="receipts", to="claims.takeback"
                    ),
                ),
            ],
            options={"ordering": ["id"]},
        ),
        migrations.AddField(
            model_name="takeback",
            name="returned_fen",
            field=models.PositiveBigIntegerField(default=0, verbose_name="已收回"),
        ),
    ]
