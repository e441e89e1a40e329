import type { Examination } from "../finding";
import { annotations } from "./annotations";
import { clock } from "./clock";
import { condition } from "./condition";
import { holders } from "./holders";
import { members } from "./members";
import { nodes } from "./nodes";
import { outside } from "./outside";
import { program, programVersion } from "./program";
import { sameCluster } from "./same-cluster";
import { ssh } from "./ssh";
import { workloads } from "./workloads";

/**
 * Everything that is examined, in the order in which a packet and a request need it: the first finding is the fault to
 * mend first. `condition` takes a condition that each machine judges itself (cloud-init/node/health/conditions.json);
 * the others compare machines with one another, with the stack file and with the clock and the network here.
 */
export const EXAMINATIONS: readonly Examination[] = [
  ssh,
  program,
  sameCluster,
  clock,
  condition("disk"),
  condition("time-sync"),
  condition("prepared"),
  condition("metadata"),
  condition("neighbours"),
  condition("routes"),
  condition("sessions"),
  condition("containerd"),
  condition("kubelet"),
  condition("parts"),
  condition("etcd-here"),
  condition("etcd-alarms"),
  members,
  condition("etcd"),
  condition("certificate-names"),
  condition("certificates"),
  condition("api-server"),
  condition("announcer"),
  condition("vip"),
  condition("daemons"),
  condition("balancer"),
  condition("announced"),
  holders,
  condition("one-holder"),
  condition("local-balancer"),
  condition("endpoint"),
  outside,
  condition("node"),
  nodes,
  annotations,
  workloads,
  condition("dns"),
  condition("service"),
  condition("backups"),
  condition("isolation"),
  programVersion,
];
