import type { Provider, Resource } from "../provider";
import { copyToRemote } from "./copy";
import { runLocal } from "./local";
import { runRemote } from "./remote";
import { commandResource } from "./resource";

const RESOURCES: Record<string, Resource | undefined> = {
  "command:remote:Command": commandResource(runRemote),
  "command:local:Command": commandResource(runLocal),
  "command:remote:CopyToRemote": copyToRemote,
};

/** The stand-in for the command plugin, for programs written with @pulumi/command 1.2.1. */
export const commandProvider: Provider = { name: "command", version: "1.2.1", resource: type => RESOURCES[type] };
