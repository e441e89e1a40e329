import type { Problem } from "../values/problems";
import { administrator } from "./administrator";
import { anonymousAuth } from "./anonymous-auth";
import { authentication } from "./authentication";
import { bgpNeighbours } from "./bgp-neighbours";
import { cloudProvider } from "./cloud-provider";
import { duplicateHosts } from "./duplicate-hosts";
import type { Check, Given } from "./given";
import { frontendTargets } from "./frontend-targets";
import { hostFields } from "./host-fields";
import { generationHostNames, generationNames } from "./generations";
import { kubeProxy } from "./kube-proxy";
import { localBalancer } from "./local-balancer";
import { podNetwork } from "./pod-network";
import { duplicatePools, rentedNames } from "./pool-names";
import { publicKey } from "./public-key";
import { ranges } from "./ranges";
import { credentials, rentedWorkers, reservations } from "./rented-machines";
import { serviceAddresses } from "./service-addresses";
import { serviceAnnouncers } from "./service-announcers";
import { signingKey } from "./signing-key";
import { speaker } from "./speaker";
import { vip } from "./vip";
import { vipSubnet } from "./vip-subnet";

/**
 * Every rule between sections, grouped by the section after whose own problems a person reads the rule's. The rules run
 * once all sections were read, so that all problems are reported at once.
 */
export const CHECKS = {
  machines: [reservations, credentials],
  workers: [rentedWorkers, duplicatePools, rentedNames],
  endpoint: [vip, vipSubnet, bgpNeighbours, speaker, localBalancer, frontendTargets],
  services: [serviceAnnouncers, serviceAddresses],
  cloudProvider: [cloudProvider],
  network: [ranges, podNetwork, kubeProxy],
  cluster: [
    duplicateHosts,
    hostFields,
    anonymousAuth,
    authentication,
    signingKey,
    administrator,
    generationNames,
    generationHostNames,
  ],
  ssh: [publicKey],
} as const satisfies Readonly<Record<string, readonly Check[]>>;

/** What every rule finds. */
export const allCrossProblems = (given: Given): Problem[] =>
  Object.values<readonly Check[]>(CHECKS).flatMap(checks => checks.flatMap(check => check(given)));

/** What the rules of one group find. */
export const crossProblems = (section: keyof typeof CHECKS, given: Given): Problem[] =>
  CHECKS[section].flatMap(check => check(given));
