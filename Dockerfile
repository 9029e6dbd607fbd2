# The gateway as an image: two stages, nothing of the build in the result, not root, nothing baked in.
#   docker build --tag seawall .
#   docker run -p 7400:7400 -p 7401:7401 -v seawall:/data seawall
#   docker exec CONTAINER seawall keys new --data /data --tenant T --role server --name N

FROM python:3.11-slim AS build
WORKDIR /src
RUN python -m venv /opt/seawall
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY pyproject.toml hatch_build.py constraints.txt README.md LICENSE ./
COPY seawall seawall
COPY media media
COPY detectors detectors
COPY workers workers
COPY gateway gateway
COPY bench bench
COPY policies policies
COPY console console
RUN /opt/seawall/bin/pip install --constraint constraints.txt ".[gateway]"

FROM python:3.11-slim
LABEL org.opencontainers.image.title="seawall" org.opencontainers.image.licenses="Apache-2.0"
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin seawall \
  && install --directory --owner seawall --group seawall --mode 0700 /data
COPY --from=build /opt/seawall /opt/seawall
ENV PATH=/opt/seawall/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 7400 7401
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import os, ssl, urllib.request as u; s = bool(os.environ.get('SEAWALL_TLS_CERT')); u.urlopen('http' + 's' * s + '://127.0.0.1:7401/healthz', timeout=2, context=ssl._create_unverified_context() if s else None)"]
ENTRYPOINT ["seawall"]
CMD ["serve", "--listen", "0.0.0.0:7400", "--http", "0.0.0.0:7401", "--data", "/data"]
