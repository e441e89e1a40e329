import { describe } from "vitest";
import { given, refuses, ssh } from "./samples";

describe("the control plane's parts", () =>
  refuses([
    [
      "with arguments that hold the cluster together",
      given({
        controllerManager: { extraArgs: { "root-ca-file": "/a", "cluster-cidr": "10.0.0.0/8", controllers: "*" } },
        scheduler: { extraArgs: { "leader-elect": "false", kubeconfig: "/a" } },
        etcd: { extraArgs: { "data-dir": "/data", "initial-cluster": "a", "peer-auto-tls": "true" } },
      }),
      [
        `controllerManager.extraArgs.root-ca-file: found "root-ca-file", which is not yours to set; kubeadm's own value holds the cluster together`,
        'controllerManager.extraArgs.cluster-cidr: found "cluster-cidr", which is not yours to set; set network.podCidr',
        'controllerManager.extraArgs.controllers: found "controllers", which is not yours to set; machines join by controllers that are off by default',
        `scheduler.extraArgs.leader-elect: found "leader-elect", which is not yours to set; one machine's leads, and another's when that one is away`,
        `scheduler.extraArgs.kubeconfig: found "kubeconfig", which is not yours to set; kubeadm's own value holds the cluster together`,
        `etcd.extraArgs.data-dir: found "data-dir", which is not yours to set; set etcd.dataDirectory`,
        `etcd.extraArgs.initial-cluster: found "initial-cluster", which is not yours to set; kubeadm's own value holds the cluster together`,
        `etcd.extraArgs.peer-auto-tls: found "peer-auto-tls", which is not yours to set; kubeadm's own value holds the cluster together`,
      ],
    ],
    [
      "with feature gates as an argument",
      given({ scheduler: { extraArgs: { "feature-gates": "A=true" } } }),
      [
        'scheduler.extraArgs.feature-gates: found "feature-gates", which is not yours to set; set featureGates, which all parts of the cluster get',
      ],
    ],
    [
      "with a setting that there is not",
      given({ etcd: { extraVolumes: [] } }),
      [
        "etcd.extraVolumes: no such setting; expected dataDirectory, quotaBytes, autoCompaction, defragment or extraArgs",
      ],
    ],
    [
      "with volumes that cannot be",
      given({
        apiServer: {
          extraVolumes: [
            { name: "k8s-certs", hostPath: "/etc/a" },
            { name: "Hook", hostPath: "etc/b" },
            { name: "c", hostPath: "/etc/../c", pathType: "Socket" },
            { name: "d", hostPath: "/etc/d" },
            { name: "d", hostPath: "/etc/e", mountPath: "/etc/d" },
          ],
        },
      }),
      [
        'apiServer.extraVolumes[0].name: found "k8s-certs", which kubeadm or Rackplane uses, expected another name',
        `apiServer.extraVolumes[1].name: found "Hook", expected a DNS label: a-z, 0-9 and inner "-"`,
        'apiServer.extraVolumes[1].hostPath: found "etc/b", expected an absolute path without "..", such as "/etc/webhook"',
        'apiServer.extraVolumes[2].hostPath: found "/etc/../c", expected an absolute path without "..", such as "/etc/webhook"',
        'apiServer.extraVolumes[2].pathType: found "Socket", expected File, FileOrCreate, Directory or DirectoryOrCreate',
      ],
    ],
    [
      "with two volumes of one name, or at one place",
      given({
        scheduler: {
          extraVolumes: [
            { name: "d", hostPath: "/etc/d" },
            { name: "d", hostPath: "/etc/e", mountPath: "/etc/d" },
          ],
        },
      }),
      [
        'scheduler.extraVolumes[1].name: found "d" twice, expected one of its own for each volume',
        'scheduler.extraVolumes[1].mountPath: found "/etc/d" twice, expected one of its own for each volume',
      ],
    ],
    [
      "with a feature gate that is no name, or no flag",
      given({ featureGates: { "in-place": true, AllAlpha: "true" } }),
      [
        'featureGates.in-place: found "in-place", expected a feature gate of Kubernetes, such as "InPlacePodVerticalScaling"',
        'featureGates.AllAlpha: found "true", expected true or false',
      ],
    ],
  ]));

describe("what the API server reads from files", () =>
  refuses([
    [
      "with authentication without an issuer, and without requests that machines make",
      given({
        apiServer: { authentication: { anonymous: { enabled: false }, jwt: [{ issuer: { url: "http://id" } }] } },
      }),
      [
        "apiServer.authentication.anonymous: found an object, expected it left out; each machine, balancers and machines that join ask without credentials",
        'apiServer.authentication.jwt[0].issuer.url: found "http://id", expected an address that begins with https://',
        "apiServer.authentication.jwt[0].issuer.audiences: found nothing, expected one audience or more",
      ],
    ],
    [
      "with authentication in both forms",
      given({
        apiServer: {
          extraArgs: { "oidc-issuer-url": "https://id" },
          authentication: { jwt: [{ issuer: { url: "https://id", audiences: ["k"] } }] },
        },
      }),
      [
        "apiServer.extraArgs.oidc-issuer-url: found it beside apiServer.authentication, expected one of the two; write the issuer as an entry of authentication.jwt",
      ],
    ],
    [
      "by arguments that have settings of their own",
      given({ apiServer: { extraArgs: { "authentication-config": "/a", "admission-control-config-file": "/b" } } }),
      [
        'apiServer.extraArgs.authentication-config: found "authentication-config", which is not yours to set; set apiServer.authentication',
        'apiServer.extraArgs.admission-control-config-file: found "admission-control-config-file", which is not yours to set; set apiServer.admission',
      ],
    ],
    [
      "with admission plugins without a name, or from a file",
      given({ apiServer: { admission: { plugins: [{ configuration: {} }, { name: "PodSecurity", path: "/a" }] } } }),
      [
        'apiServer.admission.plugins[0].name: found nothing, expected an admission plugin, such as "PodSecurity"',
        `apiServer.admission.plugins[1].path: found "/a", expected the plugin's settings themselves, as configuration`,
      ],
    ],
    [
      "with an admission document of another kind",
      given({ apiServer: { admission: { kind: "Other", plugins: [{ name: "PodSecurity", configuration: {} }] } } }),
      [
        `apiServer.admission.kind: found "Other", expected it left out; the fields are merged into the cluster's own AdmissionConfiguration (apiserver.config.k8s.io/v1)`,
      ],
    ],
  ]));

describe("public keys that may log in", () =>
  refuses([
    [
      "that are private ones, or none",
      ssh({ authorizedKeys: ["-----BEGIN OPENSSH PRIVATE KEY-----", "ssh-ed25519 short"] }),
      [
        "ssh.authorizedKeys[0]: found a private key, expected the public one; machines would be given the private key, so make a new pair if it was shared",
        'ssh.authorizedKeys[1]: found a text that starts with "ssh-ed25519", expected one line such as "ssh-ed25519 AAAA... me@example.com"',
      ],
    ],
  ]));

describe("encryption at rest", () =>
  refuses([
    [
      "with a generation that goes back, or no provider",
      given({ apiServer: { encryption: { generation: -1 } } }),
      [
        "apiServer.encryption.provider: found nothing, expected secretbox or aescbc",
        "apiServer.encryption.generation: found -1, expected a whole number, 0 to 100",
      ],
    ],
  ]));
