import { describe } from "vitest";
import { LARGEST_FILE, LARGEST_OBJECT } from "../../../components/config/network/manifest";
import { given, overSsh, refuses, type Refusal } from "./samples";

const network = (fields: object, sections: object = {}): object => given({ network: fields, ...sections });
const manifests = (...texts: string[]): object =>
  network({ kind: "manifests", manifests: texts.map(text => ({ text })) });

/** A configuration that names one file, which holds a text. */
const file = (what: string, content: string, lines: string[]): Refusal => [
  what,
  network({ kind: "manifests", manifests: [{ path: "network/pods.yaml" }] }),
  lines.map(line => `network.manifests[0].path: network/pods.yaml, ${line}`),
  { readFile: () => content },
];

describe("a kind of pod network", () =>
  refuses([
    [
      "in an empty section of YAML, which is null",
      given({ network: null }),
      ["network: found null, expected an object whose kind is flannel or none or manifests or cilium or calico"],
    ],
    [
      "that is misspelt",
      network({ kind: "celium" }),
      ['network.kind: found "celium", expected flannel, none, manifests, cilium or calico; did you mean cilium?'],
    ],
    [
      "with a field of another kind",
      network({ kind: "none", backend: "vxlan" }),
      ["network.backend: no such setting; expected kind, podCidr, serviceCidr, machineCidr or dnsDomain"],
    ],
    [
      "with ranges that overlap, whatever the kind",
      network({ kind: "cilium", podCidr: "10.96.0.0/12" }),
      [
        'network.serviceCidr: found "10.96.0.0/16", which overlaps network.podCidr "10.96.0.0/12"; expected ranges apart, choose another',
      ],
    ],
  ]));

describe("manifests", () =>
  refuses([
    [
      "that are not named",
      network({ kind: "manifests" }),
      ['network.manifests: expected a list of files, such as [{ path: "network/kube-router.yaml" }]'],
    ],
    [
      "of which there are none",
      network({ kind: "manifests", manifests: [] }),
      ["network.manifests: found no object, expected those of a pod network; network.kind none brings none"],
    ],
    [
      "that hold comments alone",
      manifests("# nothing yet\n---\n# still nothing\n"),
      ["network.manifests: found no object, expected those of a pod network; network.kind none brings none"],
    ],
    [
      "given twice, by a path and as text, or not at all",
      network({ kind: "manifests", manifests: [{ path: "a.yaml", text: "x" }, {}] }),
      [
        "network.manifests[0].text: found a path too, expected one of the two; leave one out",
        'network.manifests[1].path: found none, expected a file, such as "network/kube-router.yaml"',
      ],
    ],
    [
      "in a file that is not there",
      network({ kind: "manifests", manifests: [{ path: "pods.yaml" }] }),
      [
        `network.manifests[0].path: cannot read "pods.yaml" (ENOENT: no such file or directory, open 'pods.yaml'); expected a file of manifests, check the path`,
      ],
    ],
    file("that are no YAML", "apiVersion: v1\nkind: [\n", [
      "document 1 (line 1): no YAML at line 3, column 1: Flow sequence in block collection must be sufficiently indented and end with a ]; correct it",
    ]),
    file("with a key twice", "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\nkind: Secret\n", [
      "document 1 (line 1): no YAML at line 4, column 1: Map keys must be unique; correct it",
    ]),
    file("that are a text, a list and an object of nothing", "pods\n---\n- 1\n---\n{}\n", [
      'document 1 (line 1): found "pods", expected an object of Kubernetes',
      "document 2 (line 3): found a list of 1, expected an object of Kubernetes",
      'document 3 (line 5): apiVersion: found nothing, expected one such as "apps/v1"',
    ]),
    file("without kind or name, all told together", "apiVersion: v1\n---\napiVersion: v1\nkind: Secret\n", [
      "document 1 (line 1): kind: found nothing, expected one such as DaemonSet",
      "document 2 (line 3): metadata: found nothing, expected an object with a name",
    ]),
    file("whose version or kind is none", "apiVersion: apps\nkind: x\n---\napiVersion: apps/v1\nkind: daemonset\n", [
      'document 1 (line 1): apiVersion: found "apps", expected one such as "apps/v1"',
      'document 2 (line 4): kind: found "daemonset", expected one such as DaemonSet',
    ]),
    file(
      "whose name is a number, or made up by the API server",
      "{apiVersion: v1, kind: Secret, metadata: {name: 1}}\n---\n{apiVersion: v1, kind: Pod, metadata: {generateName: x-}}\n",
      [
        "document 1 (line 1): metadata.name: found 1, expected a name",
        "document 2 (line 3): metadata.generateName: found one, expected a name: the object has to be the same one at every `up`",
      ],
    ),
    file("that are a list of objects", "{apiVersion: v1, kind: List, items: [{}, {}]}\n", [
      "document 1 (line 1): kind: found List, expected one object a document; write its 2 items as documents of their own",
    ]),
    [
      "with an object twice, in two files and two versions of its group",
      manifests(
        "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: a, namespace: net}}",
        "{apiVersion: v1, kind: Namespace, metadata: {name: net}}\n---\n{apiVersion: policy/v1beta1, kind: PodDisruptionBudget, metadata: {name: a, namespace: net}}",
      ),
      [
        "network.manifests: network.manifests[1].text, document 2: found PodDisruptionBudget net/a again, which is network.manifests[0].text, document 1; expected it once",
      ],
    ],
    [
      "that are too large",
      manifests(`# ${"x".repeat(LARGEST_FILE)}\n`),
      [`network.manifests[0].text: found ${LARGEST_FILE + 3} bytes, expected at most ${LARGEST_FILE}; split the file`],
    ],
    [
      "with an object that etcd does not take",
      manifests(`{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {a: ${"x".repeat(LARGEST_OBJECT)}}}`),
      [
        `network.manifests[0].text: document 1 (line 1): found an object of ${LARGEST_OBJECT + 78} bytes, expected at most ${LARGEST_OBJECT}, as etcd takes no larger request`,
      ],
    ],
    [
      "that multiply themselves by aliases",
      manifests(
        `a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n`,
      ),
      [
        "network.manifests[0].text: document 1 (line 1): no YAML: Excessive alias count indicates a resource exhaustion attack; correct it",
      ],
    ],
  ]));

