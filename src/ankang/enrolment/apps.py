from django.apps import AppConfig


class EnrolmentConfig(AppConfig):
    name = "ankang.enrolment"
    default_auto_field = "django.db.models.BigAutoField"
