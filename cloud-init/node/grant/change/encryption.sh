# shellcheck shell=bash
# shellcheck disable=SC2153,SC2154  # ADDRESS and API_PORT are the grant's (lib/grant.sh)
# A new key for Secrets: this machine's API server reads it from here on. None writes with it before all read it, which is
# the next verb's (verbs/encrypt.sh). The API server reads the file again by itself, within a minute; one that was started
# without the file does by its restart, the next change (manifests.sh).
# Sourced by change.sh, after membership/encryption.sh and cluster-access.sh.

# Seconds: the API server looks once a minute (EncryptionConfigFileChangePollDuration, 1.31 to 1.37).
RELOADED_WITHIN=150

due_encryption() {
  wants_encryption || return 0
  if [ "$(encryption_file read "$(written_generation)")" != "$(cat "$ENCRYPTION" 2>/dev/null)" ]; then
    echo "the API server's keys of Secrets become those of generation $(jq .encryption.generation "$GRANT") and what is still read"
  elif unread_encryption; then
    echo "wait until the API server has read its keys of Secrets: an earlier run was cut off before"
  fi
}

# unread_encryption: the file is younger than the API server that runs and than its last look at it.
unread_encryption() {
  local process
  reloads_encryption || return 1
  process=$(pidof kube-apiserver)
  [ "$ROOT/proc/${process%% *}" -ot "$ENCRYPTION" ] && ! reloaded_encryption "$(stat -c %Y "$ENCRYPTION")" 2>/dev/null
}

do_encryption() { change_encryption read "$(written_generation)"; }

# written_generation: null also where no API server tells.
written_generation() { noted_encryption ask_cluster 2>/dev/null || echo null; }

# change_encryption STEP WRITES
change_encryption() {
  local since
  write_encryption "$1" "$2"
  since=$(stat -c %Y "$ENCRYPTION")
  reloads_encryption || return 0
  await encryption "$RELOADED_WITHIN" "the API server here to read its keys of Secrets again; 'kill \$(pidof kube-apiserver)' starts it anew" reloaded_encryption "$since"
}

# reloads_encryption: the API server that runs was started with the file, and looks at it.
reloads_encryption() {
  local process
  process=$(pidof kube-apiserver) && tr '\0' '\n' <"$ROOT/proc/${process%% *}/cmdline" 2>/dev/null | grep -xF -e --encryption-provider-config-automatic-reload=true >/dev/null
}

# reloaded_encryption TIME: it has read the file since, as it counts itself.
reloaded_encryption() {
  ready_server >/dev/null || return 1
  kubectl --kubeconfig "$ACCESS" --server "https://$ADDRESS:$API_PORT" --request-timeout 20s get --raw /metrics |
    awk -v since="$1" '/^apiserver_encryption_config_controller_automatic_reload_last_timestamp_seconds\{.*status="success"/ && $NF >= since { found = 1 } END { exit !found }'
}
