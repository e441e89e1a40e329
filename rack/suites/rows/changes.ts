import type { Suite } from "../suite";
import { folder, PLAIN } from "./row";

const UPGRADES = ["cloud-init/node/grant/change", "cloud-init/node/grant/lib/versions.sh", "rack/tools/kubernetes-"];

/** What happens to a cluster afterwards: edits, upgrades, faults. */
export const CHANGES: readonly Suite[] = [
  folder({
    name: "failover",
    shows:
      "the bench of fail-over at three kinds (BGP, ARP, keepalived with HAProxy) and three faults: outages within their bounds under new and kept connections, a watch and a writer, nothing that was acknowledged is lost, whole again without a hand",
    minutes: 20,
    needs: "root",
    core: false,
    covers: ["bench/failover", "rack/faults", "rack/daemon/fault", "cloud-init/node/grant/announcers"],
    open: "has not run yet",
  }),
  folder({
    name: "edits",
    shows:
      "edits of a running cluster, good and bad, under a probe: image, timer, password, peer, and what is refused; a table of what each costs",
    minutes: 24,
    needs: "root",
    core: false,
    covers: ["cloud-init/node/grant", "cloud-init/node/health", "components/membership", "components/endpoint"],
  }),
  folder({
    name: "upgrade",
    shows:
      "Kubernetes 1.34.3 becomes 1.34.4 on three members and two workers over BGP, under a reader and a writer; a version that no mirror has stops at the first machine; no way back",
    minutes: 15,
    needs: "root",
    core: false,
    covers: [...UPGRADES, "rack/stacks/rack-upgrade.yaml"],
  }),
  folder(
    {
      name: "upgrade-minor",
      shows:
        "Kubernetes 1.33.13 becomes 1.34.3, its etcd 3.5 with it, on three members and two workers, the VIP moved by ARP, under a reader and a writer; a minor is not left out; each minor's packages are at a place of their own",
      minutes: 16,
      needs: "root",
      core: false,
      covers: [...UPGRADES, "rack/mirrors", "rack/stacks/rack-upgrade-minor.yaml"],
    },
    // Prepared disks have a newer Kubernetes.
    PLAIN,
  ),
  folder({
    name: "upgrade-killed",
    shows:
      "an upgrade whose `up` is killed at ten random moments, on three members and two workers behind keepalived and HAProxy, under a reader and a writer: the last one ends it, formed once, nothing lost",
    minutes: 14,
    needs: "root",
    core: false,
    covers: [...UPGRADES, "cloud-init/node/grant/announcers/keepalived.sh", "rack/stacks/rack-upgrade-killed.yaml"],
  }),
  folder({
    name: "settings",
    shows:
      "arguments, files, gates and names of the control plane, kubelets, kube-proxies, taints, mirrors and the encryption of Secrets are edited on a running cluster under a reader and a writer, and read back from processes and the API, on a machine that joins later, too; a bad argument and a bad field stop at the first machine",
    minutes: 28,
    needs: "root",
    core: false,
    covers: [
      "cloud-init/node/grant/change",
      "cloud-init/node/grant/membership/encryption.sh",
      "cloud-init/documents",
      "components/config/kubernetes",
      "rack/stacks/rack-settings.yaml",
    ],
  }),
  folder({
    name: "life",
    shows:
      "Services and DNS answer after kube-proxy's hourly full sync; another SSH server in the way of a new machine gets no grant; a machine cut off from etcd's peers alone, a lost quorum, certificates that have ended; two of five members lost and replaced in one `up`; a formation that was cut starts over; a connection that breaks after the keys were sent shows none",
    minutes: 44,
    needs: "root",
    core: false,
    covers: [
      "rack/mirrors",
      "rack/network",
      "cloud-init/documents",
      "components/machines/equinix-metal",
      "components/membership",
      "cloud-init/node/boot/verbs",
      "cloud-init/node/grant",
      "rack/metal-api",
      "rack/metadata",
      "cloud-init/node/grant/announcers",
      "cloud-init/node/grant/lib",
      "cloud-init/node/health",
    ],
  }),
  folder({
    name: "renew",
    shows:
      "certificates that run out in minutes are renewed by `up` under a reader and a writer at the VIP, over BGP and by ARP; after they have ended, and with etcd's quorum lost to it; a kubeconfig by name, issued anew and refused",
    minutes: 21,
    needs: "root",
    core: false,
    covers: [
      "cloud-init/node/grant/change",
      "cloud-init/node/grant/membership/ended.sh",
      "components/membership/certificates.ts",
      "components/membership/kubeconfig",
    ],
  }),
  folder({
    name: "authorities",
    shows:
      "the three certificate authorities are exchanged for new ones in three `up`s, one of them killed half-way, on three members and a worker over BGP, under a reader and a writer at the VIP; a step that is left out is refused; old kubeconfigs are good before the third and refused after it; what joins later has the new ones",
    minutes: 24,
    needs: "root",
    core: false,
    covers: [
      "cloud-init/node/grant/change",
      "cloud-init/node/grant/membership/authorities",
      "cloud-init/node/grant/membership/node-trust.sh",
      "cloud-init/node/grant/verbs/check-authorities.sh",
      "components/membership/authorit",
      "rack/stacks/rack-authorities.yaml",
    ],
  }),
  folder({
    name: "restore",
    shows:
      "a cluster of three members and a worker is backed up by three timers at once to a store that speaks S3, one backup of it; a restore over it is refused; all three members are lost and restored with the same certificate authorities, the worker is not touched, and what was written before the backup is there; a restore that is killed is done by the next `up`",
    minutes: 8,
    needs: "root",
    core: false,
    covers: [
      "cloud-init/node/grant/lib/stores.sh",
      "cloud-init/node/grant/lib/backups.sh",
      "cloud-init/node/grant/membership/initialise.sh",
      "cloud-init/node/grant/membership/restore.sh",
      "cloud-init/node/grant/verbs/form.sh",
      "components/config/backups",
      "components/membership/backups.ts",
      "components/membership/restore.ts",
      "rack/daemon/s3-store.ts",
      "rack/stacks/rack-restore.yaml",
      "rack/tools/versitygw",
    ],
  }),
  folder({
    name: "etcd",
    shows:
      "another quota and compaction reach every member under a reader and a writer; members defragment one at a time, the leader last; a quota that is used up, room made by deleting and by a larger quota; a folder that is kept",
    minutes: 12,
    needs: "root",
    core: false,
    covers: [
      "cloud-init/node/grant/change",
      "cloud-init/node/grant/lib/etcd",
      "cloud-init/node/grant/membership/space.sh",
      "cloud-init/documents/etcd.ts",
      "components/config/etcd.ts",
      "components/membership/sentences.ts",
    ],
  }),
  folder({
    name: "replace",
    shows:
      "the first machine, a worker, then every machine leaves and joins anew by an edit of its generation, one at a time, under a reader and a writer over BGP; none leaves while another is dead; a dead one whose disk is gone is replaced; rented machines' successors join beside them, one, then all three",
    minutes: 21,
    needs: "root",
    core: false,
    covers: [
      "cloud-init/node/grant/verbs",
      "cloud-init/node/grant/membership",
      "cloud-init/node/grant/change",
      "components/membership",
      "components/machines",
      "rack/stacks/rack-replace.yaml",
    ],
  }),
  folder({
    name: "scale",
    shows:
      "one member grows to three and five, no worker to two and three, all machines are replaced, and all of it back, under a reader and a writer behind keepalived; what left keeps nothing, a dead one is removed first, a shrink that would lose the majority is refused; clusters are destroyed, one that was made by half, too",
    minutes: 30,
    needs: "root",
    core: false,
    covers: [
      "cloud-init/node/grant/verbs",
      "cloud-init/node/grant/membership",
      "components/membership",
      "components/machines/ssh",
      "rack/stacks/rack-scale.yaml",
    ],
    open: "beside other work it has had 1.6 s and 4.2 s without an answer while the control plane shrank; on a quiet machine it has not run since what it found was mended",
  }),
  folder({
    name: "killed",
    shows:
      "an `up` that is killed at twenty random moments (KILLS for more, SEED for the same again) while a cluster is made, replaced, grows and shrinks: the last one ends it, formed once, nothing lost; the same `up` from two directories at once",
    minutes: 12,
    needs: "root",
    core: false,
    covers: [
      "cloud-init/node/grant/verbs",
      "cloud-init/node/grant/membership",
      "cloud-init/node/grant/change/lock.sh",
      "components/membership",
      "rack/stacks/rack-killed.yaml",
    ],
  }),
];
