from django.apps import AppConfig


class WhatIfConfig(AppConfig):
    name = "ankang.whatif"
    default_auto_field = "django.db.models.BigAutoField"
