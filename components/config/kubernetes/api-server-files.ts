import { z } from "zod";
import { describe, type Path } from "../values/problems";
import { isRecord } from "../values/section";
import type { JsonObject } from "../values/json";
import { passthrough } from "./passthrough";

/** What the API server reads from files of its own, as fields of Kubernetes' documents. */

/** A check of fields that kubeadm and the API server would find only once it starts: adds what is wrong. */
type Look = (fields: Record<string, unknown>, refuse: (path: Path, message: string) => void) => void;

/** Fields of one document that have passed a look. */
const fieldsOf = (document: string, example: string, look: Look): z.ZodType<JsonObject, z.ZodTypeDef, unknown> =>
  passthrough(document, example).superRefine((fields, context) =>
    look(fields, (path, message) => context.addIssue({ code: "custom", path: [...path], message })),
  );

const LEVELS = ["None", "Metadata", "Request", "RequestResponse"];
const policy = fieldsOf("Policy (audit.k8s.io/v1)", '{ rules: [{ level: "Metadata" }] }', ({ rules }, refuse) => {
  if (!Array.isArray(rules) || rules.length === 0)
    return refuse(
      ["rules"],
      `found ${describe(rules)}, expected one rule or more; the API server refuses a policy without`,
    );
  rules.forEach((rule: unknown, i) => {
    const level = isRecord(rule) ? rule.level : undefined;
    if (!LEVELS.includes(level as string))
      refuse(
        ["rules", i, "level"],
        `found ${describe(level)}, expected ${LEVELS.slice(0, -1).join(", ")} or ${LEVELS[LEVELS.length - 1]}`,
      );
  });
});

const AUDIT = 'metadata or the fields of a Policy, such as { rules: [{ level: "Metadata" }] }';

export const auditPolicySchema = z.unknown().transform((value, context): "metadata" | JsonObject => {
  if (value === "metadata") return value;
  if (!isRecord(value)) {
    context.addIssue({ code: "custom", message: `found ${describe(value)}, expected ${AUDIT}` });
    return z.NEVER;
  }
  const read = policy.safeParse(value);
  if (read.success) return read.data;
  read.error.issues.forEach(issue => context.addIssue(issue));
  return z.NEVER;
});

export const authenticationSchema = fieldsOf(
  "AuthenticationConfiguration (apiserver.config.k8s.io)",
  '{ jwt: [{ issuer: { url: "https://id.example.com", audiences: ["kubernetes"] }, ... }] }',
  ({ jwt, anonymous }, refuse) => {
    if (anonymous !== undefined)
      refuse(
        ["anonymous"],
        `found ${describe(anonymous)}, expected it left out; each machine, balancers and machines that join ask without credentials`,
      );
    if (!Array.isArray(jwt) || jwt.length === 0)
      return refuse(["jwt"], `found ${describe(jwt)}, expected one authenticator or more`);
    jwt.forEach((authenticator: unknown, i) => {
      const issuer = isRecord(authenticator) && isRecord(authenticator.issuer) ? authenticator.issuer : {};
      if (typeof issuer.url !== "string" || !issuer.url.startsWith("https://"))
        refuse(
          ["jwt", i, "issuer", "url"],
          `found ${describe(issuer.url)}, expected an address that begins with https://`,
        );
      if (!Array.isArray(issuer.audiences) || issuer.audiences.length === 0)
        refuse(["jwt", i, "issuer", "audiences"], `found ${describe(issuer.audiences)}, expected one audience or more`);
    });
  },
);

export const admissionSchema = fieldsOf(
  "AdmissionConfiguration (apiserver.config.k8s.io/v1)",
  '{ plugins: [{ name: "PodSecurity", configuration: { ... } }] }',
  ({ plugins }, refuse) => {
    if (!Array.isArray(plugins) || plugins.length === 0)
      return refuse(
        ["plugins"],
        `found ${describe(plugins)}, expected one plugin or more, each with name and configuration`,
      );
    plugins.forEach((plugin: unknown, i) => {
      const { name, path, configuration } = isRecord(plugin) ? plugin : {};
      if (typeof name !== "string" || !/^[A-Z][A-Za-z]+$/.test(name))
        refuse(["plugins", i, "name"], `found ${describe(name)}, expected an admission plugin, such as "PodSecurity"`);
      if (path !== undefined)
        refuse(
          ["plugins", i, "path"],
          `found ${describe(path)}, expected the plugin's settings themselves, as configuration`,
        );
      else if (!isRecord(configuration))
        refuse(["plugins", i, "configuration"], `found ${describe(configuration)}, expected the plugin's own document`);
    });
  },
);
