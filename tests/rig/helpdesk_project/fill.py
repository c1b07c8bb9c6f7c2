"""Makes the database: the queues 1 and 2, the fields call_id and about, and the users nadia and
callcenter."""

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "settings"

import django

django.setup()

# What has models can only be imported from here on.
from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from helpdesk.models import CustomField, Queue  # noqa: E402

call_command("migrate", verbosity=0)
for slug in ("support", "sales"):
    Queue.objects.create(title=slug.title(), slug=slug)
CustomField.objects.create(
    name="call_id",
    label="Call",
    data_type="varchar",
    max_length=64,
    required=False,
    staff_only=True,
)
CustomField.objects.create(
    name="about",
    label="About",
    data_type="list",
    list_values="Machines\nTelephones",
    required=False,
    staff_only=True,
)
for login in ("nadia", "callcenter"):
    User.objects.create_user(login, f"{login}@callcenter.test", f"{login}-password", is_staff=True)
User.objects.create_user("guest", "guest@callcenter.test", "guest-password")
