from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "ankang.accounts"
    default_auto_field = "django.db.models.BigAutoField"
