#!/usr/bin/env bash
# Gives this machine's API server a certificate that ended an hour ago, or its own again.
#
#   certificate.sh expire|restore
#
# Key, names and authority stay: only the dates differ. The API server reads a certificate that changes by itself.
set -euo pipefail
act=$1
pki=${PKI:-/etc/kubernetes/pki}
own=$pki/apiserver.crt
aside=$pki/apiserver.crt.aside

die() {
  echo "fault certificate, $act: $*" >&2
  exit 1
}
# put FILE: in one step, so that no reader sees a part of it.
put() {
  cp -p "$1" "$own.new"
  mv "$own.new" "$own"
}
fingerprint() { openssl x509 -noout -fingerprint -sha256; }
shown() { openssl s_client -connect "${SERVER:-127.0.0.1:6443}" </dev/null 2>/dev/null | fingerprint 2>/dev/null; }

# await_shown: until the API server shows the certificate in the file.
await_shown() {
  local want i
  want=$(fingerprint <"$own")
  for ((i = 0; i < 100; i++)); do
    if [ "$(shown)" = "$want" ]; then return; fi
    read -rt 0.2 <> <(:) || true
  done
  return 1
}

if [ "$act" = restore ]; then
  if [ -e "$aside" ]; then
    put "$aside"
    rm "$aside"
  fi
  await_shown || die "the API server did not show its own certificate within 20 s"
  exit 0
fi
[ "$act" = expire ] || die "expected expire or restore"
[ ! -e "$aside" ] || die "found $aside: the fault holds already; restore it first"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/ca.cnf" <<'CONFIGURATION'
[ca]
default_ca = short
[short]
new_certs_dir = .
database = index.txt
rand_serial = yes
default_md = sha256
policy = any
copy_extensions = copyall
unique_subject = no
[any]
commonName = supplied
organizationName = optional
CONFIGURATION
cp -p "$own" "$aside"
(
  cd "$folder"
  : >index.txt
  openssl x509 -x509toreq -in "$own" -signkey "$pki/apiserver.key" -copy_extensions copyall -out request.pem
  openssl ca -batch -notext -config ca.cnf -cert "$pki/ca.crt" -keyfile "$pki/ca.key" -in request.pem -out ended.pem \
    -startdate "$(date -u -d '2 hours ago' +%Y%m%d%H%M%SZ)" -enddate "$(date -u -d '1 hour ago' +%Y%m%d%H%M%SZ)"
) >"$folder/said" 2>&1 || {
  rm "$aside"
  die "openssl made no certificate: $(tail -n 3 "$folder/said")"
}
put "$folder/ended.pem"
await_shown || {
  put "$aside"
  rm "$aside"
  die "the API server did not show the certificate that has ended within 20 s"
}
