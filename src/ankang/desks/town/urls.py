from django.urls import URLPattern, URLResolver

app_name = "town"
urlpatterns: list[URLPattern | URLResolver] = []
