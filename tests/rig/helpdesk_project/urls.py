"""Where it is: at the root."""

from django.urls import include, path

urlpatterns = [path("", include("helpdesk.urls"))]
