from django.urls import URLPattern, URLResolver

app_name = "insurer"
urlpatterns: list[URLPattern | URLResolver] = []
