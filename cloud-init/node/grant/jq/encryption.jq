# An EncryptionConfiguration: which key an API server writes Secrets with, its first, and which it reads, all of them.
# $grant: {encryption: {provider, generation}, secrets: {encryptionKeys}}, a key for each generation from 0 on; $file: the
# configuration that is here, null where there is none; $writes: the generation that all API servers write with, null for
# none; $step: "read", have the wanted key read; "write", have it written with.
def name($generation): if $generation == 0 then "rackplane" else "rackplane-\($generation)" end;
def generation: if .identity then null else (to_entries[0].value.keys[0].name | if . == "rackplane" then 0 else ltrimstr("rackplane-") | tonumber end) end;
def provider($generation): {($grant.encryption.provider): {keys: [{name: name($generation), secret: $grant.secrets.encryptionKeys[$generation]}]}};

$grant.encryption.generation as $wanted
| ($file.resources[0].providers // []) as $here
# Keys of an edit that was taken back: nothing is written with them.
| [$here[] | select(.identity | not) | select(generation <= $wanted)] as $found
# A machine that joins reads every generation: one of them may write with a key that an edit has passed over.
| (if $file then $found else [range(0; $wanted) | provider(.)] end) as $keys
| (first($keys[] | select(generation == $wanted)) // provider($wanted)) as $new
| [$keys[] | select(generation != $wanted)] as $earlier
# What is written with now: by what is here, and on a machine that joins by what the others do.
| (if $file then $here[0] elif $writes == null then {identity: {}} elif $writes >= $wanted then $new else provider($writes) end) as $first
| (if $first.identity then null else $first | generation end) as $now
| (
    if $step == "write" then [$new] + $earlier
    elif $now == $wanted then [$new] + (if $writes == $wanted then [] else $earlier end)
    elif $now == null then [$first, $new] + $earlier
    else [$first, $new] + [$earlier[] | select(generation != $now)]
    end
  ) as $providers
| {
    apiVersion: "apiserver.config.k8s.io/v1", kind: "EncryptionConfiguration",
    # Secrets that were written before, in plain, stay readable.
    resources: [{resources: ["secrets"], providers: ($providers | if any(.[]; .identity) then . else . + [{identity: {}}] end)}]
  }
