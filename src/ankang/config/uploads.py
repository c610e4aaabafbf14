"""How much may be sent at once, and where it is kept while a page reads it."""

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import MemoryFileUploadHandler


class BoundedUpload(MemoryFileUploadHandler):
    """Keeps files in memory and refuses a request above FILE_UPLOAD_MAX_MEMORY_SIZE before it is read.

    Errors: RequestDataTooBig, which is answered with 400.
    """

    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, Any],  # noqa: N803 - Django's name
        content_length: int,
        boundary: Any,
        encoding: Any = None,
    ) -> None:
        if content_length > settings.FILE_UPLOAD_MAX_MEMORY_SIZE:
            raise RequestDataTooBig(f"{content_length} bytes")
        self.activated = True
