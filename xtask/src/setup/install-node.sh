#!/bin/sh
# Installs Node and npm on Debian and its kin, as root, asking nothing.
set -eu
export DEBIAN_FRONTEND=noninteractive

install() {
    apt-get install --yes --no-install-recommends nodejs npm
}
install || { apt-get update && install; }
