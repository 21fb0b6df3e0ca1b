#!/bin/sh
# Installs wrk on Debian and its kin, as root, asking nothing.
set -eu
export DEBIAN_FRONTEND=noninteractive

install() {
    apt-get install --yes --no-install-recommends wrk
}
install || { apt-get update && install; }
