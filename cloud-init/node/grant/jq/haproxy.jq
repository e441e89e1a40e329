# node.json and $roster (roster.json) -> haproxy.cfg
.endpoint as $endpoint
| ($endpoint.apiServerPort // $endpoint.port) as $port
| [
    "# rackplane: written by the announcer from node.json and roster.json",
    "global",
    "  user haproxy",
    "  group haproxy",
    "  log stderr format raw daemon notice",
    "  maxconn 8192",
    # A local socket, for root only.
    "  stats socket /run/rackplane-haproxy/admin.sock mode 600 level admin expose-fd listeners",
    # After a reload, the old process may serve its open connections (watches) for so long.
    "  hard-stop-after 30m",
    "",
    "defaults",
    "  mode tcp",
    "  timeout connect 1s",
    "  timeout check 1s",
    # A watch may be silent for any time: keep-alives find clients and servers that are gone.
    "  timeout client 24h",
    "  timeout server 24h",
    "  timeout queue 5s",
    "  option clitcpka",
    "  clitcpka-idle 30s",
    "  clitcpka-intvl 10s",
    "  clitcpka-cnt 3",
    "  option srvtcpka",
    "  srvtcpka-idle 30s",
    "  srvtcpka-intvl 10s",
    "  srvtcpka-cnt 3",
    # A refused connection costs the client nothing: another server is tried at once.
    "  retries 3",
    "  option redispatch 1",
    "",
    "frontend endpoint",
    "  bind :\($endpoint.port)",
    # When no API server is ready, an etcd without its quorum for instance, the living ones still tell clients so, and
    # answer what they remember.
    "  use_backend unready-api-servers if { nbsrv(api-servers) eq 0 }",
    "  default_backend api-servers",
    "",
    "backend api-servers",
    "  balance leastconn",
    "  option httpchk",
    "  http-check send meth GET uri /readyz ver HTTP/1.1 hdr Host kubernetes",
    "  http-check expect status 200",
    # Three seconds are longer than an election of etcd. A dead server's connections are closed: their clients would
    # otherwise wait for most of a minute, and the Node of a kubelet that waits so long is not ready.
    # After two refused clients the next failed check takes the server out, and only a good check takes it back: an API
    # server that is starting accepts connections and answers 500.
    # Nothing is verified here: certificates end on all machines in the same hour, HAProxy cannot look past a date, and
    # clients verify for themselves.
    "  default-server check check-ssl verify none inter 1s fall 3 rise 1 observe layer4 error-limit 2 on-error sudden-death on-marked-down shutdown-sessions",
    ($roster[0][] | "  server \(.name) \(.address):\($port)"),
    "",
    "backend unready-api-servers",
    "  balance leastconn",
    "  default-server check inter 1s fall 3 rise 1",
    ($roster[0][] | "  server \(.name) \(.address):\($port)")
  ][]
