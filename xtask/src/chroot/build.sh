# Builds a chroot with a toolchain. Usage: build.sh DIRECTORY MIRROR SUITE RECIPE PROGRAM PACKAGE...
# Runs as root in a mount namespace of its own: whatever it mounts is gone when it ends.
set -eu
directory=$1 mirror=$2 suite=$3 recipe=$4 program=$5
shift 5
root=$directory/root

rm -f "$directory/ready"
rm -rf --one-file-system "$root"
mkdir -p "$root"

# debootstrap fetches with wget, which knows nothing of apt's proxy.
if [ -z "${http_proxy:-}" ]; then
    eval "$(apt-config shell http_proxy Acquire::http::Proxy)"
    if [ -n "${http_proxy:-}" ] && [ "$http_proxy" != DIRECT ]; then export http_proxy; fi
fi
echo "debootstrap $suite"
debootstrap --variant=minbase "$suite" "$root" "$mirror"

# What lets the host reach its package source must hold in the chroot too.
copy_trust() {
    mkdir -p "$root/etc/ssl/certs"
    if [ -e /etc/ssl/certs/ca-certificates.crt ]; then
        cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
    fi
}
copy_trust
cp -L /etc/resolv.conf "$root/etc/resolv.conf"
apt-config dump |
    grep -E '^Acquire::(http::|https::|Check-|Retries|ForceIPv)' |
    grep -v -i 'proxy-auto' > "$root/etc/apt/apt.conf.d/50host" || true
if [ -e /etc/apt/auth.conf ]; then cp /etc/apt/auth.conf "$root/etc/apt/"; fi
if [ -d /etc/apt/auth.conf.d ]; then cp -r /etc/apt/auth.conf.d "$root/etc/apt/"; fi
echo "deb $mirror $suite main" > "$root/etc/apt/sources.list"

mount --rbind /proc "$root/proc"
mount --rbind /dev "$root/dev"
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
# TMPDIR of the host need not exist inside.
unset TMPDIR
chroot "$root" apt-get update -q
chroot "$root" apt-get install -q -y --no-install-recommends ca-certificates "$@"
copy_trust
chroot "$root" apt-get clean
chroot "$root" "$program" --version

# Written last: without it the chroot counts as half-finished and is built anew.
echo "$recipe" > "$directory/ready"
