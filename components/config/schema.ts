import { z } from "zod";
import { apiServerSchema } from "./kubernetes/api-server";
import { FLANNEL_BACKENDS } from "./args";
import { COUNT, countProblem } from "./machines/control-plane-count";
import { IMAGE, imageProblem } from "./values/images";
import { mirrorsSchema } from "./mirrors";
import { CLUSTER_NAME, certificateNameProblem, isClusterName, isDnsName } from "./values/names";
import { passthrough } from "./kubernetes/passthrough";
import { describe } from "./values/problems";
import { MACHINE_SIZE, POD_SIZE, SERVICE_SIZE, rangeProblem, type SizeRule } from "./values/ranges";
import { checkedText, expecting, flag, list, oneOf, whole } from "./values/forms";
import { DEFAULT_KUBERNETES_VERSION } from "../../cloud-init/kubernetes-versions";
import { KUBERNETES_VERSION, kubernetesVersionProblem } from "./kubernetes/versions";

const count = z
  .number(expecting(COUNT))
  .int()
  .superRefine((found, context) => {
    const message = countProblem(found);
    if (message !== undefined) context.addIssue({ code: "custom", message });
  });

const range = (size: SizeRule): z.ZodEffects<z.ZodString, string, string> =>
  checkedText("an IPv4 range in quotes", value => rangeProblem(value, size));

const dnsName = checkedText("a DNS name", name =>
  isDnsName(name)
    ? undefined
    : `found ${JSON.stringify(name)}, expected a DNS name in lower case, such as "cluster.local"`,
);

const network = z
  .object({
    podCidr: range(POD_SIZE).default("10.244.0.0/16"),
    serviceCidr: range(SERVICE_SIZE).default("10.96.0.0/16"),
    machineCidr: range(MACHINE_SIZE).optional(),
    dnsDomain: dnsName.default("cluster.local"),
    backend: oneOf(FLANNEL_BACKENDS).default("vxlan"),
    flannelImage: checkedText(IMAGE, image => imageProblem(image)).default("ghcr.io/flannel-io/flannel:v0.26.7"),
  })
  .strict()
  .default({});

const deadlines = z
  .object({
    metadata: whole("whole seconds", 10, 3600).default(300),
    bgpNeighbors: whole("whole seconds", 10, 7200).default(900),
    downloads: whole("whole seconds", 30, 7200).default(900),
    member: whole("whole seconds", 60, 7200).default(600),
  })
  .strict()
  .default({});

/** Everything but what comes in kinds and what is read from files, which have modules of their own. */
export const clusterSchema = z
  .object({
    name: checkedText(CLUSTER_NAME, name =>
      isClusterName(name) ? undefined : `found ${describe(name)}, expected ${CLUSTER_NAME}`,
    ).optional(),
    kubernetesVersion: checkedText(KUBERNETES_VERSION, kubernetesVersionProblem).default(DEFAULT_KUBERNETES_VERSION),
    controlPlane: z
      .object({ count: count.optional(), schedulable: flag().default(false), isolation: z.unknown() })
      .strict()
      .default({}),
    machines: z.unknown(),
    workers: z.unknown(),
    endpoint: z.unknown(),
    network,
    ssh: z.unknown(),
    mirrors: mirrorsSchema,
    kubelet: passthrough("KubeletConfiguration", "{ maxPods: 200 }").default({}),
    kubeProxy: passthrough("KubeProxyConfiguration", '{ mode: "nftables" }').default({}),
    apiServer: apiServerSchema,
    apiServerNames: list(
      "a list of names and addresses",
      checkedText("a DNS name or an address", certificateNameProblem),
    ).default([]),
    deadlines,
  })
  .strict();

export type ClusterSections = z.output<typeof clusterSchema>;
