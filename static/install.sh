#!/bin/sh
# Installs packetd from the folder that this script lies in, or removes it again.
set -eu

usage() {
  cat <<EOF
usage: ./install.sh [--prefix DIR]             install DIR/bin/packetd; as root also the configuration and the service
       ./install.sh --uninstall [--prefix DIR] remove them; keeps the configuration, the logs and the user
       ./install.sh --uninstall --purge        remove those too
DIR is /usr/local unless it is given. Nothing is started.
EOF
}

say() { printf '%s\n' "$*"; }

fail() {
  printf 'install.sh: %s\n' "$*" >&2
  exit 1
}

misused() {
  printf 'install.sh: %s\n' "$*" >&2
  usage >&2
  exit 2
}

has() { command -v "$1" >/dev/null 2>&1; }

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
prefix=/usr/local
uninstall=no
purge=no
config=/etc/packetd/packetd.yaml
unit=/etc/systemd/system/packetd.service
logs=/var/log/packetd

while [ $# -gt 0 ]; do
  case $1 in
  --prefix)
    [ $# -ge 2 ] || misused "--prefix needs a folder"
    prefix=$2
    shift
    ;;
  --prefix=*) prefix=${1#*=} ;;
  --uninstall) uninstall=yes ;;
  --purge) purge=yes ;;
  -h | --help)
    usage
    exit 0
    ;;
  *) misused "'$1' is not understood" ;;
  esac
  shift
done
case $prefix in
*[!A-Za-z0-9/._+-]*) misused "--prefix '$prefix' holds a character that a unit file cannot: letters, digits and / . _ + - can be used" ;;
/*) ;;
*) misused "--prefix '$prefix' is not absolute: it begins with /" ;;
esac
[ "$purge" = no ] || [ "$uninstall" = yes ] || misused "--purge goes with --uninstall"
binary=${prefix%/}/bin/packetd

is_root() { [ "$(id -u)" = 0 ]; }
systemd_runs() { [ -d /run/systemd/system ]; }

check_archive() {
  [ -f "$here/packetd" ] || fail "$here/packetd is missing: run this script where the archive was unpacked"
  if has sha256sum && [ -f "$here/SHA256SUMS" ]; then
    (cd "$here" && sha256sum --quiet -c SHA256SUMS) || fail "the archive is damaged: download it again"
  fi
  "$here/packetd" --version >/dev/null ||
    fail "$here/packetd does not run here: $(uname -s) $(uname -m) needs another archive"
}

install_binary() {
  mkdir -p "${binary%/*}" || fail "${binary%/*} cannot be made: run as root, or choose another folder with --prefix"
  [ -w "${binary%/*}" ] || fail "${binary%/*} cannot be written to: run as root, or choose another folder with --prefix"
  # Beside it, then renamed: a packetd that runs goes on with its own.
  cp "$here/packetd" "$binary.new"
  chmod 755 "$binary.new"
  mv -f "$binary.new" "$binary"
  say "installed $binary"
}

# On Linux this lets everyone who may run the file capture: chmod it 750 and chgrp it to narrow that.
allow_capture() {
  [ "$(uname -s)" = Linux ] || return 0
  if has setcap && setcap cap_net_raw+ep "$binary"; then
    say "$binary may capture without root (cap_net_raw)"
  else
    say "capturing needs root: there is no setcap, or this file system keeps no capabilities"
  fi
}

install_config() {
  if [ -e "$config" ]; then
    say "kept $config"
  else
    mkdir -p "${config%/*}"
    cp "$here/packetd.yaml" "$config"
    chmod 644 "$config"
    say "installed $config"
  fi
}

install_unit() {
  systemd_runs || return 0
  if ! id packetd >/dev/null 2>&1; then
    has useradd || fail "the user packetd is missing, and useradd to make it: make it, and run this again"
    useradd --system --user-group --home-dir /nonexistent --no-create-home --shell /usr/sbin/nologin packetd
  fi
  sed "s|^ExecStart=/usr/bin/packetd |ExecStart=$binary |" "$here/packetd.service" >"$unit"
  chmod 644 "$unit"
  systemctl daemon-reload
  say "installed $unit; start it with: systemctl enable --now packetd"
}

remove_all() {
  if is_root && [ -e "$unit" ]; then
    if systemd_runs; then systemctl disable --now packetd.service; fi
    rm -f "$unit"
    if systemd_runs; then systemctl daemon-reload; fi
    say "removed $unit"
  fi
  if [ -e "$binary" ]; then
    rm -f "$binary" || fail "$binary cannot be removed: run as root"
    say "removed $binary"
  else
    say "there is no $binary"
  fi
  if [ "$purge" = yes ]; then
    is_root || fail "--purge deletes $config, $logs and the user packetd: run as root"
    rm -rf "${config%/*}" "$logs"
    if id packetd >/dev/null 2>&1; then userdel packetd; fi
    say "removed ${config%/*}, $logs and the user packetd"
  elif [ -e "$config" ]; then
    say "kept $config"
  fi
}

if [ "$uninstall" = yes ]; then
  remove_all
  exit 0
fi
check_archive
install_binary
if is_root; then
  allow_capture
  install_config
  [ ! -f "$here/packetd.service" ] || install_unit
else
  say "not root: no configuration, no service, and capturing needs: sudo setcap cap_net_raw+ep $binary"
fi
