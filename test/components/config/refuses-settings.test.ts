import { describe } from "vitest";
import { given, refuses } from "./samples";

describe("isolation", () =>
  refuses([
    [
      "that pins without CPUs for the system",
      given({ controlPlane: { isolation: {} } }),
      [
        'controlPlane.isolation.reservedSystemCPUs: found none, expected the CPUs that stay with the system, such as "0"; the kubelet pins nothing without (or set static: false)',
      ],
    ],
    [
      "by a share above one",
      given({ controlPlane: { isolation: { reservedSystemCPUs: "0", cpu: { apiServer: "1500m" } } } }),
      [
        'controlPlane.isolation.cpu.apiServer: found "1500m", expected CPUs in quotes: whole ones ("1") or less than one in thousandths ("250m"); a share above one is never pinned',
      ],
    ],
    [
      "by a number, as YAML reads 2 without quotes",
      given({ controlPlane: { isolation: { reservedSystemCPUs: "0", cpu: { etcd: 2 } } } }),
      [
        'controlPlane.isolation.cpu.etcd: found 2, expected CPUs in quotes: whole ones ("1") or less than one in thousandths ("250m")',
      ],
    ],
    [
      "that pins nothing",
      given({
        controlPlane: {
          isolation: {
            reservedSystemCPUs: "0",
            cpu: { apiServer: "250m", controllerManager: "100m", scheduler: "100m", etcd: "250m" },
          },
        },
      }),
      [
        'controlPlane.isolation.cpu: found shares of a CPU alone, expected whole CPUs for one pod or more, such as "1"; no other is pinned (or set static: false)',
      ],
    ],
    [
      "with CPUs listed backwards",
      given({ controlPlane: { isolation: { reservedSystemCPUs: "3-1" } } }),
      [
        'controlPlane.isolation.reservedSystemCPUs: found "3-1", expected a list of CPUs in quotes, such as "0" or "0-1,8", each CPU once',
      ],
    ],
    [
      "with a CPU listed twice",
      given({ controlPlane: { isolation: { reservedSystemCPUs: "0-1,1" } } }),
      [
        'controlPlane.isolation.reservedSystemCPUs: found "0-1,1", expected a list of CPUs in quotes, such as "0" or "0-1,8", each CPU once',
      ],
    ],
    [
      "with memory in another unit",
      given({ controlPlane: { isolation: { reservedSystemCPUs: "0", memory: { etcd: "2GB" } } } }),
      [
        'controlPlane.isolation.memory.etcd: found "2GB", expected memory in quotes, such as "512Mi" or "2Gi", of 64Mi or more',
      ],
    ],
    [
      "of a component that there is not",
      given({ controlPlane: { isolation: { reservedSystemCPUs: "0", cpu: { apiserver: "1" } } } }),
      ["controlPlane.isolation.cpu.apiserver: no such setting; did you mean apiServer?"],
    ],
  ]));

describe("the API server's settings", () =>
  refuses([
    [
      "with an argument as on the command line",
      given({ apiServer: { extraArgs: { "--v": "2" } } }),
      ['apiServer.extraArgs["--v"]: found "--v", expected the name without "--"; write "v"'],
    ],
    [
      "with an argument that holds the cluster together",
      given({ apiServer: { extraArgs: { "etcd-servers": "https://10.0.0.1:2379" } } }),
      [
        `apiServer.extraArgs.etcd-servers: found "etcd-servers", which is not yours to set; kubeadm's own value holds the cluster together`,
      ],
    ],
    [
      "with an argument that has a setting of its own",
      given({ apiServer: { extraArgs: { "secure-port": "8443", "encryption-provider-config": "/a" } } }),
      [
        'apiServer.extraArgs.secure-port: found "secure-port", which is not yours to set; set endpoint.port or endpoint.apiServerPort',
        'apiServer.extraArgs.encryption-provider-config: found "encryption-provider-config", which is not yours to set; set apiServer.encryption',
      ],
    ],
    [
      "with a number for an argument",
      given({ apiServer: { extraArgs: { "max-requests-inflight": 800 } } }),
      ["apiServer.extraArgs.max-requests-inflight: found 800, expected a text in quotes, as on a command line"],
    ],
    [
      "without anonymous requests, by which machines are probed",
      given({ apiServer: { extraArgs: { "anonymous-auth": "false" } } }),
      [
        'apiServer.extraArgs.anonymous-auth: found "false", expected it left out; each machine, and balancers, ask /readyz and /livez without credentials, and would never announce the VIP',
      ],
    ],
    [
      "with an audit policy that is a word",
      given({ apiServer: { auditPolicy: "all" } }),
      [
        'apiServer.auditPolicy: found "all", expected metadata or the fields of a Policy, such as { rules: [{ level: "Metadata" }] }',
      ],
    ],
    [
      "with an audit policy without rules",
      given({ apiServer: { auditPolicy: {} } }),
      [
        "apiServer.auditPolicy.rules: found nothing, expected one rule or more; the API server refuses a policy without",
      ],
    ],
    [
      "with an audit level that there is not",
      given({ apiServer: { auditPolicy: { rules: [{ level: "metadata" }] } } }),
      ['apiServer.auditPolicy.rules[0].level: found "metadata", expected None, Metadata, Request or RequestResponse'],
    ],
    [
      "with an audit policy's own kind",
      given({ apiServer: { auditPolicy: { kind: "Policy", rules: [{ level: "Metadata" }] } } }),
      [
        `apiServer.auditPolicy.kind: found "Policy", expected it left out; the fields are merged into the cluster's own Policy (audit.k8s.io/v1)`,
      ],
    ],
    [
      "with encryption by a provider that is not offered",
      given({ apiServer: { encryption: "identity" } }),
      ['apiServer.encryption: found "identity", expected secretbox or aescbc'],
    ],
    [
      "with encryption by a provider of weaker keys",
      given({ apiServer: { encryption: "aesgcm" } }),
      ['apiServer.encryption: found "aesgcm", expected secretbox or aescbc'],
    ],
  ]));
