"""The web page: one static file for every address that is not the API's; its routes are the browser's business."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe


@require_safe
@ensure_csrf_cookie
def page(request: HttpRequest, head: str = "") -> HttpResponse:
    """The file, with `head` at the end of its head: HTML, whatever came from people escaped."""
    index = settings.FRONTEND_BUILD / "index.html"
    if not index.is_file():
        return HttpResponse("The page is not built yet. Run: make frontend\n", status=503, content_type="text/plain; charset=utf-8")
    html = index.read_bytes().replace(b"</head>", head.encode() + b"</head>", 1)
    return HttpResponse(html, content_type="text/html; charset=utf-8", headers={"Cache-Control": "no-cache"})
