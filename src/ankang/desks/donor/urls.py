from django.urls import URLPattern, URLResolver, path

from ankang.desks.donor import gifts

app_name = "donor"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", gifts.gifts, name="home"),
    path("receipts/<int:pk>/", gifts.gift_receipt, name="gift-receipt"),
]
