from django.apps import AppConfig


class DivisionsConfig(AppConfig):
    name = "ankang.divisions"
    default_auto_field = "django.db.models.BigAutoField"
