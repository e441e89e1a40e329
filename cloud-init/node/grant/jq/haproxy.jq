# node.json, $roster (roster.json) and $ca (the path of the cluster's CA, or empty) -> haproxy.cfg
.endpoint as $endpoint
| ($endpoint.apiServerPort // $endpoint.port) as $port
# Before the cluster is formed, and on machines outside of it, there is no CA to check by. Clients always check.
| (if $ca == "" then "verify none" else "verify required ca-file \($ca)" end) as $verify
| [
    "# rackplane: written by the announcer from node.json and roster.json",
    "global",
    "  user haproxy",
    "  group haproxy",
    "  log stderr format raw daemon notice",
    "  maxconn 8192",
    # On the machine only, for root only.
    "  stats socket /run/rackplane-haproxy/admin.sock mode 600 level admin expose-fd listeners",
    # After a reload, what the old process still serves (watches) may go on for so long.
    "  hard-stop-after 30m",
    "",
    "defaults",
    "  mode tcp",
    "  timeout connect 1s",
    "  timeout check 1s",
    # A watch may be silent for as long as it likes: who is gone is found by keep-alives.
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
    # A server that refuses costs its client nothing: another one is tried at once.
    "  retries 3",
    "  option redispatch 1",
    "",
    "frontend endpoint",
    "  bind :\($endpoint.port)",
    "  default_backend api-servers",
    "",
    "backend api-servers",
    "  balance leastconn",
    "  option httpchk",
    "  http-check send meth GET uri /readyz ver HTTP/1.1 hdr Host kubernetes",
    "  http-check expect status 200",
    # Three seconds are longer than an election of etcd. A dead server's connections end with it: their
    # clients would otherwise wait for most of a minute, and a kubelet so long is a Node that is not ready.
    # After two clients that it refused the next check decides alone, and it gets none back before it says that it is
    # ready: an API server that starts accepts, and answers 500.
    "  default-server check check-ssl \($verify) inter 1s fall 3 rise 1 observe layer4 error-limit 2 on-error sudden-death on-marked-down shutdown-sessions",
    ($roster[0][] | "  server \(.name) \(.address):\($port)")
  ][]
