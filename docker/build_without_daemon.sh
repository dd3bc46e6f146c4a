#!/usr/bin/env bash
# Build the CPU image without a Docker daemon, and try it: `reloc doctor`, an image, two nodes and their health check.
#   sudo docker/build_without_daemon.sh             builds and tries localhost/reloc:cpu
#   sudo docker/build_without_daemon.sh --try-only  tries an image that was built before
# The base is Debian 12 by debootstrap; DEBIAN_MIRROR is where it and apt get their packages. pip takes PyPI, or the
# index and certificates that this machine's pip is told to take.
set -euo pipefail
cd "$(dirname "$0")/.."

mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
base=localhost/reloc-base:bookworm image=${IMAGE:-localhost/reloc:cpu}
work="" container=""

clean_up() {
    [ -z "$container" ] || buildah rm "$container" >/dev/null || true
    [ -z "$work" ] || rm -rf "$work"
}

check_tools() {
    local missing=()
    command -v debootstrap >/dev/null || missing+=(debootstrap)
    command -v buildah >/dev/null || missing+=(buildah)
    if [ ${#missing[@]} -gt 0 ]; then
        echo "This needs what is not installed: ${missing[*]}. Install it: sudo apt install -y ${missing[*]}" >&2
        exit 1
    fi
    [ "$(id -u)" = 0 ] || { echo "debootstrap and buildah need root here: sudo $0" >&2; exit 1; }
}

# MB of an image, uncompressed, in all its layers.
megabytes() { buildah images --format '{{.Size}}' "$1" | head -n 1; }

report() { printf '%-34s %6.1f min  %s\n' "$1" "$(echo "$2" | awk '{print $1 / 60}')" "$3"; }

make_base() {
    local begin=$SECONDS folder
    if buildah images "$base" >/dev/null 2>&1; then
        report "base: kept from an earlier run" 0 "$(megabytes "$base")"
        return
    fi
    container=$(buildah from scratch)
    folder=$(buildah mount "$container")
    debootstrap --variant=minbase --include=ca-certificates bookworm "$folder" "$mirror" >"$work/debootstrap.log" ||
        { tail -n 20 "$work/debootstrap.log" >&2; exit 1; }
    # As in Docker's own base: apt keeps neither packages nor its caches, which are no part of an image.
    printf '%s\n' 'DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin || true"; };' \
        'Dir::Cache::pkgcache "";' 'Dir::Cache::srcpkgcache "";' >"$folder/etc/apt/apt.conf.d/docker-clean"
    rm -rf "$folder"/var/cache/apt/archives/*.deb "$folder"/var/cache/apt/*.bin "$folder"/var/lib/apt/lists/*
    buildah umount "$container" >/dev/null
    buildah commit --quiet "$container" "$base" >/dev/null
    buildah rm "$container" >/dev/null
    container=""
    report "base (debootstrap)" $((SECONDS - begin)) "$(megabytes "$base")"
}

# What this machine's pip is told about its index goes into the build as a secret: no layer keeps it.
pip_settings() {
    local key value
    echo "[global]"
    for key in index-url extra-index-url trusted-host proxy timeout; do
        value=$(python3 -m pip config get "global.$key" 2>/dev/null || true)
        local variable=PIP_${key^^}
        variable=${variable//-/_}
        value=${!variable:-$value}
        case $value in *file:* | "") ;; *) echo "$key = $value" ;; esac
    done
}

build() {
    local begin=$SECONDS ca=${PIP_CERT:-${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}}
    pip_settings >"$work/pip.conf"
    local secrets=(--secret "id=pip,src=$work/pip.conf")
    [ ! -f "$ca" ] || secrets+=(--secret "id=ca,src=$ca")
    # The format is Docker's, because OCI's has no health check.
    buildah bud --isolation chroot --format docker --layers --build-arg "BASE=$base" "${secrets[@]}" \
        --file docker/Dockerfile.cpu --tag "$image" .
    report "image" $((SECONDS - begin)) "$(megabytes "$image")"
}

# The tests' small world is mounted: a map from 12 rendered views, and a view that is none of them.
try_image() {
    local begin=$SECONDS health
    health=$(buildah inspect --type image --format '{{range .Docker.Config.Healthcheck.Test}}{{.}} {{end}}' "$image")
    container=$(buildah from "$image")
    buildah run --isolation chroot --volume "$PWD/tests:/tests:ro" --volume "$PWD/docker:/try:ro" \
        "$container" -- bash /try/try_image.sh "${health#CMD }"
    report "trial" $((SECONDS - begin)) ""
}

check_tools
trap clean_up EXIT
work=$(mktemp -d)
if [ "${1:-}" != --try-only ]; then
    make_base
    build
fi
try_image
