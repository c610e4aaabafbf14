"""离线登记: the page that opens without a network, what installs it, and the two doors that its script knocks at."""

import json
from base64 import b64encode
from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse, RawPostDataException
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from ankang.accounts.permissions import desk_page, public_page
from ankang.desks.pages import installation_of, now_of
from ankang.desks.people import person
from ankang.desks.village.offline_list import list_to_take
from ankang.offline.actions import NO_PLAN, require_pace, take_in, take_list
from ankang.offline.disagreements import KEPT
from ankang.offline.drafts import read_draft
from ankang.offline.errors import Disagreement
from ankang.offline.models import OfflineEntry
from ankang.offline.queries import may_keep
from ankang.privacy.cipher import derived_key
from ankang.programmes.queries import campaign_on
from ankang.rules.days import short_day_words
from ankang.rules.errors import AnkangError, InvalidInput

MOST_AT_ONCE = 20
_PRECACHED = ("bootstrap.css", "ak.css", "offline.js", "icon.svg", "icon-192.png")
_FILES_LOST = '<p class="note warn"><span>选好的照片和文件没有留住，再交以后要重新选。</span></p>'
_NAVY, _PAPER = "#10304f", "#f2f5f8"
View = Callable[..., HttpResponse]


@public_page
@require_safe
def shell(request: HttpRequest) -> HttpResponse:
    """The page itself: the same for everybody and without anybody's data, for it lies in the browser's cache."""
    context = {"is_sample": installation_of(request).is_sample, "kept_days": KEPT.days}
    return render(request, "desks/village/offline.html", context)


@public_page
@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """What a telephone needs to put 安康 on its home screen."""
    sizes = {"icon.svg": "any", "icon-192.png": "192x192", "icon-512.png": "512x512"}
    icons = [
        {"src": static(name), "sizes": size, "type": "image/png" if name.endswith("png") else "image/svg+xml"}
        for name, size in sizes.items()
    ]
    facts = {
        "id": reverse("village:home"),
        "name": "安康关爱行动",
        "short_name": "安康",
        "lang": "zh-CN",
        "start_url": reverse("village:home"),
        "scope": "/",
        "display": "standalone",
        "theme_color": _NAVY,
        "background_color": _PAPER,
        "icons": [*icons, icons[-1] | {"purpose": "maskable"}],
    }
    return JsonResponse(facts, content_type="application/manifest+json", json_dumps_params={"ensure_ascii": False})


@public_page
@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """The worker of everything under /village/: our script and which files it keeps; a new build, a new version."""
    page = reverse("village:offline")
    files = [static(name) for name in _PRECACHED]
    shell_now = shell(request).content
    version = sha256(json.dumps(files).encode() + shell_now).hexdigest()[:16]
    facts = json.dumps(
        {
            "version": version,
            "page": page,
            "home": reverse("village:home"),
            "files": files,
            "again": render_to_string("desks/village/again.html"),  # with places for a form that did not arrive
            "files_lost": _FILES_LOST,
        }
    )
    script = f"self.ANKANG = {facts};\nimportScripts({json.dumps(static('worker.js'))});\n"
    return HttpResponse(script, content_type="text/javascript", headers={"Cache-Control": "no-cache"})


def _as_json(view: View) -> View:
    """Answer a refusal as JSON: the script shows its words."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except AnkangError as error:
            return JsonResponse({"says": error.message}, status=422)

    return answered


@desk_page("village")
@require_POST
@_as_json
def take(request: HttpRequest) -> HttpResponse:
    """Give a worker the village's list, and the key under which the telephone keeps it."""
    user, now = person(request), now_of(request)
    version = campaign_on(now.date(), user.division_id)
    if version is None:
        raise InvalidInput(NO_PLAN)
    content = list_to_take(user, version, now.date())
    taken = take_list(by=user, version=version, people=len(content["people"]), now=now)
    return JsonResponse(
        {
            "list": str(taken.pk),
            "user": user.pk,
            "key": b64encode(derived_key(str(user.pk), "offline.drafts")).decode(),
            "taken_at": now.isoformat(timespec="milliseconds"),
            "kept_days": KEPT.days,
            "content": content,
        }
    )


@public_page
@require_safe
def keeping(request: HttpRequest, key: UUID) -> HttpResponse:
    """Say to a telephone on which nobody is logged in whether it may keep its list. It learns nothing else."""
    answer = {"keep": may_keep(key, now_of(request))}
    return JsonResponse(answer, headers={"Cache-Control": "no-store, private"})


@desk_page("village")
@require_POST
@_as_json
def upload(request: HttpRequest) -> HttpResponse:
    """Take in the drafts one by one, each in a transaction of its own, and say what became of each."""
    user, now = person(request), now_of(request)
    sent = _drafts(request)
    require_pace(user, len(sent), now)
    return JsonResponse({"results": [_result(request, one) for one in sent]})


def _drafts(request: HttpRequest) -> list[Any]:
    try:
        sent = json.loads(request.body)["drafts"]
    except (ValueError, KeyError, TypeError, RawPostDataException) as error:
        raise InvalidInput("上传的内容读不出来。请刷新页面再传一次，草稿还在手机上。") from error
    if not isinstance(sent, list) or not 0 < len(sent) <= MOST_AT_ONCE:
        raise InvalidInput(f"一次最多上传{MOST_AT_ONCE}份。请刷新页面再传一次，草稿还在手机上。")
    return sent


def _result(request: HttpRequest, sent: Any) -> dict[str, Any]:
    """Return `done`, `conflict` with the other side and what the worker may choose, or `refused` with the reason."""
    key = sent.get("key") if isinstance(sent, dict) else None
    try:
        entry = take_in(by=person(request), draft=read_draft(sent), now=now_of(request))
    except Disagreement as error:
        other = {"theirs": error.theirs, "sign": error.sign, "choice": error.choice, "kind": error.kind}
        return {"key": key, "state": "conflict", "says": error.message} | other
    except AnkangError as error:
        return {"key": key, "state": "refused", "says": error.message}
    return {"key": key, "state": "done", "says": _said(entry), "address": _address(entry)}


def _said(entry: OfflineEntry) -> str:
    day = timezone.localtime(entry.collected_at)
    if entry.enrolment_id:
        return f"已登记参保，按{short_day_words(day)}算。"
    return "已记下。" if entry.follow_up and entry.follow_up.is_latest else "已记下；后来还记过一次，以后来的为准。"


def _address(entry: OfflineEntry) -> str:
    return reverse("village:enrolled", args=[entry.enrolment_id]) if entry.enrolment_id else ""
