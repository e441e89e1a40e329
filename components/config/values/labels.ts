import { z } from "zod";
import { isDnsName } from "./names";
import { describe } from "./problems";
import { checkedText, expecting, oneOf } from "./forms";

/** Kubernetes' effects of a taint. */
export const EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"] as const;

/** kubernetes.io, "Labels and Selectors": 63 characters, alphanumeric at both ends. */
const NAME = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
const KEY = 'a label\'s key, such as "example.com/disk"';
const VALUE = 'a text of at most 63 characters: A-Z, a-z, 0-9 and inner "-", "_" and "."';

/** The prefixes of Kubernetes' own that a kubelet may set on its Node (NodeRestriction; kubelet --node-labels). */
const OWN_PREFIXES = ["kubelet.kubernetes.io", "node.kubernetes.io"];
const OWN_KEYS = ["topology.kubernetes.io/zone", "topology.kubernetes.io/region"];
const RESERVED = /(^|\.)(kubernetes|k8s)\.io$/;

function keyProblem(key: string): string | undefined {
  const parts = key.split("/");
  const name = parts[parts.length - 1] ?? "";
  const prefix = parts.length === 2 ? parts[0] : undefined;
  return parts.length > 2 || !NAME.test(name) || (prefix !== undefined && !isDnsName(prefix))
    ? `found ${describe(key)}, expected ${KEY}: an optional DNS name and "/", then at most 63 letters, digits, "-", "_" and "."`
    : undefined;
}

/** The reason against a label that a worker's own kubelet sets. */
export function labelKeyProblem(key: string): string | undefined {
  const reason = keyProblem(key);
  if (reason !== undefined) return reason;
  const prefix = key.includes("/") ? key.slice(0, key.indexOf("/")) : "";
  const own = OWN_KEYS.includes(key) || OWN_PREFIXES.some(one => prefix === one || prefix.endsWith(`.${one}`));
  return RESERVED.test(prefix) && !own
    ? `found ${JSON.stringify(key)}, which a worker may not give itself (NodeRestriction); expected a prefix of your own, such as "example.com/${key.slice(prefix.length + 1)}"`
    : undefined;
}

const valueProblem = (value: string): string | undefined =>
  value === "" || NAME.test(value) ? undefined : `found ${describe(value)}, expected ${VALUE}`;

export const labelsSchema = z.record(
  checkedText(KEY, labelKeyProblem),
  checkedText(`${VALUE}, in quotes`, valueProblem),
  expecting('an object of label to value, such as {"example.com/disk": "nvme"}'),
);

export const taintsSchema = z.array(
  z
    .object({
      key: checkedText(KEY, keyProblem),
      value: checkedText(`${VALUE}, in quotes`, valueProblem).optional(),
      effect: oneOf(EFFECTS),
    })
    .strict(),
  expecting("a list of taints, each with key and effect"),
);
