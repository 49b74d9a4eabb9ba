# The service and its locked dependencies, nothing else; what it keeps lies in the volume /data.
FROM python:3.11-slim AS build
WORKDIR /build
COPY requirements.lock .
RUN python -m venv /opt/desk \
 && /opt/desk/bin/pip install --no-cache-dir --disable-pip-version-check -r requirements.lock

FROM python:3.11-slim
RUN useradd --uid 10001 --no-create-home --home-dir /desk desk \
 && install -d -o desk -g desk /data
COPY --from=build /opt/desk /opt/desk
WORKDIR /desk
COPY main.py ./
COPY bot/ bot/
COPY handlers/ handlers/
COPY jobs/ jobs/
COPY templates/ templates/
# Compiled here: the service may not write beside its own files.
RUN /opt/desk/bin/python -m compileall -q main.py bot handlers jobs

# With PostgreSQL the desk keeps its key and photos under `data`, relative to here: that is the volume as well.
RUN ln -s /data data
ENV PATH=/opt/desk/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HOST=0.0.0.0 \
    PORT=8080 \
    DATABASE_URL=sqlite+aiosqlite:////data/prete-rendu.db \
    LOG_FORMAT=json
USER desk
VOLUME /data
EXPOSE 8080
# The interval is half of the 90 s in which /healthz turns red when a loop stands still.
HEALTHCHECK --interval=45s --timeout=5s --start-period=20s --retries=2 \
  CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/healthz', timeout=4)"]
# The process itself is number 1 and stops within 10 s of SIGTERM, leases given back.
STOPSIGNAL SIGTERM
CMD ["python", "main.py"]
