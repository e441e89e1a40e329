# node.json, $roster (roster.json) and $unready (addresses of API servers to leave out) -> nginx.conf
.endpoint as $endpoint
| ($endpoint.apiServerPort // $endpoint.port) as $port
| [
    "# rackplane: written by the announcer from node.json and roster.json",
    "load_module /usr/lib/nginx/modules/ngx_stream_module.so;",
    "user www-data;",
    "worker_processes 2;",
    "worker_rlimit_nofile 16384;",
    "pid /run/rackplane-nginx/pid;",
    "error_log stderr warn;",
    # After a reload, the old workers may serve their open connections (watches) for so long.
    "worker_shutdown_timeout 30m;",
    "",
    "events {",
    "  worker_connections 8192;",
    "}",
    "",
    "stream {",
    "  upstream api-servers {",
    # All workers share one memory: a server that one worker has found dead is dead for all.
    "    zone api-servers 64k;",
    "    least_conn;",
    # nginx makes no health checks: a server counts as dead after a connection that failed. nginx does not know either
    # whether a server is ready: the announcer tells it (lib/readiness.sh).
    ($roster[0][] | .address as $address
      | "    server \($address):\($port) \(if $unready | index($address) then "down" else "max_fails=1 fail_timeout=3s" end);"),
    "  }",
    "  server {",
    "    listen \($endpoint.port) so_keepalive=30s:10s:3;",
    "    proxy_pass api-servers;",
    # As in haproxy.jq.
    "    proxy_connect_timeout 500ms;",
    "    proxy_next_upstream_timeout 5s;",
    # A watch may be silent for any time: keep-alives find clients and servers that are gone.
    "    proxy_timeout 24h;",
    "    proxy_socket_keepalive on;",
    "  }",
    "}"
  ][]
