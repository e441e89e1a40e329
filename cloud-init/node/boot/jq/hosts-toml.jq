# node.json -> containerd's hosts.toml for $registry. The mirror is the server too, so that it is asked alone:
# an air-gapped machine would otherwise wait for a registry out of reach and report that one's error.
.images.mirrors[$registry] as $url
| ($url | test("^https?://[^/]+/.*[^/]")) as $hasPath
| "# rackplane: from mirrors.images of the cluster's configuration",
  "server = \($url | tojson)",
  "",
  "[host.\($url | tojson)]",
  "  capabilities = [\"pull\", \"resolve\"]",
  # A URL with a path, as caching registries use it, is complete: containerd adds no /v2 of its own.
  (if $hasPath then "  override_path = true" else empty end)
