#!/bin/sh
# Installs Chromium on Debian and its kin, as root, asking nothing.
set -eu
export DEBIAN_FRONTEND=noninteractive

install() {
    apt-get install --yes --no-install-recommends chromium fonts-dejavu-core
}
install || { apt-get update && install; }
