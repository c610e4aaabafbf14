import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Apart from 0003: PostgreSQL alters no table in whose transaction rows still wait for their checks."""

    dependencies = [("accounts", "0003_keys_of_an_office")]

    operations = [
        migrations.AlterField(
            model_name="machinekey",
            name="division",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="divisions.division",
            ),
        ),
    ]
