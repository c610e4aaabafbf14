from django.urls import URLPattern, URLResolver

app_name = "funeral"
urlpatterns: list[URLPattern | URLResolver] = []
