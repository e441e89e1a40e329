import { capabilitiesOf } from "../machines/machine-kinds";
import { problem } from "../values/problems";
import type { Check } from "./given";

/** Rented machines are given a public key; machines that exist have it already. */
export const publicKey: Check = ({ machines, ssh: { says, problems } }) => {
  const noSection = problems.some(({ propertyPath }) => propertyPath === "ssh");
  if (capabilitiesOf(machines)?.rents === false || noSection || says("publicKey") || says("publicKeyPath")) return [];
  const alone = says("privateKey") || says("privateKeyPath");
  return [
    problem(
      ["ssh"],
      alone
        ? "found a private key and no public key, expected both; set ssh.publicKeyPath (ssh-keygen -y makes it from the private key)"
        : 'found no key, expected a public key; set ssh.publicKeyPath, such as "~/.ssh/id_ed25519.pub", or ssh.publicKey',
    ),
  ];
};
