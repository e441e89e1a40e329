# shellcheck shell=bash
# Sourced after common.sh.

# healthy_backups: every store has a backup that is younger than two periods, and the last try went well. What the timer has
# noted counts (grant/lib/backups.sh): stores are asked once an hour, and not by each who looks at the machine.
healthy_backups() {
  local terms=$STATE/backups.json hours stores number file store looked newest failed since
  [ -s "$terms" ] || return 0
  read -r hours stores < <(jq -r '"\(.hours) \(.stores | length)"' "$terms")
  # From when on there may be something to say.
  since=$(stat -c %Y "$terms")
  for ((number = 0; number < stores; number++)); do
    file=$STATE/backups-looked/$number.json
    if [ ! -s "$file" ]; then
      [ $((EPOCHSECONDS - since)) -lt 10800 ] || {
        printf '%s\t%s' "nothing has looked at the stores since $(date -u -d "@$since" +%FT%TZ)" "run 'systemctl start rackplane-backup-due' on it; 'journalctl -u rackplane-backup-due' says what is wrong"
        return 1
      }
      continue
    fi
    IFS=$'\t' read -r store looked newest failed < <(jq -r '[.store, .looked, .newest, .failed] | @tsv' "$file") || true
    [ -z "$failed" ] || {
      echo "$failed"
      return 1
    }
    [ "$newest" != 0 ] || newest=$((since - hours * 3600))
    [ $((EPOCHSECONDS - newest)) -le $((hours * 7200 + 10800)) ] || {
      echo "the newest in $store is $(((EPOCHSECONDS - newest) / 3600)) h old; expected one every $hours h"
      return 1
    }
    [ $((EPOCHSECONDS - looked)) -le 10800 ] || {
      echo "nothing has looked at $store for $(((EPOCHSECONDS - looked) / 3600)) h"
      return 1
    }
  done
}
