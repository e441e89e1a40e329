import { describe } from "vitest";
import { UUID, given, hosts, overSsh, refuses } from "./samples";

const CLOUD = { kind: "equinix-metal", apiToken: "token" } as const;
const TOKEN = "expected an API token; run pulumi config set --path rackplane:cloudProvider.apiToken --secret";
const IMAGE = 'expected an image with its version, such as "registry.example.com/name:v1.2.3"';

/** Rented machines, workers among them, with a cloud provider. */
const rented = (fields: object = {}, sections: object = {}): object =>
  given({
    cloudProvider: { ...CLOUD, ...fields },
    workers: [
      {
        name: "general",
        machines: {
          kind: "equinix-metal",
          count: 2,
          plan: "c3.small.x86",
          operatingSystem: "debian_12",
          metros: ["da"],
        },
      },
    ],
    ...sections,
  });
/** Machines over SSH with a cloud provider. */
const existing = (fields: object = {}, sections: object = {}): object =>
  overSsh({ cloudProvider: { ...CLOUD, ...fields }, workers: [{ name: "general", machines: hosts(21) }], ...sections });

describe("a cloud provider", () =>
  refuses([
    [
      "that is a word",
      rented({}, { cloudProvider: "equinix-metal" }),
      ['cloudProvider: found "equinix-metal", expected an object whose kind is equinix-metal'],
    ],
    ["without a kind", rented({ kind: undefined }), ["cloudProvider.kind: found nothing, expected equinix-metal"]],
    [
      "of a kind that there is not",
      rented({ kind: "metal" }),
      ['cloudProvider.kind: found "metal", expected equinix-metal'],
    ],
    ["without a token", rented({ apiToken: undefined }), [`cloudProvider.apiToken: found nothing, ${TOKEN}`]],
    ["with an empty token", rented({ apiToken: "" }), [`cloudProvider.apiToken: found an empty text, ${TOKEN}`]],
    [
      "with a token of two words, which are not quoted",
      rented({ apiToken: "Bearer s3cr3t" }),
      [`cloudProvider.apiToken: found one with spaces in it, ${TOKEN}`],
    ],
    ["with a token that is a number", rented({ apiToken: 7 }), [`cloudProvider.apiToken: found a number, ${TOKEN}`]],
    [
      "with a field of another spelling",
      rented({ project: UUID }),
      ["cloudProvider.project: no such setting; did you mean projectId?"],
    ],
    [
      "with an image that moves",
      rented({ image: "quay.io/equinix-oss/cloud-provider-equinix-metal:latest" }),
      [`cloudProvider.image: found "quay.io/equinix-oss/cloud-provider-equinix-metal:latest", which moves; ${IMAGE}`],
    ],
    [
      "with a metro that is a facility",
      rented({ metro: "da11" }, { services: { kind: "kube-vip-bgp", peers: "annotations" } }),
      ['cloudProvider.metro: found "da11", expected a metro code, such as "da"'],
    ],
    [
      "with a metro where it reserves no address",
      rented({ metro: "da" }),
      [
        'cloudProvider.metro: found "da" without services.peers annotations, expected none; it says where addresses for Services are reserved',
      ],
    ],
    [
      "with another project than that of the rented machines",
      rented({ projectId: UUID }),
      [
        "cloudProvider.projectId: found one with machines on Equinix Metal, expected none; it is the project that they are rented in",
      ],
    ],
    [
      "for machines over SSH without their project",
      existing(),
      [
        "cloudProvider.projectId: found none with machines over SSH, expected the id of the project whose devices they are, such as 0b6e2d0c-59a6-4a5a-9c3d-2f6f0d9c7a11",
      ],
    ],
    [
      "for machines over SSH with a project's name",
      existing({ projectId: "lab" }),
      [
        'cloudProvider.projectId: found "lab", expected the project\'s id, a UUID such as 0b6e2d0c-59a6-4a5a-9c3d-2f6f0d9c7a11',
      ],
    ],
    [
      "beside another one that gives addresses",
      rented(
        {},
        {
          services: {
            kind: "kube-vip-bgp",
            peers: "annotations",
            addresses: ["203.0.113.64/30"],
            reserve: { quantity: 2, metro: "da" },
          },
        },
      ),
      ["addresses", "reserve"].map(
        key =>
          `services.${key}: found some with peers from annotations and a cloud provider, expected none; the provider's controller reserves an address for each Service`,
      ),
    ],
  ]));
