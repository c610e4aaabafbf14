from django.apps import AppConfig


class InstallationConfig(AppConfig):
    name = "ankang.installation"
    default_auto_field = "django.db.models.BigAutoField"
