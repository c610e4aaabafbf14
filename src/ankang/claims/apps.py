from django.apps import AppConfig


class ClaimsConfig(AppConfig):
    name = "ankang.claims"
    default_auto_field = "django.db.models.BigAutoField"
