import { cloudProviderCapabilities } from "../cloud-provider/cloud-provider-kinds";
import { capabilitiesOf } from "../machines/machine-kinds";
import { bgpServices } from "../services/service-kinds";
import { problem, type Path, type Problem } from "../values/problems";
import type { Check, Given } from "./given";

const PATH: Path = ["cloudProvider"];

/** Whether the provider's controller knows which machines are meant, and does nothing that another one does. */
export const cloudProvider: Check = given =>
  cloudProviderCapabilities(given.cloudProvider) === undefined
    ? []
    : [...projectProblems(given), ...metroProblems(given), ...addressProblems(given)];

/** Rented machines are in the project that they are rented in; of others the configuration has to say it. */
function projectProblems({ machines, cloudProvider }: Given): Problem[] {
  const home = capabilitiesOf(machines);
  const said = cloudProvider?.says("projectId") === true;
  if (home === undefined || said !== home.rents) return [];
  return [
    problem(
      [...PATH, "projectId"],
      said
        ? `found one with machines ${home.where}, expected none; it is the project that they are rented in`
        : `found none with machines ${home.where}, expected the id of the project whose devices they are, such as 0b6e2d0c-59a6-4a5a-9c3d-2f6f0d9c7a11`,
    ),
  ];
}

const fromAnnotations = ({ services }: Given): boolean => bgpServices(services)?.peers === "annotations";

function metroProblems(given: Given): Problem[] {
  const { partial, says } = given.cloudProvider ?? {};
  return says?.("metro") === true && partial?.metro !== undefined && !fromAnnotations(given)
    ? [
        problem(
          [...PATH, "metro"],
          `found "${partial.metro}" without services.peers annotations, expected none; it says where addresses for Services are reserved`,
        ),
      ]
    : [];
}

/** Two controllers that both give addresses would undo one another's work. */
function addressProblems(given: Given): Problem[] {
  if (cloudProviderCapabilities(given.cloudProvider)?.givesAddresses !== true || !fromAnnotations(given)) return [];
  return ["addresses", "reserve"]
    .filter(key => given.services?.says(key))
    .map(key =>
      problem(
        ["services", key],
        "found some with peers from annotations and a cloud provider, expected none; the provider's controller reserves an address for each Service",
      ),
    );
}
