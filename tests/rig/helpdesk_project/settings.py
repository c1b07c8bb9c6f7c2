"""A django-helpdesk for tests: one database, one who may log in, mail to nobody.

HELPDESK_FOLDER has ``helpdesk.db``, and ``webhooks``: the addresses, a line for each, that are told
of new tickets and follow-ups. It is read for each of them.
"""

import os
from pathlib import Path

FOLDER = Path(os.environ["HELPDESK_FOLDER"])

SECRET_KEY = "not used outside of tests"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "urls"
USE_TZ = True
SITE_ID = 1
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # each request has one
LOGGING_CONFIG = None
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.sessions",
    "django.contrib.sites",
    "rest_framework",
    "helpdesk",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": FOLDER / "helpdesk.db",
        "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE"},
    }
}


def _webhooks() -> list[str]:
    file = FOLDER / "webhooks"
    return file.read_text("utf-8").split() if file.exists() else []


HELPDESK_GET_NEW_TICKET_WEBHOOK_URLS = _webhooks
HELPDESK_GET_FOLLOWUP_WEBHOOK_URLS = _webhooks
HELPDESK_TEAMS_MODE_ENABLED = False