describe("a chart", () =>
  refuses([
    [
      "of a version that moves",
      network({ kind: "cilium", chart: { version: "latest" } }),
      ['network.chart.version: found "latest", expected an exact version, 1.16.0 to 1.18; the values fit these'],
    ],
    [
      "of Calico without its v, and one that leaves its CRDs out",
      network({ kind: "calico", chart: { version: "v3.32.0" } }),
      ['network.chart.version: found "v3.32.0", expected an exact version, "v3.28.0" to v3.31; the values fit these'],
    ],
    [
      "from a repository that is no URL",
      network({ kind: "cilium", chart: { repository: "mirror.example.com" } }),
      [
        'network.chart.repository: found "mirror.example.com", expected a URL with https://, http:// or oci://, such as "https://mirror.example.com/charts"',
      ],
    ],
    [
      "both on disk and from a repository",
      network({ kind: "cilium", chart: { path: "charts/cilium.tgz", version: "1.18.4" } }),
      ["network.chart.version: found chart.path too, which needs none; leave one of the two out"],
      { readFile: () => "" },
    ],
    [
      "that is not there",
      network({ kind: "cilium", chart: { path: "charts/cilium" } }),
      [
        `network.chart.path: cannot read "charts/cilium" (ENOENT: no such file or directory, open 'charts/cilium/Chart.yaml'); expected the chart cilium: a folder with Chart.yaml, or a .tgz archive`,
      ],
    ],
    [
      "of something else",
      network({ kind: "calico", chart: { path: "charts/calico" } }),
      ['network.chart.path: found a chart called "calico", expected tigera-operator'],
      { readFile: () => "name: calico\nversion: v3.31.5\n" },
    ],
    [
      "with an MTU that leaves pods no room",
      network({ kind: "calico", mtu: 1280 }),
      ["network.mtu: found 1280, expected the MTU of the machines' network in bytes, 1330 to 9216"],
    ],
    [
      "of Cilium with values that settings give",
      network({
        kind: "cilium",
        values: { k8sServiceHost: "10.0.0.1", ipam: { mode: "cluster-pool" }, MTU: 1400, kubeProxyReplacement: true },
      }),
      [
        'network.values.ipam.mode: found "cluster-pool", expected it left out: it comes from network.podCidr, of which Kubernetes gives each machine its share',
        'network.values.k8sServiceHost: found "10.0.0.1", expected it left out: it comes from the endpoint',
        "network.values.kubeProxyReplacement: found true, expected it left out: it comes from network.kubeProxyReplacement",
        "network.values.MTU: found 1400, expected it left out: it comes from network.mtu",
      ],
    ],
    [
      "of Calico with pools of its own",
      network({ kind: "calico", values: { installation: { calicoNetwork: { ipPools: [] } } } }),
      [
        "network.values.installation.calicoNetwork.ipPools: found an empty list, expected it left out: it comes from network.podCidr",
      ],
    ],
    [
      "with values that are none",
      network({ kind: "cilium", values: ["hubble"] }),
      ["network.values: found a list of 1, expected fields of the chart cilium, such as { priorityClassName: high }"],
    ],
  ]));

describe("Cilium in place of kube-proxy", () =>
  refuses([
    [
      "with settings for kube-proxy",
      overSsh({ network: { kind: "cilium", kubeProxyReplacement: true }, kubeProxy: { mode: "nftables" } }),
      ["kubeProxy: found mode, expected it left out: with network.kubeProxyReplacement there is no kube-proxy"],
    ],
    [
      "as a word",
      network({ kind: "cilium", kubeProxyReplacement: "strict" }),
      ['network.kubeProxyReplacement: found "strict", expected true or false'],
    ],
    [
      "under Calico",
      network({ kind: "calico", kubeProxyReplacement: true }),
      [
        "network.kubeProxyReplacement: no such setting; expected kind, podCidr, serviceCidr, machineCidr, dnsDomain, mtu, chart or values",
      ],
    ],
  ]));
