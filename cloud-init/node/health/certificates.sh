# shellcheck shell=bash
# shellcheck disable=SC2153  # WORK is that of the verb that asks
# Sourced after membership/records.sh.

# Days. Enough for a person who looks once a month.
LEAST_DAYS=30

# certificate_ends: of every certificate that the control plane on this machine runs with, the seconds since 1970 at
# which it ends, and its name. kubelet renews its own.
certificate_ends() {
  local file ends
  for file in "$PKI"/*.crt "$PKI"/etcd/*.crt; do
    ends=$(openssl x509 -noout -enddate -in "$file" 2>/dev/null) || continue
    printf '%s %s\n' "$(date -d "${ends#*=}" +%s)" "${file#"$PKI"/}"
  done
  for file in "$KUBERNETES"/{admin,controller-manager,scheduler}.conf; do
    ends=$(sed -n 's/^ *client-certificate-data: *//p' "$file" 2>/dev/null | base64 -d 2>/dev/null | openssl x509 -noout -enddate 2>/dev/null) || continue
    printf '%s %s\n' "$(date -d "${ends#*=}" +%s)" "${file##*/}"
  done
}

# first_to_end: the whole days that are left to the certificate that ends first, below zero once it has ended, and its
# name; nothing where there is none.
first_to_end() {
  certificate_ends | sort -n | head -n 1 | while read -r ends name; do
    printf '%d %s\n' $(((ends - EPOCHSECONDS - (ends < EPOCHSECONDS ? 86399 : 0)) / 86400)) "$name"
  done
}

# healthy_certificates: leaves what first_to_end says in $WORK/certificates.
healthy_certificates() {
  local days name
  first_to_end >"$WORK/certificates"
  read -r days name <"$WORK/certificates" || return 0
  [ "$days" -lt "$LEAST_DAYS" ] || return 0
  if [ "$days" -lt 0 ]; then echo "$name ended $((-days)) days ago"; else echo "$name ends in $days days"; fi
  return 1
}

told_certificates() {
  local days name
  read -r days name <"$WORK/certificates" || return 0
  echo "$days days are left to the first certificate that ends ($name)"
}
