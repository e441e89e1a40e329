import type { Examination } from "../finding";

/** Machines that belong to the stack's cluster and have one and the same CA. */
export const sameCluster: Examination = {
  name: "same-cluster",
  examine: ({ cluster, machines }) => {
    const strangers = machines.flatMap(({ name, seen }) =>
      seen === undefined || seen.cluster === cluster || seen.cluster === ""
        ? []
        : [
            {
              machines: [name],
              found: `it is one of the cluster ${seen.cluster}`,
              expected: `${cluster}, as the stack file has it`,
              todo: "correct the machine's address or rackplane:name in the stack file",
            },
          ],
    );
    const first = certificates(machines.find(({ seen }) => seen?.ca)?.seen?.ca);
    // While authorities are exchanged, machines trust two of them or one.
    const others = machines.filter(
      ({ seen }) => seen?.ca && !certificates(seen.ca).some(certificate => first.includes(certificate)),
    );
    return [
      ...strangers,
      ...others.map(({ name }) => ({
        machines: [name],
        found: "its /etc/kubernetes/pki/ca.crt is not that of the other machines",
        expected: "one CA in the cluster",
        todo: "'openssl x509 -noout -fingerprint -in /etc/kubernetes/pki/ca.crt' shows each; take a machine that formed a cluster of its own out ('kubeadm reset') and run 'pulumi up'",
      })),
    ];
  },
};

/** Those of a PEM file; a text that holds none stands for itself. */
function certificates(pem: string | null | undefined): string[] {
  if (!pem) return [];
  return pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [pem.trim()];
}
