"""Serves it on a free port of loopback, which it prints."""

import os
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

os.environ["DJANGO_SETTINGS_MODULE"] = "settings"

from django.core.wsgi import get_wsgi_application


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing is read here but what went wrong."""


with Server(("127.0.0.1", 0), Quiet) as server:
    server.set_app(get_wsgi_application())
    print(server.server_port, flush=True)
    server.serve_forever()
