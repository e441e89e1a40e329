import { z } from "zod";
import { DEFAULT_KUBERNETES_VERSION } from "../../cloud-init/kubernetes-versions";
import { certificatesSchema } from "./certificates";
import { controlPlaneSchema } from "./control-plane";
import { deadlinesSchema } from "./deadlines";
import { etcdSchema } from "./etcd";
import { GENERATION_FIELDS } from "./generations";
import { kubeconfigsSchema } from "./kubeconfigs";
import { apiServerSchema } from "./kubernetes/api-server";
import { featureGatesSchema } from "./kubernetes/feature-gates";
import { controllerManagerSchema, schedulerSchema } from "./kubernetes/parts";
import { passthrough } from "./kubernetes/passthrough";
import { KUBERNETES_VERSION, kubernetesVersionProblem } from "./kubernetes/versions";
import { mirrorsSchema } from "./mirrors";
import { packagesSchema } from "./packages";
import { checkedText, flag, list } from "./values/forms";
import { CLUSTER_NAME, certificateNameProblem, isClusterName } from "./values/names";
import { describe } from "./values/problems";

/** Everything but the sections that come in kinds or are read from files, which have modules of their own. */
export const clusterSchema = z
  .object({
    name: checkedText(CLUSTER_NAME, name =>
      isClusterName(name) ? undefined : `found ${describe(name)}, expected ${CLUSTER_NAME}`,
    ).optional(),
    kubernetesVersion: checkedText(KUBERNETES_VERSION, kubernetesVersionProblem).default(DEFAULT_KUBERNETES_VERSION),
    controlPlane: controlPlaneSchema,
    machines: z.unknown(),
    workers: z.unknown(),
    endpoint: z.unknown(),
    services: z.unknown(),
    cloudProvider: z.unknown(),
    network: z.unknown(),
    ssh: z.unknown(),
    mirrors: mirrorsSchema,
    packages: packagesSchema,
    kubelet: passthrough("KubeletConfiguration", "{ maxPods: 200 }").default({}),
    kubeProxy: passthrough("KubeProxyConfiguration", '{ mode: "nftables" }').default({}),
    apiServer: apiServerSchema,
    controllerManager: controllerManagerSchema,
    scheduler: schedulerSchema,
    etcd: etcdSchema,
    featureGates: featureGatesSchema,
    apiServerNames: list(
      "a list of names and addresses",
      checkedText("a DNS name or an address", certificateNameProblem),
    ).default([]),
    certificates: certificatesSchema,
    kubeconfigs: kubeconfigsSchema,
    ...GENERATION_FIELDS,
    protect: flag().default(false),
    backups: z.unknown(),
    restore: z.unknown(),
    deadlines: deadlinesSchema,
  })
  .strict();

export type ClusterSections = z.output<typeof clusterSchema>;
