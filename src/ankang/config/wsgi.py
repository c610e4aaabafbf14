"""The application as granian serves it."""

import gc
import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ankang.config.settings")
application = get_wsgi_application()
# Every page's code is read now, else the first person after a start waits two seconds for it. What stands then stays:
# the collector need not walk it again in the middle of a page that reads a whole town (0.3 s each time).
import_module(settings.ROOT_URLCONF)
gc.collect()
gc.freeze()
