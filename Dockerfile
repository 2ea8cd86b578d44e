# The image of every process of the service: web, worker, relay, beat, migrate, and the sandbox bank.
# Which one a container is, its command and PAYOUTS_ROLE say; without either it is a web server.

# --- build: everything that is needed once ---
FROM python:3.13-slim-trixie AS build

# An index of your own, if there is one: `--build-arg PIP_INDEX_URL=…`. It does not reach the final image.
ARG PIP_INDEX_URL=""
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore

# uv is the version that the lock file of the tools names, by its hashes, and comes from the same index as
# everything else.
COPY requirements-dev.lock /build/
RUN --mount=type=cache,target=/root/.cache/pip \
    [ -n "$PIP_INDEX_URL" ] || unset PIP_INDEX_URL; \
    awk '/^uv==/ { on = 1 } on { print } on && !/\\$/ { exit }' /build/requirements-dev.lock >/build/uv.lock \
    && python -m venv /build/tools \
    && /build/tools/bin/pip install --quiet --require-hashes --no-deps --requirement /build/uv.lock

COPY requirements.lock /build/
RUN --mount=type=cache,target=/root/.cache/uv \
    if [ -n "$PIP_INDEX_URL" ]; then export UV_DEFAULT_INDEX="$PIP_INDEX_URL"; fi; \
    python -m venv --without-pip /opt/payouts/venv \
    && /build/tools/bin/uv pip sync --quiet --require-hashes --python /opt/payouts/venv/bin/python /build/requirements.lock

# Compiled so that it stays valid whatever becomes of the files' times: nothing can be compiled later, on a
# file system that is read-only.
COPY backend /opt/payouts/backend
WORKDIR /opt/payouts/backend
RUN DJANGO_SETTINGS_MODULE=config.settings.base DJANGO_SECRET_KEY=of-no-use-after-this-line \
    DJANGO_STATIC_ROOT=/opt/payouts/static \
    /opt/payouts/venv/bin/python manage.py collectstatic --noinput --verbosity 0 \
    && find . -name __pycache__ -prune -exec rm -rf {} + \
    && /opt/payouts/venv/bin/python -m compileall -q --invalidation-mode unchecked-hash .

# --- the image itself: no compiler, no uv, no pip ---
FROM python:3.13-slim-trixie

# Where pip and the means to install it again live differs between builds of Python: Python is asked.
RUN python -c 'import importlib.util as u, os, shutil; [shutil.rmtree(os.path.dirname(s.origin)) for s in map(u.find_spec, ("pip", "setuptools", "wheel", "ensurepip")) if s and s.origin]' \
    && rm -rf /usr/share/python-wheels /usr/local/bin/pip* /usr/bin/pip* /root/.cache \
    && groupadd --gid 10001 payouts \
    && useradd --uid 10001 --gid payouts --home-dir /nonexistent --no-create-home --shell /usr/sbin/nologin payouts \
    && install -d -o payouts -g payouts -m 0700 /var/lib/payouts

COPY --from=build /opt/payouts /opt/payouts

ENV PATH=/opt/payouts/venv/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PYTHONFAULTHANDLER=1 MALLOC_ARENA_MAX=2 \
    DJANGO_SETTINGS_MODULE=config.settings.prod DJANGO_STATIC_ROOT=/opt/payouts/static

# What the System page calls the version. Late, so that a new commit costs no layer but this.
ARG CODE_VERSION=""
ENV CODE_VERSION=$CODE_VERSION
LABEL org.opencontainers.image.title="payouts" \
    org.opencontainers.image.licenses="Apache-2.0" \
    org.opencontainers.image.revision=$CODE_VERSION

WORKDIR /opt/payouts/backend
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM

# By PAYOUTS_ROLE: the web by an answer, the others by their own sign of life.
HEALTHCHECK --interval=15s --timeout=20s --start-period=120s --retries=3 \
    CMD ["python", "-m", "heartbeats.health_check"]

CMD ["gunicorn", "--config", "config/gunicorn.conf.py", "config.wsgi:application"]
