from django.apps import AppConfig


class OfflineConfig(AppConfig):
    name = "ankang.offline"
    default_auto_field = "django.db.models.BigAutoField"
