from django.apps import AppConfig


class TreasuryConfig(AppConfig):
    name = "ankang.treasury"
    verbose_name = "出资、汇缴与退费"
