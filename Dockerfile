# To build, on a machine with BuildKit: docker build -t onrecord .

FROM rust:1.95-bookworm AS build
WORKDIR /build
COPY . .
# postgres-tls links the OpenSSL of this image (libssl-dev). The run-time image has its library.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/build/target \
    cargo build --release --locked --features postgres-tls \
    && install -D target/release/onrecord /out/onrecord

FROM debian:bookworm-slim
# The packages are not pinned: Debian keeps only the newest version, which has the security fixes.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates libssl3 \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 onrecord \
    && useradd --uid 10001 --gid 10001 --home-dir /var/lib/onrecord --no-create-home --shell /usr/sbin/nologin onrecord \
    && install -d -m 0700 -o onrecord -g onrecord /var/lib/onrecord /var/lib/onrecord/keys
COPY --from=build /out/onrecord /usr/local/bin/onrecord

USER 10001:10001
WORKDIR /var/lib/onrecord
ENV LISTEN=0.0.0.0:8080 \
    KEYS_DIR=/var/lib/onrecord/keys
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=3s --start-period=15s --retries=3 \
    CMD ["onrecord", "health", "--url", "http://127.0.0.1:8080/healthz"]
ENTRYPOINT ["onrecord"]
CMD ["serve"]
