# The pod that tells a machine to leave. Its image has no program of use, so it runs the machine's own nsenter, and with it
# systemd, which starts `rackplane leave` outside of every pod. Pure.
# Input: the list of Nodes. $node: its name. $token: told back in the answer. $addresses: of the members that stay, separated
# by spaces. $image: where the Node names no sandbox image. $mark: a label.
(.items[] | select(.metadata.name == $node)) as $machine
# It is never pulled, and that machine may have another version or another registry's name of it than this one.
| (first($machine.status.images[]?.names[]? | select(test("(^|/)pause[:@]"))) // $image) as $there
# The loader of amd64 is in /lib64, which other machines do not have.
| (["/usr", "/lib"] + if $machine.status.nodeInfo.architecture == "amd64" then ["/lib64"] else [] end) as $folders
| {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {name: "rackplane-leave-\($node)", namespace: "kube-system", labels: {($mark): "told"}},
    spec: {
      nodeName: $node,
      hostPID: true,
      hostNetwork: true,
      restartPolicy: "Never",
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      priorityClassName: "system-node-critical",
      terminationGracePeriodSeconds: 0,
      tolerations: [{operator: "Exists"}],
      containers: [{
        name: "leave",
        image: $there,
        imagePullPolicy: "Never",
        # The last of an earlier run ends first: it was told in other words.
        command: (["/usr/bin/nsenter", "-t", "1", "-m", "-u", "-i", "-n", "-p", "--", "/bin/sh", "-c",
          "systemctl stop rackplane-leave; exec systemd-run --collect --unit rackplane-leave --setenv HOME=/root --property TimeoutStopSec=20 /opt/rackplane/bin/rackplane leave \"$@\"",
          "leave", $token] + ($addresses | split(" ") | map(select(. != "")))),
        securityContext: {privileged: true, runAsUser: 0},
        volumeMounts: ($folders | map({name: .[1:], mountPath: ., readOnly: true}))
      }],
      volumes: ($folders | map({name: .[1:], hostPath: {path: .}}))
    }
  }
