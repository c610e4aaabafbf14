from django.apps import AppConfig


class RollupConfig(AppConfig):
    name = "ankang.rollup"
    default_auto_field = "django.db.models.BigAutoField"
