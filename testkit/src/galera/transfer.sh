#!/bin/sh
# State transfer between nodes on one machine: the donor copies its files into the joiner's folder.
#
# Speaks what MariaDB's own wsrep_sst_* scripts speak. It stands in for wsrep_sst_rsync, which fails for servers that run
# as root (the rsync daemon then writes as nobody) and needs more programs.
set -eu

bypass=no
while [ $# -gt 0 ]; do
    case $1 in
        --role) role=$2; shift ;;
        --address) address=$2; shift ;;
        --datadir) data=${2%/}; shift ;;
        --gtid) gtid=$2; shift ;;
        --gtid-domain-id) domain=$2; shift ;;
        --parent) parent=$2; shift ;;
        --bypass) bypass=yes ;;
        --mysqld-args) break ;;
    esac
    shift
done

# What a server's data consists of: databases, and the files of InnoDB and Aria. The rest is the node's own.
data_of() {
    folder=$1
    shift
    find "$folder" -mindepth 1 -maxdepth 1 \
        '(' -type d -o -name 'ibdata*' -o -name 'ib_logfile*' -o -name 'undo*' -o -name 'aria_log*' ')' "$@"
}

join() {
    rm -f "$data/transferred"
    echo "ready $data"
    while [ ! -f "$data/transferred" ]; do
        kill -0 "$parent"
        sleep 0.05
    done
    cat "$data/transferred"
    rm -f "$data/transferred"
}

donate() {
    state="$gtid $domain"
    if [ $bypass = no ]; then
        rm -f "$data/tables_flushed"
        echo 'flush tables'
        until grep -qs : "$data/tables_flushed"; do
            [ ! -f "$data/sst_error" ]
            sleep 0.05
        done
        state=$(cat "$data/tables_flushed")
        rm -f "$data/tables_flushed"
        data_of "$address" -exec rm -rf '{}' +
        data_of "$data" -exec cp -a -t "$address" '{}' +
        echo 'continue'
    fi
    # Renamed into place: the joiner reads it the moment it is there.
    echo "$state" > "$address/transferring"
    mv "$address/transferring" "$address/transferred"
    echo "done $state"
}

case $role in
    joiner) join ;;
    donor) donate ;;
esac
