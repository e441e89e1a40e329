import * as pulumi from "@pulumi/pulumi";
import type { Grant, GrantAuthorities, MadeAuthorities, WorkerTrust } from "../../cloud-init/contract/grant";
import type { AuthoritiesSpec } from "../config/certificates";
import { command } from "../machines/command";
import { receiveGrant } from "../machines/connection";
import type { PreparedMachine } from "../machines/machine";
import { timeouts } from "../machines/timeouts";
import { secretAnswer } from "./answer";
import { pinOf, pkiAfter, stageHashes, toldOf, workerTrusts, type Exchange, type Pki } from "./authority-steps";
import type { Formation } from "./form";
import { grant, type MembershipContext } from "./grant";

/** The cluster's certificate authorities, as its machines are to have them. */
export interface Authorities {
  /** Secret. */
  readonly pki: pulumi.Output<Pki>;
  /** Certificates that clients of the cluster trust, PEM. */
  readonly trusted: pulumi.Output<string>;
  /** The exchange that is asked for; undefined where the authorities are those of the formation. */
  readonly exchange?: {
    readonly spec: AuthoritiesSpec;
    readonly forMembers: pulumi.Output<GrantAuthorities>;
    readonly forWorkers: pulumi.Output<WorkerTrust>;
    /** What `check-authorities` is given besides. Secret. */
    readonly earlier: pulumi.Output<GrantAuthorities["earlier"]>;
  };
}

/** What the configuration's step is of; a cluster that was formed under this number has had no exchange. */
interface Asked extends Exchange {
  readonly step: AuthoritiesSpec["step"];
  readonly formedSo: boolean;
}

/**
 * The authorities that the configuration asks for. New ones are made once for each number, on the first machine, and kept in
 * the state, as those of the formation are: `<cluster>-authorities-<number>`. An exchange needs those before them, too.
 */
export function authorities(
  cluster: MembershipContext,
  { first, formation }: { first: PreparedMachine; formation: Formation },
): Authorities {
  const spec = cluster.spec.certificates.authorities;
  if (spec === undefined)
    return { pki: formation.pki, trusted: pulumi.unsecret(formation.pki).apply(pki => pki["ca.crt"]) };
  const { generation, step } = spec;
  const [earlier, next] = [generation - 1, generation].map(number =>
    number === 0 ? pulumi.output(undefined) : made(cluster, { first, formation, number }),
  );
  const asked = pulumi
    .all([formation.pki, formation.generation, earlier, next])
    .apply(([formed, base, earlier, next]): Asked => {
      if (generation < base)
        throw new Error(
          `certificates.authorities.generation: found ${generation}, expected ${base} or more, with which the cluster was formed`,
        );
      if (generation === base || next === undefined)
        return { earlier: formed, next: formed, step: "forget", formedSo: true };
      const before = generation - 1 === base || earlier === undefined ? formed : { ...formed, ...earlier };
      return { earlier: before, next, step, formedSo: false };
    });
  const pki = asked.apply(asked => pkiAfter(asked, asked.step));
  const plain = pulumi.unsecret(asked);
  return {
    pki,
    trusted: plain.apply(asked => pkiAfter(asked, asked.step)["ca.crt"]),
    exchange: {
      spec,
      forMembers: plain.apply(asked => ({ generation, step: asked.step, stages: stageHashes(asked) })),
      forWorkers: plain.apply(asked => ({
        authorities: workerTrusts(asked, asked.step),
        pins: [...new Set([asked.earlier, asked.next].flatMap(pki => pinOf(pki["ca.crt"]) ?? []))],
      })),
      earlier: asked.apply(({ earlier, step, formedSo }) =>
        step === "forget" && !formedSo ? { "ca.crt": earlier["ca.crt"], "ca.key": earlier["ca.key"] } : undefined,
      ),
    },
  };
}

/** What the grant of a member says of the cluster's keys. */
export const keysOf = ({ formation, authorities }: { formation: Formation; authorities: Authorities }) => ({
  pki: authorities.pki,
  authorities: authorities.exchange?.forMembers,
  formed: pulumi.unsecret(formation.pki).apply(pki => pki["ca.crt"]),
});

function made(
  cluster: MembershipContext,
  { first, formation, number }: { first: PreparedMachine; formation: Formation; number: number },
): pulumi.Output<MadeAuthorities> {
  const resource = command(cluster, {
    name: `authorities-${number}`,
    machine: first,
    line: receiveGrant("make-authorities"),
    stdin: machine => grant(cluster, { verb: "make-authorities", machine }),
    secretOutputs: true,
    lifetime: "once",
    timeout: timeouts(cluster.spec).verb,
    after: [formation.resource, first.prepared],
  });
  return secretAnswer(resource).apply(text => JSON.parse(text) as MadeAuthorities);
}

/**
 * `<cluster>-authorities-check`: before a step changes anything, every machine has ended the one before. The first member
 * asks them (verbs/check-authorities.sh); where one has not, the `up` ends here. It is asked once for each step: what is
 * repaired later does not wait for it, on a machine that is away for instance.
 */
export const checkAuthorities = (
  cluster: MembershipContext,
  args: {
    readonly first: PreparedMachine;
    readonly authorities: Authorities;
    readonly after: readonly pulumi.Resource[];
  },
): pulumi.Resource[] =>
  stepCommand(cluster, { ...args, name: "authorities-check", verb: "check-authorities", asks: true });

/** `<cluster>-authorities-told`: after the members, the cluster's documents and its pods follow (verbs/publish-authorities.sh). */
export const publishAuthorities = (
  cluster: MembershipContext,
  args: {
    readonly first: PreparedMachine;
    readonly authorities: Authorities;
    readonly after: readonly pulumi.Resource[];
  },
): pulumi.Resource[] => stepCommand(cluster, { ...args, name: "authorities-told", verb: "publish-authorities" });

function stepCommand(
  cluster: MembershipContext,
  args: {
    readonly name: string;
    readonly verb: Grant["verb"];
    readonly first: PreparedMachine;
    readonly authorities: Authorities;
    /** It asks before the step, with the keys of it. */
    readonly asks?: true;
    readonly after: readonly pulumi.Resource[];
  },
): pulumi.Resource[] {
  const { name, verb, first, authorities, asks, after } = args;
  const { exchange } = authorities;
  if (exchange === undefined) return [];
  const asked = pulumi
    .all([exchange.forMembers, asks ? exchange.earlier : undefined])
    .apply(
      ([{ generation, step, stages }, earlier]): GrantAuthorities => ({
        generation,
        step,
        ...(asks ? { stages } : {}),
        ...(earlier === undefined ? {} : { earlier }),
      }),
    );
  const told = toldOf(exchange.spec);
  return [
    command(cluster, {
      name,
      machine: first,
      // What a preview shows, since what the line reads is secret.
      line: machine => `${receiveGrant(verb)(machine)} # ${told}`,
      stdin: machine =>
        grant(cluster, { verb, machine, authorities: asked, ...(asks ? { pki: authorities.pki } : {}) }),
      secretStdin: true,
      secretOutputs: true,
      ...(asks ? { lifetime: "once", due: pulumi.output(told) } : { lifetime: "every change" }),
      timeout: timeouts(cluster.spec).verb,
      after: [first.prepared, ...after],
    }),
  ];
}
