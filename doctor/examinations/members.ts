import type { Examination, Finding } from "../finding";

/** As etcdctl writes a member's ID. */
const hex = (id: string) => BigInt(id).toString(16);

const etcdctl = (pod: string) =>
  `kubectl -n kube-system exec etcd-${pod} -- etcdctl --cacert /etc/kubernetes/pki/etcd/ca.crt --cert /etc/kubernetes/pki/etcd/healthcheck-client.crt --key /etc/kubernetes/pki/etcd/healthcheck-client.key`;

/** etcd's members are the control plane's machines, all voting. Whether each is well, the condition `etcd` asks. */
export const members: Examination = {
  name: "members",
  examine: ({ machines }) => {
    const speaker = machines.find(({ seen }) => seen?.members);
    const list = speaker?.seen?.members;
    if (speaker === undefined || !list) return [];
    const controlPlane = machines.filter(({ role }) => role === "control-plane");
    const expected = `${controlPlane.length} voting members, the machines of the control plane`;
    const missing = controlPlane.filter(
      ({ name, seen }) => !list.some(m => m.name === name || m.address === seen?.address),
    );
    return [
      ...missing.map(
        ({ name }): Finding => ({
          machines: [name],
          found: `etcd lists ${list.length} members, and this machine is none of them`,
          expected,
          todo: "run 'pulumi up', which lets it join again",
        }),
      ),
      ...list.flatMap(({ id, name, address, learner }): Finding[] => {
        const ours = controlPlane.some(m => m.name === name || m.seen?.address === address);
        if (!ours && name !== "-")
          return [
            {
              machines: [],
              found: `etcd lists ${name} at ${address}, which is no machine of the stack`,
              expected,
              todo: `take it out: '${etcdctl(speaker.name)} member remove ${hex(id)}'`,
            },
          ];
        if (!learner) return [];
        return [
          {
            machines: name === "-" ? [] : [name],
            found: `etcd has ${name === "-" ? `the machine at ${address}` : "it"} as a learner, which has no vote`,
            expected,
            todo: "run 'pulumi up', which ends its join; a learner that is left is taken out by the machine's next join",
          },
        ];
      }),
    ];
  },
};
