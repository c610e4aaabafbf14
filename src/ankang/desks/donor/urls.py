from django.urls import URLPattern, URLResolver, path

from ankang.desks.components.coming import DONOR, coming
from ankang.desks.donor import gifts

app_name = "donor"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", coming("donor", DONOR), name="home"),
    path("gifts/", gifts.gifts, name="gifts"),
    path("gifts/receipts/<int:pk>/", gifts.gift_receipt, name="gift-receipt"),
]
