"""Where the payment gateway tells of payments: open to everybody, believed only with the gateway's signature."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from ankang.accounts.permissions import public_page
from ankang.gateways import NotificationForged, gateway
from ankang.installation.clock import now, wall_clock
from ankang.treasury.charges import take_notice

_MOST = 64 * 1024  # bytes; a real one has about two thousand


@public_page
@csrf_exempt
@require_POST
def pay_notify(request: HttpRequest) -> HttpResponse:
    """204: taken, do not send it again. 401: not signed by the gateway, or too old. 415: the gateway sends JSON."""
    way = gateway()
    if way is None:
        raise Http404
    if request.content_type != "application/json":  # of a form there is no body left to check
        return JsonResponse({"code": "FAIL", "message": "不是JSON"}, status=415)
    if int(request.headers.get("Content-Length") or 0) > _MOST:
        return JsonResponse({"code": "FAIL", "message": "太长"}, status=413)
    try:
        take_notice(gateway=way, headers=request.headers, body=request.body, at=wall_clock(), now=now())
    except NotificationForged as error:
        return JsonResponse({"code": "FAIL", "message": error.message}, status=401)
    return HttpResponse(status=204)
