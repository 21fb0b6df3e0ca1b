#!/bin/sh
# Installs MariaDB's server and Galera on Debian and its kin, as root, asking nothing and starting nothing.
set -eu
export DEBIAN_FRONTEND=noninteractive

# The package would start a server for the whole machine, now and whenever it boots; the tests start their own.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
    trap 'rm -f $policy' EXIT
    printf '#!/bin/sh\nexit 101\n' > $policy
    chmod 755 $policy
fi

install() {
    apt-get install --yes --no-install-recommends mariadb-server galera-4
}
install || { apt-get update && install; }

if command -v systemctl > /dev/null && [ -d /run/systemd/system ]; then
    systemctl disable --now mariadb
fi
