"""Tabler's outline icons, inlined as SVG: no font, no sprite request, the colour of the text around them."""

import json
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe


def icon_svg(name: str, css: str = "") -> SafeString:
    """Return a decorative `<svg>`: the words beside it carry the meaning.

    Errors: LookupError for a name that the set lacks. An empty drawing when the assets are not built yet.
    """
    shapes = _shapes(settings.ICONS)
    if shapes and name not in shapes:
        raise LookupError(f"Tabler has no outline icon {name!r}")
    return format_html(
        '<svg class="{}" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{}</svg>',
        f"ic {css}".strip(),
        mark_safe(shapes.get(name, "")),  # from the icon set that our own build wrote
    )


@lru_cache(maxsize=2)
def _shapes(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    shapes: dict[str, str] = json.loads(path.read_text())
    return shapes
