from django.urls import URLPattern, URLResolver

app_name = "village"
urlpatterns: list[URLPattern | URLResolver] = []
