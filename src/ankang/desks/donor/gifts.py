"""捐到哪了: a donor's own agreements, where the money went by village, and the receipts. No resident is named."""

from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from ankang.accounts.permissions import desk_page
from ankang.desks.components.money.gifts import receipt_paper
from ankang.desks.pages import page
from ankang.desks.people import person
from ankang.desks.sheets import download
from ankang.papers import PDF_TYPE, paper_pdf
from ankang.treasury.models import Donation, DonationReceipt, DonationUse


@desk_page("donor")
@require_safe
def gifts(request: HttpRequest) -> HttpResponse:
    """What this donor gave and where it went."""
    mine = Donation.objects.visible_to(person(request)).filter(donor__account=person(request))
    village = "funding__holding__enrolment__village"
    uses = DonationUse.objects.filter(donation__in=mine, dropped_at__isnull=True)
    by_village = uses.values_list(f"{village}__name").annotate(people=Count("pk"), fen=Sum("amount_fen"))
    rows = list(by_village.order_by(f"{village}__serial", village))
    receipts = DonationReceipt.objects.filter(donation__in=mine).select_related("donation", "division")
    context = {
        "gifts": mine.select_related("donor", "programme"),
        "by_village": rows,
        "people": sum(people for _, people, _ in rows),
        "used_fen": sum(amount for _, _, amount in rows),
        "receipts": receipts.order_by("-pk"),
    }
    return page(request, "desks/donor/gifts.html", context)


@desk_page("donor")
@require_safe
def gift_receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """One of this donor's receipts as PDF."""
    rows = DonationReceipt.objects.visible_to(person(request)).filter(donation__donor__account=person(request))
    found = get_object_or_404(rows.select_related("donation__donor", "division"), pk=pk)
    return download(paper_pdf(receipt_paper(found), at=found.at), f"捐赠收据-{found.number}.pdf", PDF_TYPE)
