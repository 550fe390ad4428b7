# Assay in a container: one static binary and nothing else. See docs/postgres.md
# for what has been checked of this file.
FROM golang:1.26-bookworm AS build
WORKDIR /src
# Modules first: they change less often than the code.
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o /out/assay ./cmd/assay \
 && mkdir -p /out/data /out/tmp && chmod 700 /out/data && chmod 1777 /out/tmp

FROM scratch
# Certificates for assay corpus pull and for an embedding endpoint.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/assay /assay
# A user without a name: the image has no /etc/passwd and no shell.
COPY --from=build --chown=65532:65532 /out/data /data
COPY --from=build --chown=65532:65532 /out/tmp /tmp
USER 65532:65532
# Nothing is written outside /data, so the root file system can be read-only.
ENV ASSAY_DATA=/data ASSAY_LISTEN=0.0.0.0:8080
VOLUME /data
EXPOSE 8080
ENTRYPOINT ["/assay"]
CMD ["serve"]
