# LeftTurn as a container: the daemon, without root, from the hashed lock alone.

FROM python:3.11-slim-bookworm AS build
WORKDIR /src
COPY requirements.lock pyproject.toml README.md ./
RUN python -m venv /opt/leftturn \
    && /opt/leftturn/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock
COPY alerts ./alerts
COPY config ./config
COPY detectors ./detectors
COPY monitor ./monitor
RUN /opt/leftturn/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation --no-index .

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin leftturn \
    && install -d -o leftturn -g leftturn /data
COPY --from=build /opt/leftturn /opt/leftturn
ENV PATH=/opt/leftturn/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    MPLCONFIGDIR=/tmp \
    OPENBLAS_NUM_THREADS=1
USER 10001
WORKDIR /data
# Healthy: the store answers and its last tick is known. The daemon's own log says why when it is not.
HEALTHCHECK --interval=1m --timeout=20s --start-period=2m --retries=3 \
    CMD ["leftturn", "status", "--json", "--config", "/data/leftturn.yaml"]
ENTRYPOINT ["leftturn"]
CMD ["run", "--config", "/data/leftturn.yaml"]
