/** kubeadm's own limits and their defaults in seconds (kubeadm.k8s.io/v1beta4, Timeouts). */
const LIMITS = {
  controlPlaneComponentHealthCheck: 240,
  kubeletHealthCheck: 240,
  kubernetesAPICall: 60,
  etcdAPICall: 120,
  tlsBootstrap: 300,
  discovery: 300,
} as const;

/** The default of `deadlines.member`, which kubeadm's own limits fit into. */
const MEMBER_SECONDS = 600;

/**
 * kubeadm's limits for a machine that is given more time than usual to become a member: as many times the defaults.
 * Without them kubeadm would give up after its own four minutes, whatever the deadline.
 *
 * @param memberSeconds `deadlines.member`
 * @returns nothing up to its default: kubeadm's defaults fit
 */
export function timeoutsFor(memberSeconds: number = MEMBER_SECONDS): { timeouts?: Record<string, string> } {
  const times = memberSeconds / MEMBER_SECONDS;
  if (times <= 1) return {};
  const longer = Object.entries(LIMITS).map(([limit, seconds]) => [limit, `${Math.round(seconds * times)}s`]);
  return { timeouts: Object.fromEntries(longer) as Record<string, string> };
}
