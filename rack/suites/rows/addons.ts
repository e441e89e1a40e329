import type { Suite } from "../suite";
import { folder } from "./row";

/** What runs in the cluster, and who looks at it. */
export const ADDONS: readonly Suite[] = [
  folder({
    name: "services",
    shows:
      "Services of type LoadBalancer over BGP and by ARP: a client outside, a worker that loses power, twenty at once, one deleted, neighbours from annotations, and the section taken out",
    minutes: 8,
    needs: "root",
    core: false,
    covers: [
      "components/addons",
      "components/config/services",
      "rack/tools/kube-vip",
      "rack/network",
      "rack/stacks/rack-services",
    ],
  }),
  folder({
    name: "pod-network",
    shows:
      "a cluster without a pod network, which `up` and the doctor name; one that is brought by hand; a person's manifests, good and bad; what the charts of Cilium and Calico install, checked by the API server",
    minutes: 5,
    needs: "root",
    core: false,
    covers: [
      "components/addons",
      "components/config/network",
      "cloud-init/node/grant/verbs/await-nodes.sh",
      "rack/stacks/rack-manifests.yaml",
      "rack/stacks/manifests",
    ],
  }),
  folder({
    name: "local-balancers",
    shows:
      "workers with a balancer of their own: the VIP's holder loses power, every API server is away for 20 s, the control plane grows and shrinks, the setting goes and comes, and no kubelet is NotReady",
    minutes: 8,
    needs: "root",
    core: false,
    covers: [
      "cloud-init/node/grant/lib/local-balancer.sh",
      "cloud-init/node/grant/jq/haproxy.jq",
      "cloud-init/node/grant/membership/worker.sh",
      "components/config/endpoint/local-balancer.ts",
      "bench/scenarios/local-balancers.ts",
    ],
  }),
  folder({
    name: "cloud",
    shows:
      "an external cloud provider: Nodes initialised by its controller, a Service's address reserved by it, neighbours that kube-vip reads from both forms of its annotations; taken out, and refused when put back",
    minutes: 6,
    needs: "root",
    core: false,
    covers: [
      "components/addons/cloud-provider",
      "components/config/cloud-provider",
      "rack/tools/cloud-provider",
      "rack/stacks/rack-cloud",
      "cloud-init/node/grant/membership/cloud-provider.sh",
    ],
  }),
  folder({
    name: "doctor",
    shows:
      "27 faults on a running cluster, one at a time, each named first by `./rackplane doctor` with what mends it, and healed; a second holder of the VIP; healthy clusters in which it finds nothing",
    minutes: 8,
    needs: "root",
    core: false,
    covers: ["doctor", "cloud-init/node/health", "cloud-init/node/grant/verbs/examine.sh"],
  }),
  folder({
    name: "conformance",
    shows: "Kubernetes' own conformance tests of the network pass, asked through a Service of type LoadBalancer",
    minutes: 5,
    needs: "root",
    core: false,
    covers: ["components/addons", "components/config/network", "rack/tools/conformance", "rack/tools/coredns"],
  }),
];
