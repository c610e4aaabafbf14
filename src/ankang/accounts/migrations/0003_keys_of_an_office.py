import django.db.models.deletion
from django.db import migrations, models


def give_to_the_office(apps, schema_editor):
    for key in apps.get_model("accounts", "MachineKey").objects.select_related("owner"):
        key.division_id = key.owner.division_id
        key.save(update_fields=["division"])


class Migration(migrations.Migration):
    dependencies = [
        ("divisions", "0001_initial"),
        ("accounts", "0002_machine_keys"),
    ]

    operations = [
        migrations.AddField(
            model_name="machinekey",
            name="confirmed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="machinekey",
            name="division",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="divisions.division",
            ),
        ),
        migrations.RunPython(give_to_the_office, migrations.RunPython.noop),
    ]
