import type { Examination } from "../finding";

/** The endpoint answers a client that is no machine of the cluster, with the cluster's certificate. */
export const outside: Examination = {
  name: "outside",
  examine: ({ outside: seen }) => {
    if (seen === undefined || seen.failures.length === 0) return [];
    const reasons = [...new Set(seen.failures)];
    return [
      {
        machines: [],
        found: `${seen.url}, asked from here: ${seen.failures.length} of ${seen.asked} connections failed (${reasons.join("; ")})`,
        expected: "each to reach an API server with the cluster's certificate",
        todo: `ask it yourself: 'curl -vk ${seen.url}/livez'; where it is well for the machines and not from here, look at the routes to it ('ip route get', the switches' tables) and at firewalls on the way`,
      },
    ];
  },
};
