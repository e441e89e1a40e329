# node.json, $machine (machine.json) and $roster (roster.json) -> the configuration of the endpoint's balancer, or of a worker's own
.endpoint as $endpoint
| ($endpoint.apiServerPort // $endpoint.port) as $port
| (
    if .role == "worker" then
      {
        unit: "rackplane-local-balancer",
        writer: "the verb worker",
        bind: "127.0.0.1:\(.localBalancer.port)",
        # Its clients are this machine's own programs, which come back at once. A process that was replaced checks no
        # server any more: a kubelet that stayed with it would wait for a machine that is gone.
        stop: "10s",
        # Of a hundred workers each one asks: half as often, until something fails.
        inter: "inter 2s fastinter 1s"
      }
    else
      # After a reload, the old process may serve its open connections (watches) for so long.
      { unit: "rackplane-haproxy", writer: "the announcer", bind: ":\($endpoint.port)", stop: "30m", inter: "inter 1s" }
    end
  ) as $own
| .balancing as $further
| ($further.connectionLog == true) as $logged
| "\($own.inter) fall 3 rise 1 observe layer4 error-limit 2 on-error mark-down on-marked-down shutdown-sessions" as $watch
| [
    "# rackplane: written by \($own.writer) from node.json and roster.json",
    "global",
    "  user haproxy",
    "  group haproxy",
    "  log stderr format raw daemon \(if $logged then "info" else "notice" end)",
    "  maxconn 8192",
    # A local socket, for root only.
    "  stats socket /run/\($own.unit)/admin.sock mode 600 level admin expose-fd listeners",
    "  hard-stop-after \($own.stop)",
    # Written at a reload (lib/keep-servers.pl): a server that was down is led to by its next good check, not at once.
    "  server-state-file /run/\($own.unit)/servers",
    "",
    "defaults",
    "  mode tcp",
    "  load-server-state-from-file global",
    # A machine that is gone refuses nothing: who was led to it is at another one after so long, before a second is over. A
    # machine that is busy accepts nevertheless: its kernel does.
    "  timeout connect 500ms",
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
    (select($logged) | "  log global", "  option tcplog"),
    "",
    "frontend endpoint",
    "  bind \($own.bind)",
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
    "  default-server check check-ssl verify none \($watch)",
    ($roster[0][] | "  server \(.name) \(.address):\($port)"),
    "",
    "backend unready-api-servers",
    "  balance leastconn",
    # A client that came here while no API server was ready stays on its connection for long.
    "  default-server check \($own.inter) fall 3 rise 1 on-marked-down shutdown-sessions",
    ($roster[0][] | "  server \(.name) \(.address):\($port)"),
    # What the pair fronts besides: the names begin with a word of their own, so that they clash with none of these.
    ($further.frontends // [] | .[]
      | "",
        "listen further-\(.name)",
        "  bind :\(.port)",
        "  balance leastconn",
        (select(.check) | "  default-server check \($watch)"),
        ((.controlPlanePort as $to | if $to then $roster[0][] | "\(.address):\($to)" else empty end), (.servers // [])[]
          | "  server \(.) \(.)")),
    # To look at alone, and never at every address: it has no password.
    ($further.statistics // empty
      | "",
        "frontend statistics",
        "  mode http",
        "  bind \(.address // $machine[0].address):\(.port)",
        "  timeout client 30s",
        "  timeout http-request 5s",
        "  no log",
        "  stats enable",
        "  stats uri /haproxy?stats",
        "  stats refresh 10s")
  ][]
