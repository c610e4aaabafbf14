from django.urls import URLPattern, URLResolver

from ankang.desks.components.accounts import accounts_pages
from ankang.desks.components.calculator import calculator_pages
from ankang.desks.components.green.urls import advance_pages
from ankang.desks.components.terms import terms_pages
from ankang.desks.components.whatif.pages import what_if_pages
from ankang.desks.insurer.course import course_pages
from ankang.desks.insurer.figures import figure_pages
from ankang.desks.insurer.machine_keys import machine_key_pages
from ankang.desks.insurer.pages import claims_pages
from ankang.desks.insurer.payment import payment_pages
from ankang.desks.insurer.payments import payments_pages
from ankang.desks.insurer.policies import policy_pages
from ankang.desks.insurer.reviews import review_pages
from ankang.desks.insurer.withdrawals import withdrawal_pages

app_name = "insurer"
urlpatterns: list[URLPattern | URLResolver] = [
    *terms_pages,
    *calculator_pages,
    *accounts_pages,
    *machine_key_pages,
    *claims_pages,
    *course_pages,
    *payment_pages,
    *payments_pages,
    *review_pages,
    *figure_pages,
    *withdrawal_pages,
    *policy_pages,
    *advance_pages,
    *what_if_pages,
]
