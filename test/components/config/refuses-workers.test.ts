import { describe } from "vitest";
import { UUID, given, host, hosts, overSsh, pool, refuses } from "./samples";

describe("a pool of workers", () =>
  refuses([
    [
      "in an object, not a list",
      overSsh({ workers: { general: {} } }),
      ["workers: found an object, expected a list of pools, each with name and machines"],
    ],
    [
      "without name and machines",
      overSsh({ workers: [{}] }),
      [
        "workers[0].name: found nothing, expected a pool's name, a DNS label",
        "workers[0].machines: found nothing, expected an object whose kind is equinix-metal or ssh",
      ],
    ],
    [
      "called as the control plane",
      pool({ name: "cp" }),
      [
        `workers[0].name: found "cp", the control plane's, expected another name; rented machines would be called alike`,
      ],
    ],
    [
      "called as another",
      overSsh({
        workers: [
          { name: "a", machines: hosts(21) },
          { name: "a", machines: hosts(22) },
        ],
      }),
      ['workers[1].name: found "a", the name of workers[0] too; expected another'],
    ],
    [
      "with a name that is no label",
      pool({ name: "GPU" }),
      ['workers[0].name: found "GPU", expected a DNS label: a-z, 0-9 and inner "-"'],
    ],
    [
      "of an unknown kind of machines",
      pool({ machines: { kind: "equinix" } }),
      ['workers[0].machines.kind: found "equinix", expected equinix-metal or ssh; did you mean equinix-metal?'],
    ],
    [
      "with no machine",
      pool({ machines: { kind: "ssh", hosts: [] } }),
      ["workers[0].machines.hosts: found an empty list, expected one machine or more"],
    ],
    [
      "changed no machine at a time, with less than no time for its pods",
      pool({ update: { atOnce: 0, drainSeconds: -1 } }),
      [
        "workers[0].update.atOnce: found 0, expected a whole number of machines, 1 to 1000",
        "workers[0].update.drainSeconds: found -1, expected whole seconds, 0 to 3600",
      ],
    ],
    [
      "rented, of none",
      given({
        workers: [
          {
            name: "general",
            machines: {
              kind: "equinix-metal",
              count: 0,
              plan: "c3.small.x86",
              operatingSystem: "debian_12",
              metros: ["da"],
            },
          },
        ],
      }),
      ["workers[0].machines.count: found 0, expected a number of machines, 1 to 100"],
    ],
    [
      "rented nowhere, with too few reservations",
      given({
        workers: [
          {
            name: "general",
            machines: {
              kind: "equinix-metal",
              count: 2,
              plan: "c3.small.x86",
              operatingSystem: "debian_12",
              hardwareReservationIds: [UUID],
            },
          },
        ],
      }),
      [
        'workers[0].machines.metros: found no place for the machines, expected one metro or more, such as ["da"]',
        "workers[0].machines.hardwareReservationIds: found 1, expected 2, one per machine (count)",
      ],
    ],
    [
      "whose machines' names would be too long",
      given({
        workers: [
          {
            name: "a".repeat(57),
            machines: {
              kind: "equinix-metal",
              count: 11,
              plan: "c3.small.x86",
              operatingSystem: "debian_12",
              metros: ["da"],
            },
          },
        ],
      }),
      [
        'workers[0].name: found "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", which makes "prod-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-10", 65 characters; expected a host name of at most 63, so choose a shorter pool or cluster name',
      ],
    ],
    [
      "whose machines would be called as one that exists",
      given({
        workers: [
          {
            name: "a",
            machines: {
              kind: "equinix-metal",
              count: 2,
              plan: "c3.small.x86",
              operatingSystem: "debian_12",
              metros: ["da"],
            },
          },
          { name: "b", machines: { kind: "ssh", hosts: [host(21, { name: "prod-a-1" })] } },
        ],
      }),
      [
        'workers[0].name: found "a", whose machines would be called as workers[1].machines.hosts[0], "prod-a-1"; expected another',
      ],
    ],
  ]));

describe("on a Node,", () =>
  refuses([
    [
      "a label of Kubernetes' own",
      pool({ labels: { "node-role.kubernetes.io/worker": "" } }),
      [
        'workers[0].labels["node-role.kubernetes.io/worker"]: found "node-role.kubernetes.io/worker", which a worker may not give itself (NodeRestriction); expected a prefix of your own, such as "example.com/worker"',
      ],
    ],
    [
      "a label's key with two slashes",
      pool({ labels: { "a/b/c": "x" } }),
      [
        `workers[0].labels["a/b/c"]: found "a/b/c", expected a label's key, such as "example.com/disk": an optional DNS name and "/", then at most 63 letters, digits, "-", "_" and "."`,
      ],
    ],
    [
      "a label's value with a space",
      pool({ labels: { disk: "very fast" } }),
      [
        'workers[0].labels.disk: found "very fast", expected a text of at most 63 characters: A-Z, a-z, 0-9 and inner "-", "_" and "."',
      ],
    ],
    [
      "a label's value that YAML reads as true",
      pool({ labels: { gpu: true } }),
      [
        'workers[0].labels.gpu: found true, expected a text of at most 63 characters: A-Z, a-z, 0-9 and inner "-", "_" and ".", in quotes',
      ],
    ],
    [
      "a taint of an unknown effect",
      pool({ taints: [{ key: "gpu", effect: "NoScheduling" }] }),
      [
        'workers[0].taints[0].effect: found "NoScheduling", expected NoSchedule, PreferNoSchedule or NoExecute; did you mean NoSchedule?',
      ],
    ],
    [
      "a taint without a key",
      pool({ taints: [{ effect: "NoSchedule" }] }),
      [`workers[0].taints[0].key: found nothing, expected a label's key, such as "example.com/disk"`],
    ],
    [
      "taints in an object",
      pool({ taints: { gpu: "NoSchedule" } }),
      ["workers[0].taints: found an object, expected a list of taints, each with key and effect"],
    ],
    [
      "kubelet fields with their kind",
      pool({ kubelet: { kind: "KubeletConfiguration" } }),
      [
        `workers[0].kubelet.kind: found "KubeletConfiguration", expected it left out; the fields are merged into the cluster's own KubeletConfiguration`,
      ],
    ],
  ]));
