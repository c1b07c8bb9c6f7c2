# The service. Node is in the first stage alone, from PyPI, for the bundles of the pages.
FROM python:3.13-slim AS build
WORKDIR /source
COPY . .
RUN pip wheel --no-cache-dir --wheel-dir /wheels .

FROM python:3.13-slim
COPY --from=build /wheels /wheels
RUN pip install --no-cache-dir --no-index --find-links=/wheels callcenter \
    && rm -rf /wheels \
    # The number is Asterisk's group too: it reads what is rendered here (Dockerfile.asterisk).
    && groupadd --gid 10001 callcenter \
    && useradd --uid 10001 --gid 10001 --no-create-home callcenter \
    && install --directory --owner=callcenter --group=callcenter /mnt/etc /var/lib/callcenter
USER callcenter
WORKDIR /var/lib/callcenter
EXPOSE 8080
CMD ["python", "-m", "callcenter", "serve"]
