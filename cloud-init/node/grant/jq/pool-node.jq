# A Node -> the patch that gives it its pool's labels and taints; nothing where it has them. What was given is noted at the
# Node, by key, so that it can be taken away again.
($grant[0].nodes) as $pool
| (.metadata.annotations["rackplane/pool"] // "{\"labels\":[],\"taints\":[]}" | fromjson) as $given
| (.spec.taints // []) as $taints
| (.metadata.labels // {}) as $labels
| ($pool.taints | map({key, effect})) as $wanted
| ($given.labels - ($pool.labels | keys)) as $gone
| ($pool.taints + [$taints[] | select({key, effect} as $one | ($given.taints + $wanted) | index([$one]) == null)]) as $all
| {labels: ($pool.labels | keys), taints: $wanted} as $note
| {
    metadata: {
      resourceVersion: .metadata.resourceVersion,
      labels: (($gone | map({key: ., value: null}) | from_entries) + $pool.labels),
      annotations: {"rackplane/pool": ($note | tojson)}
    },
    spec: {taints: $all}
  } as $patch
| select(
    any($gone[]; . as $key | $labels | has($key)) or
    any($pool.labels | to_entries[]; . as $one | $labels[$one.key] != $one.value) or
    ($taints | map({key, value, effect}) | sort) != ($all | map({key, value, effect}) | sort) or
    $given != $note)
| $patch
