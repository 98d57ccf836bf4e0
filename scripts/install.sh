#!/bin/sh
# Installs queuectl for the calling user, on Linux with glibc and on macOS:
#
#     curl -fsSL https://raw.githubusercontent.com/queuectl/queuectl/main/scripts/install.sh | sh
#
# It downloads the binary of a release, compares its SHA-256 with the release's SHA256SUMS, and only then puts it in
# place. QUEUECTL_VERSION names a release (the latest otherwise), QUEUECTL_INSTALL_DIR a folder (~/.local/bin
# otherwise), QUEUECTL_RELEASES another place that releases are laid out at as on GitHub.
set -eu

repository=queuectl/queuectl

fail() {
  printf 'Cannot install queuectl: %s\n' "$1" >&2
  exit 1
}

has() {
  command -v "$1" >/dev/null 2>&1
}

# Prints the name of the release's binary for this system.
asset() {
  system=$(uname -s)
  machine=$(uname -m)
  case $machine in
    x86_64 | amd64) machine=x86_64 ;;
    aarch64 | arm64) machine=aarch64 ;;
    *) fail "there is no binary for the processor $machine" ;;
  esac
  case $system in
    Linux)
      # The C library of Alpine and the like cannot run it. glibc answers to this name, musl does not.
      for loader in /lib/ld-musl-*; do
        if [ -e "$loader" ] && ! getconf GNU_LIBC_VERSION >/dev/null 2>&1; then
          fail "the binary needs glibc, and this system has musl"
        fi
      done
      printf 'queuectl-%s-unknown-linux-gnu\n' "$machine"
      ;;
    Darwin)
      # A shell that runs translated takes an Apple processor for one of Intel's.
      if [ "$(sysctl -n sysctl.proc_translated 2>/dev/null || true)" = 1 ]; then machine=aarch64; fi
      printf 'queuectl-%s-apple-darwin\n' "$machine"
      ;;
    *) fail "there is no binary for $system here; on Windows run install.ps1 in PowerShell" ;;
  esac
}

# Downloads $1 to the file $2.
download() {
  case $1 in
    https:*) secure='--proto =https --tlsv1.2' ;;
    *) secure='' ;;
  esac
  # $secure holds several words or none.
  if has curl; then
    # shellcheck disable=SC2086
    curl -fsSL $secure -o "$2" "$1"
  elif has wget; then
    wget -q -O "$2" "$1"
  else
    fail "neither curl nor wget is there to download with"
  fi || fail "$1 cannot be downloaded"
}

# Prints the SHA-256 of the file $1.
sha256() {
  if has sha256sum; then
    sha256sum <"$1" | cut -c 1-64
  elif has shasum; then
    shasum -a 256 <"$1" | cut -c 1-64
  elif has openssl; then
    openssl dgst -sha256 -r <"$1" | cut -c 1-64
  else
    fail "none of sha256sum, shasum and openssl is there to check the download with"
  fi
}

# Only the last line calls it, so that half of a downloaded script does nothing.
main() {
  folder=${QUEUECTL_INSTALL_DIR:-${HOME:?}/.local/bin}
  version=${QUEUECTL_VERSION:-latest}
  releases=${QUEUECTL_RELEASES:-https://github.com/$repository/releases}
  case $version in
    latest) from=$releases/latest/download ;;
    *) from=$releases/download/v${version#v} ;;
  esac
  asset=$(asset)

  draft=''
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"; if [ -n "$draft" ]; then rm -f "$draft"; fi' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM

  download "$from/SHA256SUMS" "$scratch/SHA256SUMS"
  # The name is the second field, with a star before it where the sum was taken in binary mode.
  expected=$(awk -v name="$asset" '$2 == name || $2 == "*" name { print $1; exit }' "$scratch/SHA256SUMS")
  if [ -z "$expected" ]; then fail "the release has no $asset"; fi
  printf 'Downloading %s (%s) …\n' "$asset" "$version" >&2
  download "$from/$asset" "$scratch/$asset"
  found=$(sha256 "$scratch/$asset")
  if [ "$found" != "$expected" ]; then
    fail "the SHA-256 of $asset is $found, but SHA256SUMS says $expected"
  fi

  mkdir -p "$folder" || fail "the folder $folder cannot be made"
  # A rename within one folder exchanges the file as a whole, also while a queuectl runs.
  draft=$folder/.queuectl.$$
  cp "$scratch/$asset" "$draft" || fail "$folder cannot be written to"
  chmod 755 "$draft"
  mv -f "$draft" "$folder/queuectl"
  draft=''

  printf 'Installed %s\n' "$folder/queuectl"
  case :$PATH: in
    *:"$folder":*) ;;
    *)
      printf 'It is not on your PATH yet. Add this line to the profile of your shell:\n'
      # shellcheck disable=SC2016 # $PATH is for the profile to expand.
      printf '    export PATH="%s:$PATH"\n' "$folder"
      ;;
  esac
}

main
