import { readUserData } from "../../../cloud-init/user-data";
import * as pulumi from "@pulumi/pulumi";

/** In the place of a secret, where it is not opened. */
export const SECRET = "[secret]";
/** In the place of what a preview cannot know. */
export const UNKNOWN = "[unknown]";

const { specialSigKey, specialSecretSig, unknownValue } = pulumi.runtime;

/** A secret as it travels between program and engine. */
export const secretOf = (value: unknown): unknown => ({ [specialSigKey]: specialSecretSig, value });

type Fields = Record<string, unknown>;

/** Properties as they travelled, secrets opened. */
export const opened = (fields: Fields): Fields => read(fields, value => value) as Fields;

/** Properties as they travelled, each secret as {@link SECRET}. */
export const shown = (fields: Fields): Fields => read(fields, () => SECRET) as Fields;

function read(value: unknown, secret: (value: unknown) => unknown): unknown {
  if (value === unknownValue) return UNKNOWN;
  if (Array.isArray(value)) return value.map(item => read(item, secret));
  if (typeof value !== "object" || value === null) return value;
  const fields = value as Fields;
  if (fields[specialSigKey] === specialSecretSig) return secret(read(fields.value, secret));
  return Object.fromEntries(Object.entries(fields).map(([key, item]) => [key, read(item, secret)]));
}

/** How an output stands once the program has run: its value, {@link SECRET} or {@link UNKNOWN}. */
export async function seen(output: pulumi.Output<unknown>): Promise<unknown> {
  return shown({ output: await pulumi.runtime.serializeProperty("output", output) }).output;
}

/** Every text in a value, at any depth. */
export function texts(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(texts);
}

/** The cloud-config of a device: what is in user data is not seen in the form that travels. */
export const cloudConfig = ({ inputs }: { readonly inputs: Readonly<Record<string, unknown>> }): string =>
  readUserData(String(inputs.userData));
