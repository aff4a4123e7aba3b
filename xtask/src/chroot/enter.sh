# Runs a program in a chroot. Usage: enter.sh ROOT HOME DIRECTORY MOUNT... -- PROGRAM ARGUMENT...
# Starts in a mount namespace of its own, so the mounts end with the program, however it ends,
# and every step execs: the caller signals the program itself.
set -eu
root=$1 home=$2 directory=$3
shift 3
for path in /proc /dev /tmp; do mount --rbind "$path" "$root$path"; done
while [ "$1" != -- ]; do
    if [ ! -d "$root$1" ]; then mkdir -p "$root$1"; fi
    mount --rbind "$1" "$root$1"
    shift
done
shift
exec chroot "$root" /usr/bin/env --chdir="$directory" HOME="$home" \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
