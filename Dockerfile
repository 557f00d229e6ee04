# Two stages on one base, so that the virtual environment of the first runs in the second. Nothing is installed by apt.
FROM python:3.11-slim AS build
WORKDIR /app
RUN python3 -m venv .venv
COPY requirements.lock ./
# The lock is closed: nothing is left to be resolved, and what builds a package that comes as source is installed first, by the lock too.
# Byte code is made here, once, since the second stage keeps none (below).
RUN sed -n '/^setuptools==/,/[^\\]$/p' requirements.lock >build.lock \
 && .venv/bin/python -m pip install --disable-pip-version-check --no-cache-dir --no-compile --no-deps --require-hashes -r build.lock \
 && .venv/bin/python -m pip install --disable-pip-version-check --no-cache-dir --no-compile --no-deps --require-hashes \
    --no-build-isolation --use-pep517 -r requirements.lock \
 && .venv/bin/python -m compileall -q -j 0 .venv/lib
COPY . ./
RUN .venv/bin/python -m pip install --disable-pip-version-check --no-cache-dir --no-deps --no-build-isolation --editable . \
 && .venv/bin/python -m compileall -q reviews standins migrations

FROM python:3.11-slim
# The user has a name because initdb of the embedded database asks for one; the number is for platforms that want it (runAsNonRoot).
RUN useradd --system --uid 10001 --user-group --home-dir /data --no-create-home --shell /usr/sbin/nologin reviews \
 && install -d -o reviews -g reviews -m 0700 /data
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/app/.venv/bin:$PATH \
    LANG=C.UTF-8 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    REVIEWS_DATA_DIR=/data \
    REVIEWS_LOG_FORMAT=json
USER 10001:10001
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
# The slim image has no curl. The request names the public host, since the web process answers to no other.
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import os, urllib.parse, urllib.request; host = urllib.parse.urlsplit(os.environ.get('REVIEWS_BASE_URL') or 'http://localhost:8000').netloc; urllib.request.urlopen(urllib.request.Request('http://127.0.0.1:8000/health/ready', headers={'Host': host}), timeout=4)"]
ENTRYPOINT ["reviews"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
